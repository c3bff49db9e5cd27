"""A month is closed once, in order, whole or not at all."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from django.db import connections

from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.cycle.models import MonthStep
from nuanxin.kernel.grants.models import Coverage, Grant
from nuanxin.kernel.statistics.models import Close, ClosedFile
from nuanxin.kernel.statistics.selectors import verify_chain
from nuanxin.kernel.statistics.services import close_month
from nuanxin.kernel.statistics.store import closed_folder, parquet
from tests.factories.closing import close
from tests.factories.walk import COUNTY, Walk, month

pytestmark = pytest.mark.db


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_stock_that_does_not_balance_is_refused_and_leaves_nothing(walk: Walk, stock: dict[str, Grant]) -> None:
    close(1)
    Coverage.objects.filter(grant=stock["couple"]).update(booked_to=month(1))
    with pytest.raises(Refused) as refused:
        close(2)
    assert refused.value.code == "close.flow"
    assert "相差 2 条" in refused.value.message
    assert not closed_folder(COUNTY, month(2)).exists()
    assert Close.objects.count() == 1
    assert not list(closed_folder(COUNTY, month(2)).parent.glob(".closing-*"))


def test_closing_twice_changes_nothing(walk: Walk, stock: dict[str, Grant], settings) -> None:
    close(1, 2, 3)
    before, files = list(Close.objects.order_by("id").values()), files_below(Path(settings.STORE))
    walked = walk.pay(stock["old"], month(4))
    assert close(2, 3) == [row["head"] for row in before[1:]]
    assert list(Close.objects.order_by("id").values()) == before
    assert files_below(Path(settings.STORE)) == files
    assert walked


@pytest.mark.parametrize("number", [2, 3])
def test_months_are_closed_in_order(walk: Walk, number: int) -> None:
    with pytest.raises(Refused) as refused:
        close(number)
    assert refused.value.code == "close.order"
    assert "2024-01" in refused.value.todo


def test_an_unfinished_month_is_not_closed(walk: Walk) -> None:
    MonthStep.objects.filter(run__month=month(1), name="dues").delete()
    with pytest.raises(Refused) as refused:
        close(1)
    assert refused.value.code == "close.unfinished"
    assert "“生成应发”未完成" in refused.value.message


def test_a_county_without_a_month_has_nothing_to_close(transactional_db: None) -> None:
    with pytest.raises(Refused) as refused:
        close(1)
    assert refused.value.code == "close.nothing"


def test_a_changed_or_missing_file_breaks_the_chain(walk: Walk) -> None:
    close(1, 2)
    path = parquet(COUNTY, month(2), "payment")
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    assert "2024-02 的文件 payment 被改动过。" in verify_chain(COUNTY).faults
    path.unlink()
    assert "2024-02 的文件 payment 不见了。" in verify_chain(COUNTY).faults


def test_a_rewritten_row_breaks_the_chain(walk: Walk) -> None:
    close(1)
    ClosedFile.objects.filter(close__month=month(1), name="cells").update(sm3="0" * 64)
    faults = verify_chain(COUNTY).faults
    assert any("链头" in fault for fault in faults)


def test_a_close_killed_anywhere_leaves_no_half_close(walk: Walk) -> None:
    """Fork children that close February and kill them somewhere: then one whole close, whatever happened before."""
    started = time.perf_counter()
    close(1)
    usual = time.perf_counter() - started
    chance = random.Random(7)
    kills = 0
    for _ in range(12):
        for number in (2,):
            kills += killed_close(number, chance.uniform(0, usual * 1.2))
            if not Close.objects.filter(month=month(number)).exists():
                assert not ClosedFile.objects.filter(close__month=month(number)).exists()
    close(2, 3)
    assert kills > 0
    assert verify_chain(COUNTY).sound
    assert not list(closed_folder(COUNTY, month(2)).parent.glob(".closing-*"))


def killed_close(number: int, after: float) -> bool:
    """Close a month in a child, kill it after some seconds, and tell whether it died of that."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        close(number)
        os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, "the child died by itself"
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize(("role", "refused"), [("section_chief", False), ("county_examiner", True), ("leader", True)])
def test_who_closes_must_hold_the_permission(walk: Walk, role: str, refused: bool) -> None:
    author = author_of(walk.account(role))
    if refused:
        with pytest.raises(Refused, match="没有“月度结账”的权限"):
            close_month(county=COUNTY, month=month(1), author=author)
    else:
        made = close_month(county=COUNTY, month=month(1), author=author)
        assert made.closed_by_id == author.account_id
