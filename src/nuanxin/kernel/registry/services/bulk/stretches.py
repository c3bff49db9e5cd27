"""Many dated rows against those that stand: who repeats, what overlaps, what is superseded and what is put back."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.models import Bitemporal
from nuanxin.kernel.registry.services.bulk.writing import refuse_rows
from nuanxin.kernel.registry.timeline import TICK, Stretch, cut_out

Row = TypeVar("Row", bound=Bitemporal)
CHUNK = 5000


def check_dates(rows: pa.Table) -> None:
    """Refuse a row whose end is not after its start."""
    wrong = pc.fill_null(pc.less_equal(rows["valid_to"], rows["valid_from"]), False)
    refuse_rows(wrong, "dates.order", "第 {row} 行的截止日期应晚于起始日期。", "请核对两个日期。")


def repeated(rows: pa.Table, columns: list[str]) -> set[Any]:
    """Return the values of the first column of those keys that stand more than once."""
    counted = rows.group_by(columns).aggregate([([], "count_all")])
    return set(counted.filter(pc.greater(counted["count_all"], 1))[columns[0]].to_pylist())


def overlap(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Return whether two half-open stretches share a day; an open end is None."""
    return (other[1] is None or one[0] < other[1]) and (one[1] is None or other[0] < one[1])


def current_rows(model: type[Row], column: str, keys: Iterable[int]) -> Iterator[Row]:
    """Yield the rows known now of the given subjects; nothing is asked of an empty table."""
    rows = model._default_manager.filter(superseded_at__isnull=True)
    if not model._default_manager.exists():
        return
    listed = [key for key in keys if key is not None]
    for start in range(0, len(listed), CHUNK):
        yield from rows.filter(**{f"{column}__in": listed[start : start + CHUNK]})


def replace(rows: list[tuple[Row, list[Stretch]]], change: Change) -> dt.datetime:
    """Supersede each row and put back the stretches left of it; return the moment the new rows are recorded at."""
    moment = max([clock.now(), *(row.recorded_at + TICK for row, _ in rows)])
    if not rows:
        return moment
    model = type(rows[0][0])
    ids = [row.pk for row, _ in rows]
    for start in range(0, len(ids), CHUNK):
        model._default_manager.filter(pk__in=ids[start : start + CHUNK]).update(superseded_at=moment)
    names = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    bulk_insert(model=model, columns=names, rows=_pieces(rows, names, moment, change))
    return moment


def _pieces(
    rows: list[tuple[Row, list[Stretch]]], names: list[str], moment: dt.datetime, change: Change
) -> Iterator[tuple[Any, ...]]:
    for row, stretches in rows:
        for valid_from, valid_to in stretches:
            new = {"valid_from": valid_from, "valid_to": valid_to, "recorded_at": moment, "superseded_at": None}
            new["change_id"] = change.pk
            yield tuple(new[name] if name in new else getattr(row, name) for name in names)


def cut_all(stretch: Stretch, cuts: Iterable[Stretch]) -> list[Stretch]:
    """Return what is left of a stretch when all the cuts are taken out."""
    left = [stretch]
    for start, end in cuts:
        left = [piece for part in left for piece in cut_out(part, start, end)]
    return left
