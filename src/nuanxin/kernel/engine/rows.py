"""Rows of the declared snapshot tables from the live database, for one household, by the ORM."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps

from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.core.snapshots import all_snapshot_tables


def live_rows(table: str, columns: Sequence[str], **filters: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a snapshot table as tuples of some of its declared columns, filtered as the ORM does."""
    declared = all_snapshot_tables()[table]
    if strange := [c for c in columns if c not in declared.columns]:
        raise Fault(f"snapshot table {table} has no column {strange[0]}")
    model = next(m for m in apps.get_models() if m._meta.db_table == declared.table)
    return list(model._default_manager.filter(**filters).values_list(*columns))


def ids(values: Iterable[Any]) -> list[int]:
    """Return distinct ids in order, without unknown ones."""
    return sorted({v for v in values if v is not None})
