"""What a circumstance can be at all: the rooms above hold what is recorded against what they declare of its kind."""

import datetime as dt
from collections.abc import Callable

CircumstanceCheck = Callable[[str, dt.date | None, int | None, int | None, str | None], None]
_checks: list[CircumstanceCheck] = []


def register_circumstance_check(check: CircumstanceCheck) -> None:
    """Let a room above refuse what its declarations rule out: kind, first day, fen, level and code."""
    if check not in _checks:
        _checks.append(check)


def refuse_impossible(
    kind: str, valid_from: dt.date | None = None, *, amount_fen: int | None, level: int | None, code: str | None
) -> None:
    """Refuse values outside their declared range, and a day that cannot be, by whichever door they come."""
    for check in _checks:
        check(kind, valid_from, amount_fen, level, code)
