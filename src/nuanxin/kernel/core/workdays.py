"""Working days of the State Council's yearly notices; a year without its file fails loudly."""

import csv
import datetime as dt
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from nuanxin.kernel.core.errors import Refused

SHIPPED = Path(__file__).parent / "data" / "calendar"
SATURDAY = 5


def _file_of(year: int) -> Path:
    """Return the year's file: the instance's own goes before the shipped one."""
    own = Path(settings.NUANXIN_HOME) / "calendar" / f"{year}.csv"
    return own if own.exists() else SHIPPED / f"{year}.csv"


@lru_cache(maxsize=64)
def _read_year(path: Path) -> dict[dt.date, bool]:
    """Return the days of a year that differ from Monday-to-Friday: True for a working day, False for a holiday."""
    with path.open(encoding="utf-8", newline="") as file:
        return {dt.date.fromisoformat(row["date"]): row["is_work"] == "1" for row in csv.DictReader(file)}


def is_working_day(date: dt.date) -> bool:
    """Return whether the day is worked; Refused names the file to add when the year's notice is not held."""
    path = _file_of(date.year)
    if not path.exists():
        raise Refused(
            "workdays.year",
            f"还没有{date.year}年的放假安排，无法推算工作日。",
            f"请按国务院办公厅通知制作 {settings.NUANXIN_HOME}/calendar/{date.year}.csv（列：date,is_work,name）。",
        )
    return _read_year(path).get(date, date.weekday() < SATURDAY)


def add_working_days(date: dt.date, n: int) -> dt.date:
    """Return the n-th working day after the date, which itself is not counted (民法典 第二百零一条)."""
    if n < 0:
        raise Refused("workdays.count", "工作日天数不能为负。", "请填写零或正整数。")
    while n:
        date += dt.timedelta(days=1)
        n -= is_working_day(date)
    return date


def working_days_between(start: dt.date, end: dt.date) -> int:
    """Return how many working days lie after `start` up to and including `end`; 0 when `end` is not later."""
    return sum(is_working_day(start + dt.timedelta(days=day)) for day in range(1, (end - start).days + 1))
