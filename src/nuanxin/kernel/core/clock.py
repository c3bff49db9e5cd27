"""The business date: real in production, stored in a demo; no other code may ask for now or today."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import BusinessDate

_today: ContextVar[list[tuple[dt.date, bool]] | None] = ContextVar("today", default=None)


def today() -> dt.date:
    """Return the instance's business date."""
    return _asked()[0]


def is_stored() -> bool:
    """Return whether the date is stored, in a demo or training instance, and moves only by command."""
    return _asked()[1]


def _asked() -> tuple[dt.date, bool]:
    asked = _today.get()
    if asked is None:
        return _read()
    if not asked:
        asked.append(_read())
    return asked[0]


@contextmanager
def day_asked_once() -> Iterator[None]:
    """Ask for the business date once within the block: a batch in one transaction, or a page, belongs to one day."""
    asked = _today.get()
    token = _today.set([] if asked is None else asked)
    try:
        yield
    finally:
        _today.reset(token)


def _read() -> tuple[dt.date, bool]:
    stored = BusinessDate.objects.first()
    return (stored.today, True) if stored else (timezone.localdate(), False)


def now() -> dt.datetime:
    """Return the moment of recording: the real time of day on the business date, aware."""
    moment = timezone.localtime()
    return moment.replace(**{part: getattr(today(), part) for part in ("year", "month", "day")})


def instant() -> float:
    """Return the real seconds since 1970 even where the business date is stored: codes and sessions run by it."""
    return time.time()


def move_to(date: dt.date) -> None:
    """Store the business date of a demo or training instance."""
    BusinessDate.objects.update_or_create(singleton=True, defaults={"today": date})


def move_on(date: dt.date) -> None:
    """Move the stored date of a training instance forward.

    Refused in an instance that runs by the real date, and for a day before the present one: what was recorded stays.
    """
    day, stored = _read()
    if not stored:
        raise Refused(
            "clock.real",
            "本实例按真实日期办理业务，不能拨动业务日期。",
            "要练习，请另建培训实例：nuanxin setup --training。",
        )
    if date < day:
        raise Refused("clock.back", f"业务日期已是 {day}，不能拨回 {date}。", "请给出当天或以后的日期。")
    move_to(date)
