"""Loading the division tree from the packaged extracts."""

import datetime as dt

from django.db import transaction

from nuanxin.kernel.registry.counties import division_rows
from nuanxin.kernel.registry.models import Division


@transaction.atomic
def load_divisions(county: str) -> int:
    """Load an area's extract with its province and city; rows already there are brought up to date, none is deleted.

    Returns the number of divisions in the extract.
    """
    paths = dict(Division.objects.values_list("code", "path"))
    rows = [_division(row, paths) for row in division_rows(county)]
    Division.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "level", "parent", "path", "source"],
    )
    return len(rows)


def _division(row: dict[str, str], paths: dict[str, str]) -> Division:
    """Build one division; its parent came before it, so that its path is known."""
    parent = row["parent"] or None
    paths[row["code"]] = f"{paths[parent]}.{row['code']}" if parent else row["code"]
    as_of = dt.date.fromisoformat(row["as_of"])
    return Division(
        code=row["code"],
        name=row["name"],
        level=row["level"],
        parent_id=parent,
        path=paths[row["code"]],
        source=f"{row['source']}, {as_of:%Y-%m-%d}",
    )
