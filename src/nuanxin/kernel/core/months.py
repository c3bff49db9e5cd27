"""Months are dates on the first; ranges are half-open."""

import datetime as dt
from collections.abc import Iterator

from nuanxin.kernel.core.errors import Refused


def month_of(date: dt.date) -> dt.date:
    """Return the first day of the date's month."""
    return date.replace(day=1)


def add_months(month: dt.date, count: int) -> dt.date:
    """Return the first day of the month `count` months later (earlier if negative)."""
    index = month.year * 12 + month.month - 1 + count
    return dt.date(index // 12, index % 12 + 1, 1)


def month_end(month: dt.date) -> dt.date:
    """Return the last day of the month."""
    return add_months(month, 1) - dt.timedelta(days=1)


def months_between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield each month from `first` to `last`, both included."""
    month = month_of(first)
    while month <= last:
        yield month
        month = add_months(month, 1)


def parse_month(text: str) -> dt.date:
    """Read `2024-03`; raise Refused on anything else."""
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone
    except ValueError as error:
        raise Refused("month.format", f"月份“{text}”写法不对。", "请写成 2024-03 这样的形式。") from error
