"""A database user who knows every hash cannot change what was closed, submitted or logged without `verify` saying so."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from nuanxin.kernel.access.models import Disclosure
from nuanxin.kernel.access.selectors import disclosure_faults, disclosure_text
from nuanxin.kernel.access.services import anchor_disclosures, log_disclosure
from nuanxin.kernel.core.anchors import accept_restored, read_anchors
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.statistics import services
from nuanxin.kernel.statistics.chain import CLOSES
from nuanxin.kernel.statistics.models import Close, ClosedFile, SubmittedFigure, SubmittedReport
from nuanxin.kernel.statistics.reports import report_sm3
from nuanxin.kernel.statistics.selectors import report_faults, verify_chain
from nuanxin.kernel.statistics.store import chain_head, parquet
from tests.factories.closing import close
from tests.factories.walk import COUNTY, Walk, month
from tests.kernel.statistics.test_adjustments import cremation

pytestmark = pytest.mark.db


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def rehash(number: int) -> None:
    """Make file, hash and head of a month and of every later one fit again, as who knows the code can."""
    previous = Close.objects.filter(month__lt=month(number)).order_by("-month").values_list("head", flat=True).first()
    for row in Close.objects.filter(month__gte=month(number)).order_by("month"):
        for file in row.files.all():
            ClosedFile.objects.filter(pk=file.pk).update(sm3=sm3_hex(Path(settings.STORE) / file.path))
        head = chain_head(previous or "", row.files.values_list("name", "sm3"))
        sql("UPDATE statistics_close SET previous = %s, head = %s WHERE id = %s", previous or "", head, row.pk)
        previous = head


def rewrite(number: int) -> None:
    path = parquet(COUNTY, month(number), "payment")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b" ")


def test_a_month_rewritten_with_its_hash_and_head_is_found(walk: Walk) -> None:
    close(1, 2)
    assert verify_chain(COUNTY).sound
    rewrite(1)
    rehash(1)
    faults = " ".join(verify_chain(COUNTY).faults)
    assert "2024-01 的链头不是用本机密钥签封的" in faults
    assert "2024-01 的月结与库外锚定的链头不符" in faults


def test_seals_of_other_months_do_not_fit(walk: Walk) -> None:
    close(1, 2)
    first, second = Close.objects.order_by("month")
    rewrite(2)
    rehash(2)
    sql("UPDATE statistics_close SET seal = %s WHERE id = %s", first.seal, second.pk)
    assert "2024-02 的链头不是用本机密钥签封的，月结可能被整个改写过。" in verify_chain(COUNTY).faults


def test_the_last_close_taken_away_is_found(walk: Walk) -> None:
    close(1, 2)
    last = Close.objects.order_by("-month").first()
    assert last is not None
    sql("DELETE FROM statistics_closedfile WHERE close_id = %s", last.pk)
    sql("DELETE FROM statistics_close WHERE id = %s", last.pk)
    assert verify_chain(COUNTY).faults == ("2024-02 的月结不见了。",)


def test_all_closes_taken_away_are_found(walk: Walk) -> None:
    close(1)
    sql("DELETE FROM statistics_closedfile")
    sql("DELETE FROM statistics_close")
    assert verify_chain(COUNTY).faults == ("2024-01 的月结不见了。",)


def test_a_submitted_figure_changed_with_its_sum_is_found(walk: Walk) -> None:
    maker, checker = walk.account("county_examiner"), walk.account("section_chief")
    cremation(walk, maker, 1)
    close(1)
    made = services.write_report(account=maker, period="2024-01")
    report = services.confirm_report(account=checker, report_id=made.pk)
    SubmittedFigure.objects.filter(report=report, indicator="cremations").update(value=99, printed="99")
    rows = list(SubmittedFigure.objects.filter(report=report).order_by("place"))
    SubmittedReport.objects.filter(pk=report.pk).update(sm3=report_sm3(report, rows))
    assert report_faults(COUNTY) == ["2024-01 报送表第 1 版与库外锚定的不符。"]


def looks(walk: Walk, many: int = 4) -> list[Disclosure]:
    chief = walk.account("section_chief")
    return [
        log_disclosure(account=chief, person_id=number, what="identifier", purpose="核对") for number in range(many)
    ]


def rechain() -> None:
    """Make every entry name its predecessor and bear its own hash again."""
    sql("UPDATE access_disclosure SET previous = 'x' || id")
    previous = ""
    for entry in Disclosure.objects.order_by("id"):
        entry.previous = previous
        previous = sm3_hex(disclosure_text(entry))
        sql("UPDATE access_disclosure SET previous = %s, chain = %s WHERE id = %s", entry.previous, previous, entry.pk)


def test_a_sound_log_has_no_faults(walk: Walk) -> None:
    looks(walk)
    anchor_disclosures()
    assert disclosure_faults() == []


@pytest.mark.parametrize("attack", ["cut", "edit", "remove", "empty", "copy"])
def test_a_log_changed_and_chained_anew_is_found(walk: Walk, attack: str) -> None:
    entries = looks(walk)
    if attack == "cut":
        sql("DELETE FROM access_disclosure WHERE id = %s", entries[-1].pk)
    if attack == "edit":
        sql("UPDATE access_disclosure SET purpose = '别的事' WHERE id = %s", entries[1].pk)
    if attack == "remove":
        sql("DELETE FROM access_disclosure WHERE id = %s", entries[1].pk)
    if attack == "empty":
        sql("DELETE FROM access_disclosure")
    if attack == "copy":
        sql("UPDATE access_disclosure SET seal = %s, purpose = '别的' WHERE id = %s", entries[0].seal, entries[1].pk)
    rechain()
    assert disclosure_faults()


def test_the_tail_cut_the_day_after_is_found_by_the_daily_anchor(walk: Walk) -> None:
    entries = looks(walk)
    anchor_disclosures()
    anchor_disclosures()
    assert len(read_anchors("disclosures").lines) == 2, "one line for the day, and the newest head"
    Path(f"{settings.ANCHOR_FILE}.newest").unlink()
    sql("DELETE FROM access_disclosure WHERE id >= %s", entries[2].pk)
    assert "不见了" in disclosure_faults()[0]


def test_the_anchors_themselves_are_sealed_line_by_line(walk: Walk) -> None:
    close(1, 2, 3)
    path = Path(settings.ANCHOR_FILE)
    assert (path.stat().st_mode & 0o777, len(path.read_text().splitlines())) == (0o600, 3)
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([rows[0], rows[2]]), encoding="utf-8")
    assert "锚定文件第 2 行起被改动过。" in verify_chain(COUNTY).faults
    forged = json.dumps([*json.loads(rows[1])[:3], "0" * 64, json.loads(rows[1])[4]], ensure_ascii=False)
    path.write_text("".join([rows[0], forged + "\n", rows[2]]), encoding="utf-8")
    assert "锚定文件第 2 行起被改动过。" in verify_chain(COUNTY).faults
    path.write_text("no line at all\n")
    assert "锚定文件第 1 行起被改动过。" in verify_chain(COUNTY).faults


def test_an_older_copy_laid_out_on_purpose_is_accepted_with_its_reason(walk: Walk) -> None:
    close(1, 2)
    looks(walk)
    sql(
        "DELETE FROM statistics_closedfile WHERE close_id IN (SELECT id FROM statistics_close WHERE month = '2024-02-01')"
    )
    sql("DELETE FROM statistics_close WHERE month = '2024-02-01'")
    sql("DELETE FROM access_disclosure")
    assert verify_chain(COUNTY).faults
    assert disclosure_faults()
    accept_restored(reason="硬盘损坏，由 1 月 31 日的备份恢复")
    services.anchor_closes(county=COUNTY)
    assert (verify_chain(COUNTY).faults, disclosure_faults()) == ((), [])
    assert [line.place for line in read_anchors(CLOSES).lines] == [f"{COUNTY}|2024-01"]
    assert "硬盘损坏" in Path(settings.ANCHOR_FILE).read_text(encoding="utf-8")


def test_no_key_lies_in_the_database(walk: Walk) -> None:
    close(1)
    looks(walk, 1)
    held = {Close.objects.get().seal, Disclosure.objects.get().seal}
    text = Path(settings.KEY_FILE).read_text()
    assert all(len(seal) == 64 and seal not in text for seal in held)


def test_what_was_closed_before_there_were_seals_is_sealed_by_the_migration(walk: Walk) -> None:
    from importlib import import_module

    from django.apps import apps

    close(1)
    looks(walk, 2)
    before = list(Close.objects.values_list("head", flat=True))
    sql("UPDATE statistics_close SET seal = ''")
    sql("UPDATE access_disclosure SET seal = ''")
    assert verify_chain(COUNTY).faults
    with connection.schema_editor() as editor:
        import_module("nuanxin.kernel.statistics.migrations.0003_close_seals").seal_closes(apps, editor)
        import_module("nuanxin.kernel.access.migrations.0004_disclosure_seals").seal_entries(apps, editor)
    assert (verify_chain(COUNTY).faults, disclosure_faults()) == ((), [])
    assert list(Close.objects.values_list("head", flat=True)) == before
