"""Rewriting rows with two times: supersede what stood, insert what stands now, delete nothing."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.db.models import Q

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.models import Bitemporal

Row = TypeVar("Row", bound=Bitemporal)
TICK = dt.timedelta(microseconds=1)
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


def clear_stretch(
    rows: Sequence[Row], *, start: dt.date, end: dt.date | None, change: Change, at: dt.datetime | None = None
) -> dt.datetime:
    """Supersede the rows, put back what lies outside `[start, end)`; return the moment to record the new rows at."""
    moment = max(at, next_moment(rows)) if at else next_moment(rows)
    supersede(rows, moment)
    for row in rows:
        for valid_from, valid_to in cut_out((row.valid_from, row.valid_to), start, end):
            insert_copy(row, valid_from=valid_from, valid_to=valid_to, moment=moment, change=change)
    return moment


def supersede(rows: Sequence[Bitemporal], moment: dt.datetime) -> None:
    """Mark rows as no longer known from a moment on."""
    if rows:
        type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).update(superseded_at=moment)


def insert_copy(row: Row, *, valid_from: dt.date, valid_to: dt.date | None, moment: dt.datetime, change: Change) -> Row:
    """Insert the row's content again with another validity, recorded at the moment by the change."""
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    values.update(valid_from=valid_from, valid_to=valid_to, recorded_at=moment, superseded_at=None, change_id=change.pk)
    return type(row)._default_manager.create(**values)


def undo(rows: Sequence[Row], *, at: dt.datetime, change: Change) -> None:
    """Undo the act recorded at a moment, given every row of the subject; rows changed since are left as they are."""
    made = [row for row in rows if row.recorded_at == at]
    replaced = [row for row in rows if row.superseded_at == at]
    if any(row.superseded_at is not None for row in made):
        return
    moment = next_moment(made)
    supersede(made, moment)
    for row in replaced:
        insert_copy(row, valid_from=row.valid_from, valid_to=row.valid_to, moment=moment, change=change)
