"""Every write belongs to one change: who, why, source, when."""

from dataclasses import dataclass
from typing import Any

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.models import Change


@dataclass(frozen=True)
class Author:
    """Who writes: an account, or a named process when `account_id` is None."""

    label: str
    account_id: int | None = None


def open_change(*, author: Author, verb: str, reason: str, source: str, rows: int = 0) -> Change:
    """Record the act of writing that the following rows will point at; `source` is a file, feed, form or case."""
    return Change.objects.create(
        business_date=clock.today(),
        actor_id=author.account_id,
        actor_label=author.label,
        verb=verb,
        reason=reason,
        source=source,
        rows=rows,
    )


def author_of(account: Any) -> Author:
    """Return the author that an account of staff is."""
    return Author(label=f"{account.title} {account.display_name}".strip(), account_id=account.pk)
