"""Which columns hold ciphertext: each room declares its own at start, so that a new key reaches all of them."""

from dataclasses import dataclass

from django.apps import apps
from django.db import models

from nuanxin.kernel.core.errors import Fault


@dataclass(frozen=True)
class SealedColumn:
    """A ciphertext and the column that names its key, by the model's label (`registry.BankAccount`)."""

    model: str
    cipher: str = "cipher"
    key_id: str = "key_id"

    def rows(self) -> "models.QuerySet[models.Model]":
        """Return the rows that hold a value."""
        table: type[models.Model] = apps.get_model(self.model)
        return table._base_manager.exclude(**{self.key_id: ""}).exclude(**{f"{self.key_id}__isnull": True})


_registered: dict[tuple[str, str], SealedColumn] = {}


def register_sealed_column(column: SealedColumn) -> None:
    """Add a column; the same one twice changes nothing, another key column for it is our fault."""
    held = _registered.setdefault((column.model, column.cipher), column)
    if held != column:
        raise Fault(f"two different key columns for {column.model}.{column.cipher}")


def all_sealed_columns() -> list[SealedColumn]:
    """Return every column, in the order of names."""
    return [column for _, column in sorted(_registered.items())]


def values_by_key() -> dict[str, int]:
    """Return how many values of the database each key seals."""
    counts: dict[str, int] = {}
    for column in all_sealed_columns():
        found = column.rows().values_list(column.key_id).annotate(rows=models.Count("pk")).order_by()
        for key_id, rows in found:
            counts[key_id] = counts.get(key_id, 0) + rows
    return counts
