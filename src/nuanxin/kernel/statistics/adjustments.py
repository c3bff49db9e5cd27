"""What a closed month counted and counts no longer, or otherwise: found at a later close and booked into that month."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.statistics.cells import Count, condition_of, parquet_sql, value_sql
from nuanxin.kernel.statistics.enums import Cause
from nuanxin.kernel.statistics.models import Close, ClosedFile
from nuanxin.kernel.statistics.schema import Indicator
from nuanxin.kernel.statistics.sources import Source, model_of
from nuanxin.kernel.statistics.store import parquet

OWN = ("sign", "counted", "cause", "change_id")
CHUNK = 500
Span = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Held:
    """The frozen files of a source: each month's own rows, and what later months adjusted of them."""

    source: Source
    files: tuple[Path, ...]
    adjustments: tuple[Path, ...] = ()
    county: str = ""

    @property
    def columns(self) -> list[str]:
        """Return the columns that every file has: one not yet frozen somewhere is missed and not read as null."""
        common = set(self.source.columns)
        for file in (*self.files, *self.adjustments):
            common &= set(pq.read_schema(file).names)
        return [name for name in self.source.columns if name in common]

    @property
    def rows(self) -> int:
        """Return how many rows the files have, adjustments among them."""
        return sum(pq.read_metadata(file).num_rows for file in (*self.files, *self.adjustments))


def held_files(source: Source, county: str, months: Sequence[dt.date]) -> Held | None:
    """Return a source's files of closed months, None when one month did not freeze it yet.

    Refused when an adjustment that was frozen is gone: without it a figure would be wrong in silence.
    """
    files = tuple(parquet(county, month, source.name) for month in months)
    if not files or not all(file.exists() for file in files):
        return None
    rows = ClosedFile.objects.filter(close__county=county, close__month__in=months, name=source.adjustment)
    found = tuple(parquet(county, month, source.adjustment) for month in rows.values_list("close__month", flat=True))
    for file in found:
        if not file.exists():
            raise Refused("close.file", f"月结文件 {file.parent.name}/{file.name} 不见了。", "请从备份恢复后再查数字。")
    return Held(source, files, tuple(sorted(found)), county)


def find_adjustments(con: Any, held: Held, known: Path, month: dt.date) -> pa.Table:
    """Return the rows by which a month adjusts the closed ones: −1 for what was counted, +1 for what should be now.

    `known` holds what the table says today of those months; `booked` of every row is the adjusting month, `counted` the
    month in which the record was first counted, `change_id` the last change of the record where its table keeps one and
    it was made after that month's close.
    """
    names = [name for name in _every_column(held) if name != "booked"]
    compared = [name for name in held.columns if name not in ("id", "booked")]
    differs = " or ".join(f'h."{name}" is distinct from k."{name}"' for name in compared)
    booked = f"date '{month.isoformat()}' as booked"
    listed = _listed(names)
    sql = f"""with h as not materialized ({_standing_sql(held, names)}),
        k as not materialized (select {listed}, booked as counted from {parquet_sql([known])}),
        wrong as materialized (
          select coalesce(h.id, k.id) as id, h.counted, h.id is null as late, k.id is null as gone
          from h full join k on h.id = k.id where h.id is null or k.id is null or {differs}),
        rows as (
          select {listed}, {booked}, -1::bigint as sign, h.counted,
            case when wrong.gone then '{Cause.GONE}' else '{Cause.BEFORE}' end as cause
          from h join wrong using (id)
          union all
          select {listed}, {booked}, 1::bigint, coalesce(wrong.counted, k.counted),
            case when wrong.late then '{Cause.LATE}' else '{Cause.AFTER}' end
          from k join wrong using (id))
        select * from rows order by id, sign"""
    table = con.execute(sql).to_arrow_table()
    return table.append_column("change_id", pa.array(_changes(held, table), pa.int64()))


def _every_column(held: Held) -> list[str]:
    """Return the columns that any frozen month has; a column declared later is null in the older ones."""
    found = {name for file in (*held.files, *held.adjustments) for name in pq.read_schema(file).names}
    return [name for name in held.source.columns if name in found]


