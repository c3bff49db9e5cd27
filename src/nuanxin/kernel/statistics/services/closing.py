"""Closing a month: once, in order, for good."""

import datetime as dt

from django.db import connection, transaction

from nuanxin.kernel.access.selectors import account_by_id
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core.anchors import write_anchor
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.tallies import all_tallies
from nuanxin.kernel.cycle import services as cycle
from nuanxin.kernel.statistics.chain import CLOSES, close_place, close_seal
from nuanxin.kernel.statistics.comparing import compare_closed
from nuanxin.kernel.statistics.freezing import Frozen, freeze_month
from nuanxin.kernel.statistics.models import Close, ClosedFile
from nuanxin.kernel.statistics.readiness import check_ready
from nuanxin.kernel.statistics.store import chain_head


def close_month(*, county: str, month: dt.date, author: Author) -> Close:
    """Freeze a month for good: tallies, stocks and cells as Parquet under an SM3 chain; a closed month stays as it is.

    Refused without `month.close`, out of order, while the month is unfinished, or when a stock's opening + in − out is
    not its closing. The write lock is held while the month is frozen (two seconds for a county), so nobody books into
    it meanwhile; what earlier months must be adjusted by is found before.
    """
    _check_author(author)
    held = Close.objects.filter(county=county, month=month).first()
    if held is not None:
        return held
    planned = check_ready(county, month)
    adjusted = compare_closed(county, month)
    with transaction.atomic():
        lock_tallies()
        previous = check_ready(county, month)
        if previous != planned:
            raise Refused("close.meanwhile", f"{month:%Y-%m} 正由别人月结。", "请稍后刷新查看。")
        frozen = freeze_month(county, month, previous.month if previous else None, adjusted)
        return _write_close(county, month, author, previous.head if previous else "", frozen)


def anchor_closes(*, county: str) -> None:
    """Write the head of a county's last close into the file outside the database; once a day, harmless to repeat."""
    with transaction.atomic():
        last = Close.objects.filter(county=county).order_by("-month").first()
        if last is not None:
            write_anchor(chain=CLOSES, place=close_place(last), head=last.head)


def _check_author(author: Author) -> None:
    """Refuse an account that may not close months; a named process (the operator's command) may."""
    account = account_by_id(author.account_id) if author.account_id is not None else None
    if account is not None:
        require(account, "month.close")


def lock_tallies() -> None:
    """Keep writers out of the tables that are counted; SQLite's immediate transaction already does."""
    if connection.vendor == "postgresql":
        tables = sorted({tally.table for tally in all_tallies().values()})
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")


def _write_close(county: str, month: dt.date, author: Author, previous: str, frozen: list[Frozen]) -> Close:
    head = chain_head(previous, [(file.name, file.sm3) for file in frozen])
    rows = sum(file.rows for file in frozen)
    change = open_change(author=author, verb="close_month", reason="月结", source=f"{month:%Y-%m}", rows=rows)
    close = Close(
        county=county, month=month, previous=previous, head=head, closed_by_id=author.account_id, change=change
    )
    close.seal = close_seal(close)
    close.save(force_insert=True)
    write_anchor(chain=CLOSES, place=close_place(close), head=head)
    ClosedFile.objects.bulk_create(
        ClosedFile(close=close, name=file.name, path=file.path, rows=file.rows, sm3=file.sm3) for file in frozen
    )
    cycle.mark_closed(county=county, month=month, change=change)
    return close
