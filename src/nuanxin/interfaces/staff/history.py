"""The history of a person or household: every change that wrote one of its rows, in plain order of time."""

from collections.abc import Iterable
from typing import Any

from nuanxin.kernel.core.changes import changes_by_ids


def history(*groups: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the changes behind rows, the newest first, each with the number of the shown rows it wrote."""
    written: dict[int, int] = {}
    for row in (row for group in groups for row in group):
        written[row.change_id] = written.get(row.change_id, 0) + 1
    return [{"change": change, "rows": written[change.pk]} for change in changes_by_ids(written)]
