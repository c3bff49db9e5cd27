"""Copies a month's rows out of the operational database into Parquet, one single-table COPY each."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection

from nuanxin.kernel.core.months import month_end
from nuanxin.kernel.core.snapshots import SnapshotTable, all_snapshot_tables
from nuanxin.kernel.core.tallies import StockTally, Tally
from nuanxin.kernel.engine.copying import ARROW, column_types
from nuanxin.kernel.engine.duck import EXTENSIONS, extension_path, opened
from nuanxin.kernel.engine.outside import LIVE, Job, run_outside
from nuanxin.kernel.statistics.cells import quoted
from nuanxin.kernel.statistics.enums import Flow
from nuanxin.kernel.statistics.sources import Source
from nuanxin.kernel.statistics.store import CIRCUMSTANCE

CIRCUMSTANCE_COLUMNS = ("id", "person_id", "kind", "amount_fen", "level", "code", "valid_from", "valid_to")
KINDS = "kinds"


@dataclass(frozen=True)
class Copy:
    """One table's rows to be copied: columns, condition, where to; `kinds` is written into the file's metadata.

    `most` says that the condition holds for most of the table, and that nobody needs the rows in order.
    """

    table: str
    columns: dict[str, str]
    condition: str
    path: Path
    kinds: str = ""
    most: bool = False

    @property
    def types(self) -> dict[str, str]:
        """Return each column's DuckDB type, from the Django model that owns the table."""
        own = dict.fromkeys(self.columns.values())
        found = column_types(SnapshotTable(self.table, self.table, tuple(own), None, "id"))
        return {name: found[column] for name, column in self.columns.items()}

    @property
    def select(self) -> str:
        """Return the operational database's own SQL: it uses its index where a scanner would read the whole table."""
        listed = ", ".join(f'"{column}" as "{name}"' for name, column in self.columns.items())
        return f'select {listed} from "{self.table}" where {self.condition}'

    def copy_sql(self, rows: str) -> str:
        """Return DuckDB's COPY of a relation, ordered by id."""
        metadata = f", kv_metadata {{{KINDS}: {quoted(self.kinds)}}}" if self.kinds else ""
        options = f"format parquet, compression zstd{metadata}"
        return f"copy (select * from {rows} order by id) to {quoted(str(self.path))} ({options})"

    def scanned_sql(self, reader: str) -> str:
        """Return the COPY through a scanner's query function."""
        casts = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in self.types.items())
        return self.copy_sql(f"(select {casts} from {reader}({quoted(LIVE)}, {quoted(self.select)}))")

    def sqlite_sql(self) -> str:
        """Return the COPY out of SQLite: most of a table is read by the scanner itself, several threads at once."""
        if not self.most:
            return self.scanned_sql("sqlite_query")
        types = self.types
        casts = ", ".join(f'cast("{column}" as {types[name]}) as "{name}"' for name, column in self.columns.items())
        rows = f'select {casts} from {LIVE}."{self.table}" where {self.condition}'
        return f"copy ({rows}) to {quoted(str(self.path))} (format parquet, compression uncompressed)"


def copy_of(source: Source, county: str, month: dt.date, folder: Path) -> Copy:
    """Return the copy of a source's rows of the month."""
    condition = condition_sql(source, county, month)
    return Copy(source.tally.table, source.columns, condition, folder / f"{source.name}.parquet")


def known_copy(source: Source, county: str, since: dt.date, before: dt.date, folder: Path) -> Copy:
    """Return the copy of what an event tally counts today of the months from `since` to the one before `before`."""
    tally = source.tally
    assert isinstance(tally, Tally)
    booked = f'"{tally.month_column}"'
    span = f"{booked} >= {quoted(since.isoformat())} and {booked} < {quoted(before.isoformat())}"
    condition = f"county = {quoted(county)} and {span}" + (f" and ({tally.where})" if tally.where else "")
    return Copy(tally.table, source.columns, condition, folder / f"{source.name}.parquet", most=True)


