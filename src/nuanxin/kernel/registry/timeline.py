"""Rewriting rows with two times: supersede what stood, insert what stands now, delete nothing."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from django.db.models import Q

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change
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


def clear_stretch(
    rows: Sequence[Row], *, start: dt.date, end: dt.date | None, change: Change, at: dt.datetime | None = None
) -> dt.datetime:
    """Supersede the rows, put back what lies outside `[start, end)`; return the moment to record the new rows at."""
    return replace([(row, cut_out((row.valid_from, row.valid_to), start, end)) for row in rows], change=change, at=at)


def replace(rows: Sequence[tuple[Row, list[Stretch]]], *, change: Change, at: dt.datetime | None = None) -> dt.datetime:
    """Supersede each row and put back the stretches left of it; return the moment the new rows are recorded at."""
    moment = next_moment([row for row, _ in rows])
    moment = max(at, moment) if at else moment
    if rows:
        supersede([row for row, _ in rows], moment)
        _insert([(row, stretch) for row, left in rows for stretch in left], moment, change)
    return moment


def supersede(rows: Sequence[Bitemporal], moment: dt.datetime) -> None:
    """Mark rows of one table as no longer known from a moment on."""
    ids = [row.pk for row in rows]
    for start in range(0, len(ids), CHUNK):
        type(rows[0])._default_manager.filter(pk__in=ids[start : start + CHUNK]).update(superseded_at=moment)


def _insert(pieces: Sequence[tuple[Row, Stretch]], moment: dt.datetime, change: Change) -> None:
    """Insert each row's content again with another validity, recorded at the moment by the change."""
    if not pieces:
        return
    model = type(pieces[0][0])
    names = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    fixed: dict[str, Any] = {"recorded_at": moment, "superseded_at": None, "change_id": change.pk}

    def content(row: Row, stretch: Stretch) -> tuple[Any, ...]:
        new = {**fixed, "valid_from": stretch[0], "valid_to": stretch[1]}
        return tuple(new[name] if name in new else getattr(row, name) for name in names)

    bulk_insert(model=model, columns=names, rows=(content(row, stretch) for row, stretch in pieces))


def current_rows(model: type[Row], column: str, keys: Iterable[int | None]) -> Iterator[Row]:
    """Yield the rows known now of the given subjects; nothing is asked of an empty table."""
    if not model._default_manager.exists():
        return
    listed = [key for key in keys if key is not None]
    for start in range(0, len(listed), CHUNK):
        chosen = Q(**{f"{column}__in": listed[start : start + CHUNK]})
        yield from model._default_manager.filter(chosen, superseded_at__isnull=True).iterator()


def undo(rows: Sequence[Row], *, at: dt.datetime, change: Change) -> None:
    """Undo the act recorded at a moment, given every row of the subject; rows changed since are left as they are."""
    made = [row for row in rows if row.recorded_at == at]
    replaced = [row for row in rows if row.superseded_at == at]
    if any(row.superseded_at is not None for row in made):
        return
    moment = next_moment([*made, *replaced])
    supersede(made, moment)
    _insert([(row, (row.valid_from, row.valid_to)) for row in replaced], moment, change)
