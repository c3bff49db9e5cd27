"""What a circumstance can be at all: its days, and the values that the rooms above have declared for its kind."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused

EARLIEST = dt.date(1900, 1, 1)


@dataclass(frozen=True)
class Stated:
    """A circumstance as it is to be recorded: money in fen."""

    kind: str
    valid_from: dt.date
    amount_fen: int | None = None
    level: int | None = None
    code: str | None = None


CircumstanceCheck = Callable[[str, int | None, int | None, str | None], None]
_checks: list[CircumstanceCheck] = []


def register_circumstance_check(check: CircumstanceCheck) -> None:
    """Let a room above refuse values that its declarations rule out, by whatever door they come."""
    if check not in _checks:
        _checks.append(check)


def check_circumstance(stated: Stated) -> None:
    """Refuse a day before 1900 or after today, and a value outside its declared range."""
    if not EARLIEST <= stated.valid_from <= clock.today():
        raise Refused(
            "circumstance.day",
            f"起始日期 {stated.valid_from} 应在 {EARLIEST} 至今天（{clock.today()}）之间。",
            "请核对日期；尚未发生的情况，请到发生以后再登记。",
            "since",
        )
    refuse_impossible(stated.kind, amount_fen=stated.amount_fen, level=stated.level, code=stated.code)


def refuse_impossible(kind: str, *, amount_fen: int | None, level: int | None, code: str | None) -> None:
    """Refuse values outside their declared range."""
    for check in _checks:
        check(kind, amount_fen, level, code)
