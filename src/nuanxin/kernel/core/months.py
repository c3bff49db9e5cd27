"""Months are dates on the first; ranges are half-open."""

import datetime as dt
import re
from collections.abc import Iterator

from nuanxin.kernel.core.days import EARLIEST, LATEST
from nuanxin.kernel.core.errors import Refused

MONTHS = 12
WRITTEN = re.compile(r"([0-9]{4})-([0-9]{1,2})")


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
    """Read `2024-03`; raise Refused on anything else, and on a month outside the days the house reckons with."""
    found = WRITTEN.fullmatch(text.strip())
    year, month = (int(part) for part in found.groups()) if found else (0, 0)
    if not 1 <= month <= MONTHS:
        raise Refused("month.format", f"月份“{text[:20]}”写法不对。", "请写成 2024-03 这样的形式。")
    if not EARLIEST.year <= year <= LATEST.year:
        raise Refused("month.range", f"月份 {text[:7]} 太早或太晚。", "请核对年份。")
    return dt.date(year, month, 1)
