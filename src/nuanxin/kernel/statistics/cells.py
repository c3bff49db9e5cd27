"""SQL over frozen files: what a leaf indicator measures, in one scan per tally."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.statistics.catalogue import filter_sql
from nuanxin.kernel.statistics.enums import Kind
from nuanxin.kernel.statistics.schema import CircumstanceColumn, Indicator
from nuanxin.kernel.statistics.sources import Source, key_column, source_of
from nuanxin.kernel.statistics.store import CIRCUMSTANCE

TAKES = {
    "level": "max(level)",
    "code": "max(code)",
    "amount": "max(amount_fen)",
    "exists": "count(*) > 0",
}


@dataclass(frozen=True)
class Count:
    """What a leaf indicator counts: heads or fen, and how many records stand behind it.

    `adjustments` of the records adjust earlier closed months, `adjusted` is by how much in all.
    """

    value: int
    records: int
    adjustments: int = 0
    adjusted: int = 0


def by_source(leaves: Iterable[Indicator]) -> dict[Source, list[Indicator]]:
    """Return the leaf indicators grouped by the frozen file they read."""
    found: dict[Source, list[Indicator]] = defaultdict(list)
    for leaf in leaves:
        found[source_of(leaf)].append(leaf)
    return dict(found)


def parquet_sql(files: Sequence[Path], widen: bool = False) -> str:
    """Return the files as a table; `county=340223` in their path is a folder's name, not a column of whole numbers.

    Widened, a column that only some files have is null in the others; otherwise all must have what is asked for.
    """
    listed, options = ", ".join(quoted(str(file)) for file in files), "hive_partitioning = false"
    return f"read_parquet([{listed}], {options}{', union_by_name = true' if widen else ''})"


def relation_sql(source: Source, files: Sequence[Path], circumstances: Mapping[str, CircumstanceColumn]) -> str:
    """Return a FROM item: the rows of the files, widened by the circumstances that stood at the month's end."""
    rows = parquet_sql(files)
    if not circumstances:
        return f"{rows} as rows"
    person = key_column(source, "person_id")
    if person is None or len(files) != 1:
        raise Fault(f"{source.name} has no person column for circumstances, or spans months")
    taken = ", ".join(f"{_take_sql(column)} as {name}" for name, column in circumstances.items())
    facts = parquet_sql([files[0].with_name(f"{CIRCUMSTANCE}.parquet")])
    facts = f"(select person_id as of_person, {taken} from {facts} group by 1) as facts"
    return f"{rows} as rows left join {facts} on of_person = rows.{person}"


def _take_sql(column: CircumstanceColumn) -> str:
    return f"{TAKES[column.take]} filter (where kind = {quoted(column.kind)})"


def condition_of(leaf: Indicator, source: Source) -> str:
    """Return which rows a leaf counts, in brackets."""
    return f"({filter_sql(leaf, source)})"


def value_sql(leaf: Indicator) -> str:
    """Return what one row adds to a leaf: its fen, or one."""
    return f'"{leaf.of}"' if leaf.kind is Kind.SUM else "1"


def measures_sql(leaf: Indicator, source: Source) -> tuple[str, str]:
    """Return the value and the number of records of a leaf as aggregate SQL, both int64."""
    condition = condition_of(leaf, source)
    records = f"count(*) filter (where {condition})"
    if leaf.kind is Kind.SUM:
        return f'coalesce(sum("{leaf.of}") filter (where {condition}), 0)::bigint', records
    if leaf.of:
        return f'count(distinct "{leaf.of}") filter (where {condition})', records
    return records, records


def scan_sql(source: Source, leaves: Sequence[Indicator], files: Sequence[Path], rest: str) -> str:
    """Return one scan that measures every leaf of a source; `rest` narrows it to a township or groups by townships."""
    circumstances = {name: column for leaf in leaves for name, column in leaf.circumstances.items()}
    columns = ["rows.township" if "grouping" in rest else "null as township"]
    for leaf in leaves:
        columns += measures_sql(leaf, source)
    return f"select {', '.join(columns)} from {relation_sql(source, files, circumstances)} {rest}"


def count_townships(
    con: Any, source: Source, leaves: Sequence[Indicator], files: Sequence[Path]
) -> dict[str, dict[str | None, Count]]:
    """Return each leaf's count by township and (None) for the county, in one scan."""
    rows = con.execute(scan_sql(source, leaves, files, "group by grouping sets ((rows.township), ())")).fetchall()
    return {
        leaf.indicator: {row[0]: Count(row[1 + 2 * n], row[2 + 2 * n]) for row in rows} for n, leaf in enumerate(leaves)
    }


def count_source(
    con: Any, source: Source, leaves: Sequence[Indicator], files: Sequence[Path], township: str = ""
) -> dict[str, Count]:
    """Return each leaf's count over the rows of the files, of one township if named, in one scan."""
    rest = f"where rows.township = {quoted(township)}" if township else ""
    row = con.execute(scan_sql(source, leaves, files, rest)).fetchone()[1:]
    return {leaf.indicator: Count(row[2 * n], row[2 * n + 1]) for n, leaf in enumerate(leaves)}


def additive(leaf: Indicator) -> bool:
    """Tell whether a leaf's cells of several months may be added up; distinct heads and stocks may not."""
    return leaf.kind in (Kind.COUNT, Kind.SUM)


def quoted(text: str) -> str:
    """Return the text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"
