"""Every write belongs to one change: who, why, source, when."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change, ChangeItem


@dataclass(frozen=True)
class Author:
    """Who writes: an account, or a named process when `account_id` is None."""

    label: str
    account_id: int | None = None


@dataclass(frozen=True)
class Mark:
    """How far the records had been written when something was read: the newest change, and the moment.

    A row made later has a larger change; one that was only taken back has been superseded after `at`.
    """

    change_id: int
    at: dt.datetime


def current_mark() -> Mark:
    """Return the mark to put on what is about to be read.

    On PostgreSQL, outside a transaction, it waits for the acts under way: their changes have smaller numbers than the
    mark, and a reading that begins now must see their rows.
    """
    at = clock.now()
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE core_change IN SHARE MODE")
            return Mark(_newest_change(), at)
    return Mark(_newest_change(), at)


def _newest_change() -> int:
    return Change.objects.aggregate(last=Max("pk"))["last"] or 0


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


@contextmanager
def one_act(*, author: Author, verb: str, reason: str, source: str) -> Iterator[Change]:
    """Open a change and the transaction of everything that belongs to it: an act is done whole or not at all."""
    with transaction.atomic():
        yield open_change(author=author, verb=verb, reason=reason, source=source)


def author_of(account: Any) -> Author:
    """Return the author that an account of staff is."""
    return Author(label=f"{account.title} {account.display_name}".strip(), account_id=account.pk)


def note_item(*, change: Change, table: str, record_id: int, action: str, diff: dict[str, Any]) -> ChangeItem:
    """Record what a change did to one record: `diff` is `{field: [old, new]}`, never names or numbers."""
    text = json.dumps(diff, ensure_ascii=False, default=str)
    return ChangeItem.objects.create(change=change, table=table, record_id=record_id, action=action, diff=text)


def note_items(*, change: Change, table: str, action: str, diffs: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """Record what a change did to many records of one table, given as (id, diff)."""
    columns = ["change_id", "table", "record_id", "action", "diff"]
    rows = [(change.pk, table, pk, action, json.dumps(diff, ensure_ascii=False, default=str)) for pk, diff in diffs]
    bulk_insert(model=ChangeItem, columns=columns, rows=rows)


def items_of(*, table: str, record_id: int) -> QuerySet[ChangeItem]:
    """Return what changes did to one record, the newest first, each with its change."""
    return ChangeItem.objects.filter(table=table, record_id=record_id).select_related("change").order_by("-id")


def changes_by_ids(ids: Iterable[int]) -> QuerySet[Change]:
    """Return changes, the newest first."""
    return Change.objects.filter(pk__in=set(ids)).order_by("-business_date", "-id")


def changes_by_verb(start: str) -> QuerySet[Change]:
    """Return changes whose verb begins so, the newest first, each with what it did to which record."""
    return Change.objects.filter(verb__startswith=start).prefetch_related("items").order_by("-id")
