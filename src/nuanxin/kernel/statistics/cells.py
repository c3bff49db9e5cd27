"""SQL over frozen files: cells of indicator × township × month in one scan per tally, and counts of a whole period."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.statistics.catalogue import filter_sql, measure_digest
from nuanxin.kernel.statistics.enums import Kind
from nuanxin.kernel.statistics.schema import CircumstanceColumn, Indicator
from nuanxin.kernel.statistics.sources import Source, key_column, source_of
from nuanxin.kernel.statistics.store import CIRCUMSTANCE

SCHEMA = pa.schema(
    [
        ("indicator", pa.string()),
        ("definition", pa.string()),
        ("township", pa.string()),
        ("value", pa.int64()),
        ("records", pa.int64()),
    ]
)
TAKES = {
    "level": "max(level)",
    "code": "max(code)",
    "amount": "max(amount_fen)",
    "exists": "count(*) > 0",
}


@dataclass(frozen=True)
class Count:
    """What a leaf indicator counts: heads or fen, and how many records stand behind it."""

    value: int
    records: int


def by_source(leaves: Iterable[Indicator]) -> dict[Source, list[Indicator]]:
    """Return the leaf indicators grouped by the frozen file they read."""
    found: dict[Source, list[Indicator]] = defaultdict(list)
    for leaf in leaves:
        found[source_of(leaf)].append(leaf)
    return dict(found)


def parquet_sql(files: Sequence[Path]) -> str:
    """Return the files as a table; `county=340223` in their path is a folder's name, not a column of whole numbers."""
    return f"read_parquet([{', '.join(quoted(str(file)) for file in files)}], hive_partitioning = false)"


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


def measures_sql(leaf: Indicator, source: Source) -> tuple[str, str]:
    """Return the value and the number of records of a leaf as aggregate SQL, both int64."""
    condition = filter_sql(leaf, source)
    records = f"count(*) filter (where {condition})"
    if leaf.kind is Kind.SUM:
        return f'coalesce(sum("{leaf.of}") filter (where {condition}), 0)::bigint', records
    if leaf.of:
        return f'count(distinct "{leaf.of}") filter (where {condition})', records
    return records, records


def scan_sql(source: Source, leaves: Sequence[Indicator], files: Sequence[Path], by_township: bool) -> str:
    """Return one scan that measures every leaf of a source: a row for the county, and one per township if asked."""
    circumstances = {name: column for leaf in leaves for name, column in leaf.circumstances.items()}
    columns = ["rows.township" if by_township else "null as township"]
    for leaf in leaves:
        columns += measures_sql(leaf, source)
    grouping = " group by grouping sets ((rows.township), ())" if by_township else ""
    return f"select {', '.join(columns)} from {relation_sql(source, files, circumstances)}{grouping}"


def cells(con: Any, folder: Path, leaves: Sequence[Indicator]) -> pa.Table:
    """Return the cells of a month whose files lie in `folder`; the county's own row has no township (null)."""
    rows: list[tuple[str, str, str | None, int, int]] = []
    for source, group in by_source(leaves).items():
        sql = scan_sql(source, group, [folder / f"{source.name}.parquet"], by_township=True)
        digests = [measure_digest(leaf) for leaf in group]
        for township, *values in con.execute(sql).fetchall():
            pairs = zip(group, digests, values[::2], values[1::2], strict=True)
            rows += [(i.indicator, d, township, v, r) for i, d, v, r in pairs if r or township is None]
    ordered = sorted(rows, key=lambda row: (row[0], row[2] or ""))
    columns = list(zip(*ordered, strict=True)) or [()] * len(SCHEMA)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def count_source(con: Any, source: Source, leaves: Sequence[Indicator], files: Sequence[Path]) -> dict[str, Count]:
    """Return each leaf's count over the rows of the files, in one scan."""
    row = con.execute(scan_sql(source, leaves, files, by_township=False)).fetchone()[1:]
    return {leaf.indicator: Count(row[2 * n], row[2 * n + 1]) for n, leaf in enumerate(leaves)}


def additive(leaf: Indicator) -> bool:
    """Tell whether a leaf's cells of several months may be added up; distinct heads and stocks may not."""
    return leaf.kind in (Kind.COUNT, Kind.SUM)


def quoted(text: str) -> str:
    """Return the text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"
