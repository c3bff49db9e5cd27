"""The diff of one record under one change; numbers, names and accounts never enter it."""

from typing import Any

from django.db import models

from nuanxin.kernel.core.changes import note_item
from nuanxin.kernel.core.models import Change


def record_item(
    *, change: Change, record: models.Model, action: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Write what a change did to one record: for each field that differs, the old and the new value."""
    note_item(
        change=change,
        table=record._meta.db_table,
        record_id=record.pk,
        action=action,
        diff=difference(before, after),
    )


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Return `{field: [old, new]}` of the fields that differ."""
    return {
        name: [before.get(name), after.get(name)]
        for name in [*after, *(name for name in before if name not in after)]
        if before.get(name) != after.get(name)
    }
