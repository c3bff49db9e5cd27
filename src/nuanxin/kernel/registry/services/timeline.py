"""Rewriting rows with two times: supersede what stood, insert what stands now, delete nothing."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.models import Bitemporal
from nuanxin.kernel.registry.timeline import CHUNK, Row, Stretch, cut_out, next_moment


def clear_stretch(
    rows: Sequence[Row], *, start: dt.date, end: dt.date | None, change: Change, at: dt.datetime | None = None
) -> dt.datetime:
    """Supersede the rows, put back what lies outside `[start, end)`; return the moment to record the new rows at."""
    return replace([(row, cut_out((row.valid_from, row.valid_to), start, end)) for row in rows], change=change, at=at)


def replace(rows: Sequence[tuple[Row, list[Stretch]]], *, change: Change, at: dt.datetime | None = None) -> dt.datetime:
    """Supersede each row and put back the stretches left of it; return the moment the new rows are recorded at.

    `at` is a moment that `next_moment` gave for these rows among others, where several tables change in one act.
    """
    moment = at or next_moment([row for row, _ in rows])
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


def undo(rows: Sequence[Row], *, at: dt.datetime, change: Change) -> None:
    """Undo the act recorded at a moment, given every row of the subject.

    What the act made must still stand, as itself or put back by another undoing; otherwise it is left as it is now.
    """
    made = [_standing_now(row, rows) for row in rows if row.recorded_at == at]
    replaced = [row for row in rows if row.superseded_at == at]
    standing = [row for row in made if row is not None]
    if len(standing) < len(made):
        return
    moment = next_moment([*standing, *replaced])
    supersede(standing, moment)
    _insert([(row, (row.valid_from, row.valid_to)) for row in replaced], moment, change)


def _standing_now(row: Row, rows: Sequence[Row]) -> Row | None:
    """Return the row that is known now and says the same, None when there is none."""
    return next((other for other in rows if other.superseded_at is None and _content(other) == _content(row)), None)


def _content(row: Bitemporal) -> dict[str, Any]:
    """Return what a row says, without when and by whom it was written."""
    apart = ("id", "recorded_at", "superseded_at", "change_id")
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in apart}
