"""What a circumstance can be at all: its days, and the values that the rooms above have declared for its kind."""

import datetime as dt
from collections.abc import Callable

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused

EARLIEST = dt.date(1900, 1, 1)
CircumstanceCheck = Callable[[str, int | None, int | None, str | None], None]
_checks: list[CircumstanceCheck] = []


def register_circumstance_check(check: CircumstanceCheck) -> None:
    """Let a room above refuse kind, fen, level and code that its declarations rule out, by whatever door they come."""
    if check not in _checks:
        _checks.append(check)


def refuse_impossible(kind: str, *, amount_fen: int | None, level: int | None, code: str | None) -> None:
    """Refuse values outside their declared range."""
    for check in _checks:
        check(kind, amount_fen, level, code)


def refuse_day(valid_from: dt.date) -> None:
    """Refuse a day before 1900 or after today."""
    if not EARLIEST <= valid_from <= clock.today():
        raise Refused(
            "circumstance.day",
            f"起始日期 {valid_from} 应在 {EARLIEST} 至今天（{clock.today()}）之间。",
            "请核对日期；尚未发生的情况，请到发生以后再登记。",
            "since",
        )
