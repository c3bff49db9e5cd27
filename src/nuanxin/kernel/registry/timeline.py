"""Rows with two times: which stand on a date as known at a moment, and what is left when a stretch is cut out."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TypeVar

from django.db.models import Q

from nuanxin.kernel.core import clock
from nuanxin.kernel.registry.models import Bitemporal

Row = TypeVar("Row", bound=Bitemporal)
TICK = dt.timedelta(microseconds=1)
CHUNK = 5000
Stretch = tuple[dt.date, dt.date | None]


def standing(on: dt.date, known_at: dt.datetime | None = None, prefix: str = "") -> Q:
    """Select the rows valid on a date as they were known at a moment (now when None)."""
    valid = Q(**{f"{prefix}valid_from__lte": on}) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gt": on})
    )
    return valid & known(known_at, prefix)


def known(known_at: dt.datetime | None = None, prefix: str = "") -> Q:
    """Select the rows that were known at a moment, whatever time they are valid for."""
    if known_at is None:
        return Q(**{f"{prefix}superseded_at__isnull": True})
    return Q(**{f"{prefix}recorded_at__lte": known_at}) & (
        Q(**{f"{prefix}superseded_at__isnull": True}) | Q(**{f"{prefix}superseded_at__gt": known_at})
    )


def overlapping(start: dt.date, end: dt.date | None) -> Q:
    """Select rows whose validity touches `[start, end)`."""
    later = Q(valid_to__isnull=True) | Q(valid_to__gt=start)
    return later if end is None else later & Q(valid_from__lt=end)


def next_moment(rows: Iterable[Bitemporal]) -> dt.datetime:
    """Return the moment to record at: now, and later than any row it replaces even when a demo's clock stands still."""
    return max([clock.now(), *(row.recorded_at + TICK for row in rows)])


def cut_out(stretch: Stretch, start: dt.date, end: dt.date | None) -> list[Stretch]:
    """Return what is left of `[from, to)` when `[start, end)` is taken out."""
    first, last = stretch
    left: list[Stretch] = []
    if first < start:
        left.append((first, start if last is None else min(last, start)))
    if end is not None and (last is None or last > end):
        left.append((max(first, end), last))
    return [(a, b) for a, b in left if b is None or a < b]


def current_rows(model: type[Row], column: str, keys: Iterable[int | None]) -> Iterator[Row]:
    """Yield the rows known now of the given subjects; nothing is asked of an empty table."""
    if not model._default_manager.exists():
        return
    listed = [key for key in keys if key is not None]
    for start in range(0, len(listed), CHUNK):
        chosen = Q(**{f"{column}__in": listed[start : start + CHUNK]})
        yield from model._default_manager.filter(chosen, superseded_at__isnull=True).iterator()
