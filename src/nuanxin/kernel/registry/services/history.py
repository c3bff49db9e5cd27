"""The diff of one record under one change; numbers, names and accounts never enter it."""

import json
from typing import Any

from django.db import models

from nuanxin.kernel.core.models import Change, ChangeItem


def record_item(
    *, change: Change, record: models.Model, action: str, before: dict[str, Any], after: dict[str, Any]
) -> ChangeItem:
    """Write what a change did to one record: for each field that differs, the old and the new value."""
    return ChangeItem.objects.create(
        change=change,
        table=record._meta.db_table,
        record_id=record.pk,
        action=action,
        diff=json.dumps(difference(before, after), ensure_ascii=False, default=str),
    )


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Return `{field: [old, new]}` of the fields that differ."""
    return {
        name: [before.get(name), after.get(name)]
        for name in [*after, *(name for name in before if name not in after)]
        if before.get(name) != after.get(name)
    }
