"""Copies a month's rows out of the operational database into Parquet, one single-table COPY each."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import connection

from nuanxin.kernel.core.months import month_end
from nuanxin.kernel.core.snapshots import all_snapshot_tables
from nuanxin.kernel.core.tallies import StockTally, Tally
from nuanxin.kernel.statistics.cells import quoted
from nuanxin.kernel.statistics.enums import Flow
from nuanxin.kernel.statistics.sources import STOCK, Source
from nuanxin.kernel.statistics.store import CIRCUMSTANCE

LIVE = "live"
ARROW = {"BIGINT": pa.int64(), "VARCHAR": pa.string(), "DATE": pa.date32(), "BOOLEAN": pa.bool_(), "INTEGER": pa.int32()}
CIRCUMSTANCE_COLUMNS = ("id", "person_id", "kind", "amount_fen", "level", "code", "valid_from", "valid_to")


def condition_sql(source: Source, county: str, month: dt.date) -> str:
    """Return which operational rows belong to a county's month: booked in it, or standing at its end."""
    tally, at, where = source.tally, quoted(month.isoformat()), f"county = {quoted(county)}"
    if isinstance(tally, Tally):
        return f"{where} and {column_sql(tally.month_column)} = {at}" + (f" and ({tally.where})" if tally.where else "")
    first, last = column_sql(tally.from_month_column), column_sql(tally.to_month_column)
    if source.part == STOCK:
        return f"{where} and {standing_sql(tally, month)}"
    return f"{where} and {last if source.part == Flow.OUT else first} = {at}"


def standing_sql(tally: StockTally, month: dt.date) -> str:
    """Return the condition that a row stands at the end of a month."""
    at, first, last = quoted(month.isoformat()), column_sql(tally.from_month_column), column_sql(tally.to_month_column)
    return f"{first} <= {at} and ({last} is null or {last} > {at})"


def column_sql(declared: str) -> str:
    """Return a declared column as SQL: a plain name quoted (one is called `on`), an expression as it is."""
    return f'"{declared}"' if declared.isidentifier() else declared


def copy_source(con: Any, source: Source, county: str, month: dt.date, folder: Path) -> int:
    """Write a source's rows of the month, ordered by id; return how many."""
    return _copy(
        con, source.tally.table, source.columns, condition_sql(source, county, month), folder / f"{source.name}.parquet"
    )


def copy_circumstances(con: Any, kinds: set[str], county: str, month: dt.date, folder: Path) -> int:
    """Write the verified circumstances of persons, of the kinds that indicators read, standing at the month's end."""
    end = quoted(month_end(month).isoformat())
    listed = ", ".join(quoted(kind) for kind in sorted(kinds)) or "''"
    condition = (
        f"county = {quoted(county)} and kind in ({listed}) and person_id is not null and standing = 'verified'"
        f" and superseded_at is null and valid_from <= {end} and (valid_to is null or valid_to > {end})"
    )
    table = all_snapshot_tables()[CIRCUMSTANCE].table
    columns = {name: name for name in CIRCUMSTANCE_COLUMNS}
    return _copy(con, table, columns, condition, folder / f"{CIRCUMSTANCE}.parquet", kinds=",".join(sorted(kinds)))


def frozen_kinds(con: Any, path: Path) -> set[str]:
    """Return the kinds of circumstance a frozen file was asked to hold, whether or not anybody had one."""
    sql = f"select decode(value) from parquet_kv_metadata({quoted(str(path))}) where decode(key) = 'kinds'"
    row = con.execute(sql).fetchone()
    return set(row[0].split(",")) if row else set()


def own_transaction_open() -> bool:
    """Tell whether the caller of a close had a transaction of its own open, whose rows only Django's connection sees."""
    return len(connection.savepoint_ids) > 0


def attach_live(con: Any) -> None:
    """Attach the operational database read-only as `live`."""
    if connection.vendor == "sqlite":
        con.execute(f"attach {quoted(str(connection.settings_dict['NAME']))} as {LIVE} (type sqlite, read_only)")
        return
    parts = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    pairs = [f"{key}={connection.settings_dict[name]}" for key, name in parts.items() if connection.settings_dict[name]]
    con.execute(f"attach {quoted(' '.join(pairs))} as {LIVE} (type postgres, read_only)")


def _copy(con: Any, table: str, columns: dict[str, str], condition: str, path: Path, **told: str) -> int:
    """Write the rows of one table that a condition names, ordered by id; return how many."""
    inner = ", ".join(f'{column_sql(sql)} as "{name}"' for name, sql in columns.items())
    typed = _types(con, table, inner)
    sql = f"select {inner} from {table} where {condition}"
    rows = _inside_sql(con, sql, typed) if own_transaction_open() else _outside_sql(sql, typed)
    metadata = "".join(f", kv_metadata {{{key}: {quoted(value)}}}" for key, value in told.items())
    con.execute(f"copy ({rows} order by id) to {quoted(str(path))} (format parquet, compression zstd{metadata})")
    return int(con.execute(f"select count(*) from read_parquet({quoted(str(path))})").fetchone()[0])


def _outside_sql(sql: str, typed: dict[str, str]) -> str:
    """Read through the database's own index: the scanner alone would read the whole table every month."""
    reader = "sqlite_query" if connection.vendor == "sqlite" else "postgres_query"
    casts = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in typed.items())
    return f"select {casts} from {reader}({quoted(LIVE)}, {quoted(sql)})"


def _inside_sql(con: Any, sql: str, typed: dict[str, str]) -> str:
    """Read through Django's own connection what another one does not see yet: rows of a caller's open transaction."""
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("%", "%%"))
        values = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(typed)
    arrays = [pa.array(list(column), ARROW[kind]) for column, kind in zip(values, typed.values(), strict=True)]
    con.register("held", pa.table(arrays, names=list(typed)))
    return "select * from held"


def _types(con: Any, table: str, inner: str) -> dict[str, str]:
    """Return each column's type as the scanner reads it from the table's own declaration."""
    schema = f"{LIVE}.public.{table}" if connection.vendor == "postgresql" else f"{LIVE}.{table}"
    return {name: kind for name, kind, *_ in con.execute(f"describe select {inner} from {schema}").fetchall()}
