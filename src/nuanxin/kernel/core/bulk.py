"""The one fast path for more than a thousand rows: executemany on SQLite, COPY on PostgreSQL."""

import datetime as dt
import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any

import pyarrow as pa
from django.db import connection, models, transaction

from nuanxin.kernel.core.errors import Fault

Row = tuple[Any, ...]

LARGE = 10_000


def bulk_insert(
    *, model: type[models.Model], columns: list[str], rows: "Iterable[Row] | pa.Table", batch: int = 20_000
) -> int:
    """Insert rows in one transaction and return how many.

    `columns` are field columns (`person_id`, `valid_from`); a table's own columns are taken by these names. Left-out
    fields get their Django default (`auto_now_add` the present moment) or null; ids are given by the database unless
    `id` is among the columns, and then PostgreSQL's sequence is moved past them. Run `analyze` when a load is complete.
    """
    fields = [_field(model, column) for column in columns]
    added = _defaults(model, set(columns))
    tuples = _table_rows(rows, columns, batch) if isinstance(rows, pa.Table) else iter(rows)
    names = [*columns, *(field.attname for field, _ in added)]
    constants = tuple(value for _, value in added)
    with transaction.atomic():
        batches = _batches(tuples, batch)
        if connection.vendor == "postgresql":
            count = _copy(model, names, constants, batches)
        else:
            count = _executemany(model, names, [_adapter(field) for field in fields], constants, batches)
        if model._meta.pk is not None and model._meta.pk.column in columns:
            _move_sequence(model)
    return count


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep Python from looking for cycles while hundreds of thousands of rows are held, which have none.

    Each such look walks everything the process holds, laws and models too: a sixth of the time of a payment run, and
    within a transaction it keeps the writer waiting.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def reserve_ids(*, model: type[models.Model], count: int) -> range:
    """Return `count` free ids of a table; call it in the transaction that inserts them (PostgreSQL locks the table)."""
    if not connection.in_atomic_block:
        raise Fault("reserve_ids outside a transaction")
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")
        first = cursor.fetchone()[0] + 1
    return range(first, first + count)


def analyze(models_: Iterable[type[models.Model]]) -> None:
    """Refresh the planner's statistics of tables after a load (without them PostgreSQL may hang for minutes).

    Whole indexes are read: SQLite's sampling (`analysis_limit`) took one county of 550,000 for 1,000 rows.
    """
    with connection.cursor() as cursor:
        for model in models_:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _field(model: type[models.Model], column: str) -> "models.Field[Any, Any]":
    for field in model._meta.concrete_fields:
        if field.column == column:
            return field
    raise Fault(f"{model._meta.label} has no column {column}")


def _defaults(model: type[models.Model], given: set[str]) -> "list[tuple[models.Field[Any, Any], Any]]":
    """Return the fields left out and the constant each gets; null ones and the id are left to the database."""
    added, blank = [], model()
    for field in model._meta.concrete_fields:
        if field.column in given or field.primary_key:
            continue
        value = field.pre_save(blank, add=True)  # a default, or the present moment of auto_now_add
        if value is not None:
            added.append((field, field.get_db_prep_value(value, connection)))
    return added


def _batches(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, size)):
        yield chunk


def _table_rows(table: pa.Table, columns: list[str], batch: int) -> Iterator[Row]:
    for part in table.select(columns).to_batches(max_chunksize=batch):
        yield from zip(*(column.to_pylist() for column in part.columns), strict=True)


def _adapter(field: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
    """Return how SQLite wants a value of the field; None when as it is."""
    kind = (field.target_field if isinstance(field, models.ForeignKey) else field).get_internal_type()
    if kind == "DateField":
        return _date_text
    if kind == "DateTimeField":
        return _moment_text
    return None


@lru_cache(maxsize=100_000)
def _date_text(value: dt.date | None) -> str | None:
    return None if value is None else value.isoformat()[:10]


@lru_cache(maxsize=4096)
def _moment_text(value: dt.datetime | None) -> str | None:
    return None if value is None else str(connection.ops.adapt_datetimefield_value(value))


def _executemany(
    model: type[models.Model],
    names: list[str],
    adapters: Sequence[Callable[[Any], Any] | None],
    constants: Row,
    batches: Iterable[list[Row]],
) -> int:
    quote = connection.ops.quote_name
    marks = ", ".join(["%s"] * len(names))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, names))}) VALUES ({marks})"
    count, indexes = 0, []
    with connection.cursor() as cursor:
        for chunk in batches:
            if not count and len(chunk) >= LARGE:
                indexes = _set_indexes_aside(cursor, model)
            count += len(chunk)
            cursor.executemany(sql, _adapted(chunk, adapters, constants))
        for index in indexes:
            cursor.execute(index)
    return count


def _set_indexes_aside(cursor: Any, model: type[models.Model]) -> list[str]:
    """Drop an empty SQLite table's plain indexes and return how to make them: built at the end they cost half.

    The caller's transaction covers both, so no reader ever sees the table without them.
    """
    cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(model._meta.db_table)} LIMIT 1")
    if cursor.fetchone():
        return []
    cursor.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql LIKE %s",
        [model._meta.db_table, "CREATE INDEX%"],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    return [sql for _, sql in found]


def _adapted(chunk: list[Row], adapters: Sequence[Callable[[Any], Any] | None], constants: Row) -> list[Row]:
    """Return the rows with dates and moments as text and the constants added, column by column."""
    if not any(adapters):
        return [row + constants for row in chunk] if constants else chunk
    turned: list[Iterable[Any]] = [
        map(adapter, column) if adapter else column
        for adapter, column in zip(adapters, zip(*chunk, strict=True), strict=True)
    ]
    turned += [[value] * len(chunk) for value in constants]
    return list(zip(*turned, strict=True))


def _copy(model: type[models.Model], names: list[str], constants: Row, batches: Iterable[list[Row]]) -> int:
    quote = connection.ops.quote_name
    sql = f"COPY {quote(model._meta.db_table)} ({', '.join(map(quote, names))}) FROM STDIN"
    count = 0
    with connection.cursor() as cursor:
        for chunk in batches:  # drawn before its COPY begins: who makes rows may ask the database, too
            count += len(chunk)
            with cursor.copy(sql) as copy:
                for row in chunk:
                    copy.write_row(row + constants)
    return count


def _move_sequence(model: type[models.Model]) -> None:
    """Let the next id the database gives follow the highest there is."""
    if connection.vendor != "postgresql":
        return
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        sequence = cursor.fetchone()[0]
        if sequence:
            cursor.execute(f"SELECT setval(%s, GREATEST((SELECT COALESCE(MAX(id), 1) FROM {table}), 1))", [sequence])
