"""The doctor: each thing that can go wrong is planted once and found, with what to do about it."""

import datetime as dt
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from nuanxin.kernel.core import clock, crypto, examining, health
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.models import Change, QueuedStep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_key(settings: Any, tmp_path: Path) -> None:
    settings.KEY_FILE = tmp_path / "keys" / "data.key"
    crypto.ensure_key()


def told(name: str) -> health.Finding:
    return next(finding for finding in health.examine() if finding.name == name)


def state(name: str) -> str:
    return told(name).state.value


@pytest.mark.db
def test_a_fresh_instance_has_no_fault_and_every_complaint_says_what_to_do() -> None:
    found = list(health.examine())
    names = [finding.name for finding in found]
    assert names[:4] == ["database", "migrations", "integrity", "key"]
    assert {"declarations", "disclosures", "chain", "queue", "calendar", "clock", "disk", "backup"} <= set(names)
    assert [finding for finding in found if finding.state is health.State.FAULT] == []
    assert all(finding.todo for finding in found if finding.state is not health.State.OK)


def test_a_key_file_others_may_read_or_in_the_store_or_missing(settings: Any) -> None:
    assert state("key") == "ok"
    settings.KEY_FILE.chmod(0o644)
    assert "chmod 600" in told("key").todo
    settings.KEY_FILE.chmod(0o600)
    settings.STORE = settings.KEY_FILE.parent
    assert state("key") == "fault"
    settings.KEY_FILE.unlink()
    assert "找不到数据密钥文件" in told("key").words


@pytest.mark.db
def test_values_sealed_by_a_key_that_is_lost_or_old() -> None:
    from nuanxin.kernel.core import keys
    from nuanxin.kernel.registry.models import BankAccount

    change = open_change(author=Author("测试"), verb="x", reason="x", source="x")
    cipher, key = crypto.encrypt("1")
    row = BankAccount.objects.create(
        county="340223", bank_code="1", cipher=cipher, key_id=key, tail="1", blind=b"1", change=change
    )
    assert state("sealed") == "ok"
    keys.rotate_key()
    assert "--resume" in told("sealed").todo
    BankAccount.objects.filter(pk=row.pk).update(key_id="klost")
    assert "klost" in told("sealed").words
    assert state("sealed") == "fault"


@pytest.mark.parametrize(("gib", "expected"), [(1.9, "fault"), (9, "warn"), (11, "ok")])
def test_disk_space(monkeypatch: pytest.MonkeyPatch, gib: float, expected: str) -> None:
    monkeypatch.setattr(examining.shutil, "disk_usage", lambda path: SimpleNamespace(free=gib * examining.GIB))
    assert state("disk") == expected


@pytest.mark.db
def test_a_clock_that_went_back_and_one_that_stands() -> None:
    open_change(author=Author("测试"), verb="x", reason="x", source="x")
    assert state("clock") == "ok"
    Change.objects.update(at=clock.now() + dt.timedelta(days=1))
    assert state("clock") == "fault"
    clock.move_to(dt.date(2024, 7, 1))
    assert state("clock") == "warn"


@pytest.mark.parametrize(
    ("day", "expected"), [("2025-06-01", "ok"), ("2026-10-31", "ok"), ("2026-11-01", "warn"), ("2027-01-01", "fault")]
)
def test_the_calendar_of_this_and_next_year(day: str, expected: str) -> None:
    clock.move_to(dt.date.fromisoformat(day))
    assert state("calendar") == expected


@pytest.mark.db
def test_steps_that_keep_failing() -> None:
    change = open_change(author=Author("测试"), verb="x", reason="x", source="x")
    QueuedStep.objects.create(kind="letter", key="7", change=change, attempts=1)
    assert state("queue") == "warn"
    QueuedStep.objects.update(attempts=3, last_error="OSError: 没有纸")
    assert "letter 7：OSError: 没有纸" in told("queue").words


def test_backups_none_fresh_and_old(settings: Any) -> None:
    assert "nuanxin backup" in told("backup").todo
    file = settings.NUANXIN_HOME / "backups" / "nuanxin-1.tar.zst"
    file.parent.mkdir(parents=True)
    file.touch()
    assert state("backup") == "ok"
    old = clock.instant() - 8 * 86400
    os.utime(file, (old, old))
    assert "8 天前" in told("backup").words


@pytest.mark.db
def test_a_log_of_disclosures_that_was_touched() -> None:
    from nuanxin.kernel.access.models import Disclosure
    from nuanxin.kernel.access.services import create_account, log_disclosure

    clerk = create_account(
        username="c", display_name="张", role="county_examiner", area="34.3402.340223", password="a long enough one"
    )
    log_disclosure(account=clerk, person_id=7, what="identifier", purpose="核对申请")
    assert state("disclosures") == "ok"
    Disclosure.objects.update(purpose="别的")
    assert state("disclosures") == "fault"


@pytest.mark.db
def test_a_migration_that_was_not_applied() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'core' AND name LIKE '0001%%'")
    assert state("migrations") == "fault"


def test_a_faulty_declaration(settings: Any) -> None:
    place = settings.NUANXIN_HOME / "counties" / "340223" / "parameters"
    place.mkdir(parents=True)
    (place / "wrong.yaml").write_text("parameter: nonsense\n", encoding="utf-8")
    found = told("declarations")
    assert found.state is health.State.FAULT
    assert "nuanxin check" in found.todo


def test_a_check_that_breaks_is_a_fault_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(health, "_registered", {"a": ("甲", broken), "b": ("乙", lambda: health.fine("好"))})
    first, second = health.examine()
    assert (first.state, first.words) == (health.State.FAULT, "检查没有做成：ZeroDivisionError")
    assert second.state is health.State.OK
