"""Which columns hold ciphertext: each room declares its own at start, so that a new key reaches all of them."""

from dataclasses import dataclass

from django.db import connection

from nuanxin.kernel.core.errors import Fault


@dataclass(frozen=True)
class SealedColumn:
    """A ciphertext column of a table with an `id`, and the column that names its key, empty where there is no value."""

    table: str
    cipher: str = "cipher"
    key_id: str = "key_id"


_registered: dict[tuple[str, str], SealedColumn] = {}


def register_sealed_column(column: SealedColumn) -> None:
    """Add a column; the same one twice changes nothing, another key column for it is our fault."""
    held = _registered.setdefault((column.table, column.cipher), column)
    if held != column:
        raise Fault(f"two different key columns for {column.table}.{column.cipher}")


def all_sealed_columns() -> list[SealedColumn]:
    """Return every column, in the order of names."""
    return [column for _, column in sorted(_registered.items())]


def values_by_key() -> dict[str, int]:
    """Return how many values of the database each key seals."""
    counts: dict[str, int] = {}
    with connection.cursor() as cursor:
        for column in all_sealed_columns():
            key = column.key_id
            cursor.execute(f"SELECT {key}, COUNT(*) FROM {column.table} WHERE {key} <> '' GROUP BY {key}")
            for key_id, rows in cursor.fetchall():
                counts[key_id] = counts.get(key_id, 0) + rows
    return counts