def circumstances_copy(kinds: set[str], county: str, month: dt.date, folder: Path) -> Copy:
    """Return the copy of persons' verified circumstances, of the kinds that indicators read, at the month's end."""
    end = quoted(month_end(month).isoformat())
    listed = ", ".join(quoted(kind) for kind in sorted(kinds)) or "''"
    condition = (
        f"county = {quoted(county)} and kind in ({listed}) and person_id is not null and standing = 'verified'"
        f" and superseded_at is null and valid_from <= {end} and (valid_to is null or valid_to > {end})"
    )
    table, columns = all_snapshot_tables()[CIRCUMSTANCE].table, {name: name for name in CIRCUMSTANCE_COLUMNS}
    return Copy(table, columns, condition, folder / f"{CIRCUMSTANCE}.parquet", ",".join(sorted(kinds)))


def condition_sql(source: Source, county: str, month: dt.date) -> str:
    """Return which operational rows belong to a county's month: booked in it, or standing at its end."""
    tally, at, where = source.tally, quoted(month.isoformat()), f"county = {quoted(county)}"
    if isinstance(tally, Tally):
        return f'{where} and "{tally.month_column}" = {at}' + (f" and ({tally.where})" if tally.where else "")
    if source.standing:
        return f"{where} and {standing_sql(tally, month)}"
    moved = tally.to_month_column if source.part == Flow.OUT else tally.from_month_column
    return f'{where} and "{moved}" = {at}'


def standing_sql(tally: StockTally, month: dt.date) -> str:
    """Return the condition that a row stands at the end of a month."""
    at, last = quoted(month.isoformat()), f'"{tally.to_month_column}"'
    return f'"{tally.from_month_column}" <= {at} and ({last} is null or {last} > {at})'


def write_copies(copies: Sequence[Copy], *, inside: bool | None = None) -> dict[Path, int]:
    """Write the copies, consistent with each other while writers are locked out; return the rows of each file.

    `inside` copies through Django's own connection, the only one that sees what a caller has not committed; not
    told, it is asked of a close that holds its own transaction.
    """
    if own_transaction_open() if inside is None else inside:
        for copy in copies:
            _copy_inside(copy)
    elif connection.vendor == "sqlite":
        attach = f"attach {quoted(str(connection.settings_dict['NAME']))} as {LIVE} (type sqlite, read_only)"
        sql = tuple(copy.sqlite_sql() for copy in copies)
        run_outside(Job(str(extension_path(EXTENSIONS["sqlite"])), attach, sql))
    else:
        _copy_postgresql(copies)
    return {copy.path: pq.read_metadata(copy.path).num_rows for copy in copies}


def _copy_postgresql(copies: Sequence[Copy]) -> None:
    parts = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    pairs = [f"{key}={connection.settings_dict[name]}" for key, name in parts.items() if connection.settings_dict[name]]
    with opened() as con:
        con.execute(f"attach {quoted(' '.join(pairs))} as {LIVE} (type postgres, read_only)")
        for copy in copies:
            con.execute(copy.scanned_sql("postgres_query"))


def own_transaction_open() -> bool:
    """Tell whether the caller has a transaction of its own open, whose rows only Django's connection sees."""
    return len(connection.savepoint_ids) > 0


def _copy_inside(copy: Copy) -> None:
    """Copy through Django's own connection."""
    types = copy.types
    with connection.cursor() as cursor:
        cursor.execute(copy.select.replace("%", "%%"))
        values = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(types)
    arrays = [_array(column, kind) for column, kind in zip(values, types.values(), strict=True)]
    with opened(scanner=False) as con:
        con.register("held", pa.table(arrays, names=list(types)))
        con.execute(copy.copy_sql("held"))


def _array(values: Sequence[Any], kind: str) -> pa.Array:
    if kind == "BOOLEAN":
        return pa.array([None if value is None else bool(value) for value in values], pa.bool_())
    return pa.array(list(values), ARROW[kind])


def frozen_kinds(con: Any, path: Path) -> set[str]:
    """Return the kinds of circumstance a frozen file was asked to hold, whether or not anybody had one."""
    sql = f"select decode(value) from parquet_kv_metadata({quoted(str(path))}) where decode(key) = {quoted(KINDS)}"
    row = con.execute(sql).fetchone()
    return set(row[0].split(",")) if row else set()
