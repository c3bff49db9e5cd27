"""Many dated rows against those that stand: who repeats, what overlaps, what is superseded and what is put back."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from nuanxin.kernel.registry.services.bulk.writing import refuse_rows
from nuanxin.kernel.registry.timeline import Stretch, cut_out


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


def cut_all(stretch: Stretch, cuts: Iterable[Stretch]) -> list[Stretch]:
    """Return what is left of a stretch when all the cuts are taken out."""
    left = [stretch]
    for start, end in cuts:
        left = [piece for part in left for piece in cut_out(part, start, end)]
    return left
