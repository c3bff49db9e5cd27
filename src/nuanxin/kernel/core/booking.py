"""In which month a record is booked: the month it belongs to, or the first month still open when that one is closed."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import add_months, month_of

Reader = Callable[[str], dt.date | None]
_readers: list[Reader] = []
_asked: ContextVar[dict[str, dt.date | None] | None] = ContextVar("asked", default=None)


def register_last_closed_month(reader: Reader) -> None:
    """Say who knows a county's last closed month (None: none yet); the room that closes months registers it."""
    _readers[:] = [reader]


@contextmanager
def months_asked_once() -> Iterator[None]:
    """Ask for each county's open month, and the day, once within the block: a batch in which no month closes."""
    token = _asked.set({})
    try:
        with clock.day_asked_once():
            yield
    finally:
        _asked.reset(token)


def open_month(county: str) -> dt.date | None:
    """Return the first month of a county that is not closed, None where no month was ever closed."""
    asked = _asked.get()
    if asked is not None and county in asked:
        return asked[county]
    last = _readers[0](county) if _readers else None
    opened = add_months(last, 1) if last else None
    if asked is not None:
        asked[county] = opened
    return opened


def booking_month(county: str, date: dt.date) -> dt.date:
    """Return the month in which something of a date is booked: the later of its own month and the open month."""
    month, opened = month_of(date), open_month(county)
    return max(month, opened) if opened else month
