"""Copying operational tables to Parquet: under SQLite's write lock by scanner, on PostgreSQL by COPY."""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.apps import apps
from django.db import connection, models

from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.core.snapshots import SnapshotTable
from nuanxin.kernel.engine.duck import EXTENSIONS, assert_types, extension_path, opened
from nuanxin.kernel.engine.outside import LIVE, Job, run_outside

LOCK_SECONDS = 60.0
BATCH = 50_000
TYPES: "list[tuple[type[models.Field[Any, Any]], str]]" = [
    (models.DateTimeField, "TIMESTAMP"),
    (models.DateField, "DATE"),
    (models.BooleanField, "BOOLEAN"),
    (models.IntegerField, "BIGINT"),
    (models.AutoField, "BIGINT"),
    (models.CharField, "VARCHAR"),
    (models.TextField, "VARCHAR"),
    (models.FloatField, "DOUBLE"),
]
ARROW = {
    "TIMESTAMP": pa.timestamp("us"), "DATE": pa.date32(), "BOOLEAN": pa.bool_(), "BIGINT": pa.int64(),
    "VARCHAR": pa.string(), "DOUBLE": pa.float64(),
}  # fmt: skip


def column_types(table: SnapshotTable) -> dict[str, str]:
    """Return the DuckDB type of each column of a declared table, from the Django model that owns it."""
    model = next((m for m in apps.get_models() if m._meta.db_table == table.table), None)
    if model is None:
        raise Fault(f"no model for table {table.table}")
    fields = {f.column: f for f in model._meta.concrete_fields}
    return {c: _type_of(fields[c], table) for c in table.columns}


def _type_of(field: Any, table: SnapshotTable) -> str:
    target = field
    while target.remote_field is not None:
        target = target.target_field
    for kind, name in TYPES:
        if isinstance(target, kind):
            return name
    raise Fault(f"{table.table}.{field.column} cannot be copied to a snapshot")


def copy_tables(tables: Iterable[SnapshotTable], county: str, folder: Path) -> None:
    """Copy each table, consistently with each other, to `<folder>/<name>.parquet`; types are asserted."""
    chosen = list(tables)
    if connection.in_atomic_block:
        _copy_inside(chosen, county, folder)
    elif connection.vendor == "sqlite":
        _copy_sqlite(chosen, county, folder)
    else:
        _copy_postgresql(chosen, county, folder)
    with opened(scanner=False) as con:
        for table in chosen:
            assert_types(con, folder / f"{table.name}.parquet", column_types(table))


def _copy_sqlite(tables: list[SnapshotTable], county: str, folder: Path) -> None:
    """Copy by the scanner, one table a query, in a process of its own (`outside` says why), under our write lock."""
    name = str(connection.settings_dict["NAME"])
    statements = tuple(_copy_sql(table, county, folder) for table in tables)
    attach = f"attach '{name}' as {LIVE} (type sqlite, read_only)"
    with sqlite_write_lock(name):
        run_outside(Job(str(extension_path(EXTENSIONS["sqlite"])), attach, statements))


def _copy_sql(table: SnapshotTable, county: str, folder: Path) -> str:
    columns = ", ".join(f'cast("{c}" as {t}) as "{c}"' for c, t in column_types(table).items())
    where = f" where {table.county_column} = '{county}'" if table.county_column else ""
    rows = f'select {columns} from {LIVE}."{table.table}"{where} order by {table.order_by}'
    return f"copy ({rows}) to '{folder / f'{table.name}.parquet'}' (format parquet, compression zstd)"


@contextmanager
def sqlite_write_lock(name: str) -> Iterator[None]:
    """Hold SQLite's one write lock, so that nothing changes between two tables."""
    with closing(sqlite3.connect(name, timeout=LOCK_SECONDS, isolation_level=None)) as lock:
        lock.execute("begin immediate")
        try:
            yield
        finally:
            lock.execute("rollback")


def _copy_postgresql(tables: list[SnapshotTable], county: str, folder: Path) -> None:
    """Copy by COPY in one REPEATABLE READ transaction of a connection of its own."""
    params = connection.get_connection_params()
    with closing(connection.get_new_connection(params)) as server, tempfile.TemporaryDirectory(dir=folder) as scratch:
        server.autocommit = False
        cursor = server.cursor()
        cursor.execute("set transaction isolation level repeatable read read only")
        for table in tables:
            _copy_csv(cursor, table, county, Path(scratch) / f"{table.name}.csv", folder)
        server.rollback()


def _copy_csv(cursor: Any, table: SnapshotTable, county: str, csv: Path, folder: Path) -> None:
    columns = ", ".join(f'"{c}"' for c in table.columns)
    where = f" where {table.county_column} = '{county}'" if table.county_column else ""
    sql = f'copy (select {columns} from "{table.table}"{where}) to stdout with (format csv, force_quote *)'
    with csv.open("wb") as file, cursor.copy(sql) as data:
        for block in data:
            file.write(block)
    kinds = ", ".join(f"'{c}': '{t}'" for c, t in column_types(table).items())
    with opened(scanner=False) as con:
        form = (
            "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', allow_quoted_nulls = false"
        )
        read = f"read_csv('{csv}', columns = {{{kinds}}}, {form})"
        target = folder / f"{table.name}.parquet"
        con.execute(f"copy (from {read} order by {table.order_by}) to '{target}' (format parquet, compression zstd)")
    csv.unlink()


def _copy_inside(tables: list[SnapshotTable], county: str, folder: Path) -> None:
    """Copy through Django's own connection: inside a transaction, whose writes no other connection sees."""
    for table in tables:
        types = column_types(table)
        columns = ", ".join(f'"{c}"' for c in types)
        where = f" where {table.county_column} = %s" if table.county_column else ""
        with connection.cursor() as cursor:
            sql = f'select {columns} from "{table.table}"{where} order by {table.order_by}'
            cursor.execute(sql, [county] if table.county_column else [])
            _write_rows(cursor, types, folder / f"{table.name}.parquet")


def _write_rows(cursor: Any, types: dict[str, str], path: Path) -> None:
    schema = pa.schema([(c, ARROW[t]) for c, t in types.items()])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while rows := cursor.fetchmany(BATCH):
            columns = [_array(values, t) for values, t in zip(zip(*rows, strict=True), types.values(), strict=True)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _array(values: tuple[Any, ...], kind: str) -> pa.Array:
    if kind == "BOOLEAN":
        return pa.array([None if v is None else bool(v) for v in values], pa.bool_())
    if kind == "TIMESTAMP":
        return pa.array([None if v is None else v.replace(tzinfo=None) for v in values], ARROW[kind])
    return pa.array(list(values), ARROW[kind])