def _listed(names: Collection[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _standing_sql(held: Held, names: Sequence[str]) -> str:
    """Return what the files count of each record now, with the month in which it was first counted.

    Only records that were adjusted need adding up: grouping them all is what would make a close slow.
    """
    listed = _listed(names)
    own = f"select {listed}, booked as counted from {parquet_sql(held.files, widen=True)}"
    if not held.adjustments:
        return own
    later = parquet_sql(held.adjustments, widen=True)
    ids = f"(select id from {later})"
    signed = f"select *, 1::bigint as sign from ({own}) where id in {ids}"
    signed += f" union all select {listed}, counted, sign from {later}"
    netted = f"select {listed}, counted from ({signed}) group by all having sum(sign) > 0"
    return f"select * from ({own}) where id not in {ids} union all {netted}"


def _changes(held: Held, table: pa.Table) -> list[int | None]:
    """Return for each row the change that explains it: the record's last, unless it is older than the close.

    A table whose rows do not keep their last change, or are voided without one, explains nothing here.
    """
    ids, counted = table.column("id").to_pylist(), table.column("counted").to_pylist()
    last = _last_changes(held.source, ids)
    closed = dict(Close.objects.filter(county=held.county).values_list("month", "change_id"))
    return [
        c if (c := last.get(i)) and c > closed.get(month, 0) else None for i, month in zip(ids, counted, strict=True)
    ]


def _last_changes(source: Source, ids: list[int]) -> dict[int, int]:
    model = model_of(source.tally)
    if not any(column.attname == "change_id" for column in model._meta.concrete_fields):
        return {}
    found: dict[int, int] = {}
    for start in range(0, len(ids), CHUNK):
        rows = model._default_manager.filter(pk__in=ids[start : start + CHUNK])
        found.update(rows.values_list("pk", "change_id"))
    return found


def shown_sql(leaf: Indicator, source: Source, files: Sequence[Path], of: Span | None = None) -> str:
    """Return the adjustments that move a leaf; a correction of a column it does not read moves it nowhere.

    `moved` is by how much a row moves it: heads, or fen. With `of`, only those of records first counted in that span.
    """
    moved = f"sign * {value_sql(leaf)}"
    window = "sum(moved) over (partition by id, booked, township)"
    where = f"{condition_of(leaf, source)} and {_counted_sql(of)}"
    rows = f"select *, {moved} as moved from {parquet_sql(files)} where {where}"
    return f"(select * from (select *, {window} as net from ({rows})) where net <> 0)"


def _counted_sql(of: Span | None) -> str:
    return f"counted between date '{of[0].isoformat()}' and date '{of[1].isoformat()}'" if of else "true"


def moved_by(
    con: Any, leaf: Indicator, source: Source, files: Sequence[Path], of: Span | None = None
) -> dict[str | None, Count]:
    """Return how the adjustments in some files move a leaf, by township and (None) for the county."""
    if not files:
        return {None: Count(0, 0)}
    sql = (
        f"select township, coalesce(sum(moved), 0)::bigint, count(*) from {shown_sql(leaf, source, files, of)}"
        " group by grouping sets ((township), ())"
    )
    return {township: Count(value, records) for township, value, records in con.execute(sql).fetchall()}


def heads(
    con: Any, leaf: Indicator, held: Held, later: Sequence[Path] = (), of: Span | None = None
) -> dict[str | None, int]:
    """Return a distinct count over files with adjustments: a head counts while one record of it stands in them.

    A record taken back in a later month than the files' is not taken from these heads (heads of months do not add up),
    unless that month's adjustments are given as `later`, of the records first counted in the span `of`.
    """
    names = held.columns
    arms = f"select {_listed(names)}, 1::bigint as sign from {parquet_sql(held.files)}"
    for files, where in ((held.adjustments, "true"), (later, _counted_sql(of))):
        if files:
            arms += f" union all select {_listed(names)}, sign from {parquet_sql(files)} where {where}"
    rows = f'select township, id, "{leaf.of}" as head, sign from ({arms}) where {condition_of(leaf, held.source)}'
    stands = "group by all having sum(sign) > 0"
    sql = (
        f"with rows as ({rows}) select null, count(distinct head) from (select id, head from rows {stands})"
        " union all select township, count(distinct head)"
        f" from (select township, id, head from rows {stands}) group by 1"
    )
    return dict(con.execute(sql).fetchall())
