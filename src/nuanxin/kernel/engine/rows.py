"""Rows of the declared snapshot tables from the live database, for one household."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection

from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.core.snapshots import all_snapshot_tables


def live_rows(table: str, columns: Sequence[str], **filters: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a snapshot table as tuples of some of its declared columns.

    Filters are a column's value, `column__in` some values, `column__isnull`. Written as SQL: putting ten such queries
    together by the ORM takes longer at the counter than running them.
    """
    declared = all_snapshot_tables()[table]
    if strange := [c for c in columns if c not in declared.columns]:
        raise Fault(f"snapshot table {table} has no column {strange[0]}")
    if any(name.endswith("__in") and not values for name, values in filters.items()):
        return []
    quoted = connection.ops.quote_name
    parameters: list[Any] = []
    where = " AND ".join(_conditions(filters, parameters))
    text = f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(declared.table)} WHERE {where}"
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return list(cursor.fetchall())


def _conditions(filters: dict[str, Any], parameters: list[Any]) -> Iterator[str]:
    for name, value in filters.items():
        column, _, how = name.partition("__")
        quoted = connection.ops.quote_name(column)
        if how == "isnull":
            yield f"{quoted} IS {'NULL' if value else 'NOT NULL'}"
        elif how == "in":
            values = list(value)
            parameters += values
            yield f"{quoted} IN ({', '.join(['%s'] * len(values))})"
        elif not how:
            parameters.append(value)
            yield f"{quoted} = %s"
        else:
            raise Fault(f"rows cannot be filtered by {name}")


def ids(values: Iterable[Any]) -> list[int]:
    """Return distinct ids in order, without unknown ones."""
    return sorted({v for v in values if v is not None})
