"""What was counted in a closed month and counts no longer, or otherwise, is an adjustment in the open month."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from nuanxin.domains.civil.registers.cremation import Cremation
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.models import Person
from nuanxin.kernel.registry.register import Register, register_by_code
from nuanxin.kernel.registry.services.records import create_record, move_record, update_record
from nuanxin.kernel.statistics.models import Close
from nuanxin.kernel.statistics.selectors import (
    figure,
    figure_records,
    monthly_values,
    parse_period,
    township_values,
    trace,
    verify_chain,
)
from nuanxin.kernel.statistics.store import parquet
from tests.factories.closing import close
from tests.factories.walk import COUNTY, TOWNSHIPS, Walk, month
from tests.kernel.statistics.test_closing import files_below

pytestmark = pytest.mark.db
CLERK = "county_examiner"


def day(number: int, on: int = 10) -> dt.date:
    return dt.date(2024, number, on)


def cremation(walk: Walk, clerk: Any, number: int, town: int = 0, **more: Any) -> Register:
    dead = walk.person(town)
    values = {"deceased": dead.pk, "died_on": day(number, 9), "cremated_on": day(number), **more}
    return create_record(spec=register_by_code("cremation"), values=values, account=clerk)


def marriage(clerk: Any, number: int, name: str, **more: Any) -> Register:
    values = {"division": COUNTY, "kind": "marriage", "registered_on": day(number), "party_a_name": name}
    spec = register_by_code("marriage")
    return create_record(spec=spec, values=values | {"party_b_name": "李二"} | more, account=clerk)


def burial(walk: Walk, clerk: Any, number: int) -> Register:
    dead = walk.person()
    Person.objects.filter(pk=dead.pk).update(death=day(number, 9))
    values = {"deceased": dead.pk, "buried_on": day(number), "method": "tree"}
    return create_record(spec=register_by_code("eco_burial"), values=values, account=clerk)


def resettler(walk: Walk, clerk: Any, number: int) -> Register:
    values = {"person": walk.person().pk, "reservoir": "青山水库", "completed_on": day(number)}
    return create_record(spec=register_by_code("resettler"), values=values, account=clerk)


def void(record: Register, clerk: Any, reason: str = "重复登记") -> None:
    spec = register_by_code(record.declared.code)
    move_record(spec=spec, record_id=record.pk, state="void", account=clerk, reason=reason)


def value(code: str, period: str) -> Any:
    return figure(code, COUNTY, period).value


def rows(number: int, name: str) -> list[dict[str, Any]]:
    path = parquet(COUNTY, month(number), name)
    return pq.read_table(path).to_pylist() if path.exists() else []


@pytest.fixture
def clerk(walk: Walk) -> Any:
    return walk.account(CLERK)


def test_a_record_voided_after_its_month_was_closed_is_taken_back_in_the_open_month(
    walk: Walk, clerk: Any, settings: Any
) -> None:
    kept, wrong = (cremation(walk, clerk, 1) for _ in range(2))
    cremation(walk, clerk, 2)
    january = close(1)
    before = files_below(Path(settings.STORE))
    void(wrong, clerk)
    close(2)
    assert {name: data for name, data in files_below(Path(settings.STORE)).items() if "2024-01" in name} == before
    assert [Close.objects.get(month=month(1)).head] == january
    assert verify_chain(COUNTY).sound
    assert [value("cremations", p) for p in ("2024-01", "2024-02", "2024Q1", "2024H1")] == [2, 0, 2, 2]
    assert [(r["id"], r["sign"], r["cause"], r["counted"], r["booked"]) for r in rows(2, "cremation-adjustment")] == [
        (wrong.pk, -1, "gone", month(1), month(2))
    ]
    assert monthly_values(COUNTY, ["cremations"], parse_period("2024H1"))["cremations"] == [
        (month(1), 2),
        (month(2), 0),
    ]
    assert Cremation.objects.exclude(state="void").count() == 2
    assert kept.pk != wrong.pk


def test_the_adjustment_is_found_once_and_an_undisturbed_month_has_no_file_of_it(walk: Walk, clerk: Any) -> None:
    wrong = cremation(walk, clerk, 1)
    close(1)
    void(wrong, clerk)
    heads = close(2)
    assert close(2) == heads
    close(3)
    assert not parquet(COUNTY, month(3), "cremation-adjustment").exists()
    assert not parquet(COUNTY, month(2), "marriage-adjustment").exists()
    assert [value("cremations", p) for p in ("2024-01", "2024-02", "2024-03", "2024Q1")] == [1, -1, 0, 0]


@pytest.mark.parametrize("code", ["cremation", "marriage", "eco_burial", "resettler"])
def test_it_holds_for_every_register(walk: Walk, clerk: Any, code: str) -> None:
    make = {
        "cremation": lambda: cremation(walk, clerk, 1),
        "marriage": lambda: marriage(clerk, 1, "王大"),
        "eco_burial": lambda: burial(walk, clerk, 1),
        "resettler": lambda: resettler(walk, clerk, 1),
    }[code]
    record = make()
    close(1)
    assert [r["id"] for r in rows(1, code)] == [record.pk]
    void(record, clerk)
    close(2)
    assert [(r["id"], r["sign"]) for r in rows(2, f"{code}-adjustment")] == [(record.pk, -1)]


def test_a_corrected_column_is_taken_back_as_it_was_and_counted_as_it_is(walk: Walk, clerk: Any) -> None:
    record = marriage(clerk, 1, "王大")
    close(1)
    update_record(
        spec=register_by_code("marriage"), record_id=record.pk, values={"kind": "divorce"}, account=clerk, reason="登错"
    )
    close(2)
    assert [(r["kind"], r["sign"], r["cause"]) for r in rows(2, "marriage-adjustment")] == [
        ("marriage", -1, "before"),
        ("divorce", 1, "after"),
    ]
    assert [value("marriage_registrations", p) for p in ("2024-01", "2024-02", "2024Q1")] == [1, -1, 0]
    assert [value("divorce_registrations", p) for p in ("2024-01", "2024-02", "2024Q1")] == [0, 1, 1]


def test_a_correction_of_what_an_indicator_does_not_read_moves_it_nowhere(walk: Walk, clerk: Any) -> None:
    record = marriage(clerk, 1, "王大")
    close(1)
    spec = register_by_code("marriage")
    update_record(spec=spec, record_id=record.pk, values={"cross_region": True}, account=clerk, reason="补记")
    close(2)
    made = figure("marriage_registrations", COUNTY, "2024-02")
    assert (made.value, made.records, made.adjustments) == (0, 0, 0)
    assert figure_records("marriage_registrations", COUNTY, "2024-02", clerk).total == 0
    assert len(rows(2, "marriage-adjustment")) == 2


def test_a_record_corrected_and_then_voided_in_later_months_ends_at_nought(walk: Walk, clerk: Any) -> None:
    record = marriage(clerk, 1, "王大")
    close(1)
    spec = register_by_code("marriage")
    update_record(spec=spec, record_id=record.pk, values={"kind": "divorce"}, account=clerk, reason="登错")
    close(2)
    void(record, clerk)
    close(3)
    assert [(r["kind"], r["sign"], r["counted"]) for r in rows(3, "marriage-adjustment")] == [("divorce", -1, month(1))]
    assert value("marriage_registrations", "2024Q1") == value("divorce_registrations", "2024Q1") == 0


def test_a_record_voided_before_its_month_is_closed_was_never_counted(walk: Walk, clerk: Any) -> None:
    void(cremation(walk, clerk, 1), clerk)
    close(1, 2)
    assert value("cremations", "2024Q1") == 0
    assert rows(2, "cremation-adjustment") == []


def test_a_record_that_moves_to_another_township_moves_its_count(walk: Walk, clerk: Any) -> None:
    record = cremation(walk, clerk, 1)
    close(1)
    other = walk.person(1)
    spec = register_by_code("cremation")
    update_record(spec=spec, record_id=record.pk, values={"deceased": other.pk}, account=clerk, reason="登错人")
    close(2)
    assert value("cremations", "2024Q1") == 1
    assert {t: v for t, v in township_values(COUNTY, "cremations", parse_period("2024Q1")).items() if v} == {
        TOWNSHIPS[1]: 1
    }


def test_the_drill_down_shows_the_adjustment_its_reason_and_the_record_it_corrects(walk: Walk, clerk: Any) -> None:
    wrong = cremation(walk, clerk, 1)
    close(1)
    void(wrong, clerk, "与火化馆核对后作废")
    close(2)
    shown = figure_records("cremations", COUNTY, "2024-02", clerk)
    assert (shown.total, [one.id for one in shown.records], [one.sign for one in shown.records]) == (
        1,
        [wrong.pk],
        [-1],
    )
    assert shown.records[0].person_id == Cremation.objects.get(pk=wrong.pk).deceased_id
    adjusts = shown.records[0].adjusts
    assert adjusts is not None
    assert (adjusts.label, adjusts.counted, adjusts.reason) == ("不再计入", month(1), "与火化馆核对后作废")
    assert adjusts.actor == "测试 王某"
    both = figure_records("cremations", COUNTY, "2024Q1", clerk)
    assert [(one.id, one.sign) for one in both.records] == [(wrong.pk, 1), (wrong.pk, -1)]
    assert figure("cremations", COUNTY, "2024Q1").records == 2
    steps = {step.kind: step for step in trace("cremations", COUNTY, "2024-02", clerk)}
    assert ("事由", "与火化馆核对后作废") in steps["adjustment"].lines
    assert ("原计入", "2024-01") in steps["adjustment"].lines
    assert any("cremation-adjustment" in text for _, text in steps["closed"].lines)
    assert steps["register"].link == ("cremation", wrong.pk)


def test_the_adjustment_is_seen_in_its_own_area_only(walk: Walk, clerk: Any) -> None:
    wrong = cremation(walk, clerk, 1, town=1)
    close(1)
    void(wrong, clerk)
    close(2)
    mine, other = (walk.account("township_clerk", f"34.3402.340223.{code}") for code in TOWNSHIPS)
    assert figure_records("cremations", COUNTY, "2024-02", mine).total == 0
    assert figure_records("cremations", COUNTY, "2024-02", other).total == 1


def test_a_figure_says_how_much_of_it_adjusts_earlier_months(walk: Walk, clerk: Any) -> None:
    wrong = cremation(walk, clerk, 1)
    close(1)
    void(wrong, clerk)
    close(2)
    made = figure("cremations", COUNTY, "2024-02")
    assert (made.adjustments, made.adjusted) == (1, -1)
    assert "含对已结账月份的调整 1 条，净 -1 具" in made.note
    assert figure("cremations", COUNTY, "2024-01").adjustments == 0


def test_a_lost_adjustment_is_refused_and_not_counted_without(walk: Walk, clerk: Any) -> None:
    wrong = cremation(walk, clerk, 1)
    close(1)
    void(wrong, clerk)
    close(2)
    parquet(COUNTY, month(2), "cremation-adjustment").unlink()
    with pytest.raises(Refused) as refused:
        figure_records("cremations", COUNTY, "2024Q1", clerk)
    assert refused.value.code == "close.file"
    assert "2024-02 的文件 cremation-adjustment 不见了。" in verify_chain(COUNTY).faults


def test_a_record_of_before_the_first_close_is_nobodys_adjustment(walk: Walk, clerk: Any) -> None:
    old = dt.date(2023, 11, 3)
    cremation(walk, clerk, 1, died_on=old, cremated_on=old)
    close(1, 2)
    assert rows(2, "cremation-adjustment") == []
    assert value("cremations", "2024Q1") == 0
