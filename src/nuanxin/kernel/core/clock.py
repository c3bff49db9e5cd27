"""The business date: real in production, stored in a demo; no other code may ask for now or today."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

from nuanxin.kernel.core.models import BusinessDate

_today: ContextVar[list[dt.date] | None] = ContextVar("today", default=None)


def today() -> dt.date:
    """Return the instance's business date."""
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


def _read() -> dt.date:
    stored = BusinessDate.objects.first()
    return stored.today if stored else timezone.localdate()


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
