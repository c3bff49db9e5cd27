"""Figures for pages: which period and whose, and counted once per closed month instead of once per view.

Every page asks `statistics.township_for` whose figures its account sees and hands that on: there is no default.
"""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from nuanxin.kernel.core import clock
from nuanxin.kernel.statistics import selectors as statistics
from nuanxin.kernel.statistics.selectors import Figure, Period

READ_ANEW = 300


def half_year_of(month: dt.date) -> str:
    """Return the half-year a month lies in, as `2024H1`."""
    return f"{month.year}H{1 if month.month <= 6 else 2}"


def default_period(county: str) -> Period:
    """Return the half-year of the last closed month, or of today before the first close."""
    last = statistics.last_closed_month(county)
    return statistics.parse_period(half_year_of(last or clock.today()))


def period_of(request: Any, county: str) -> Period:
    """Return the period the URL asks for, else the default."""
    wanted = request.GET.get("period", "")
    return statistics.parse_period(wanted) if wanted else default_period(county)


def periods(county: str) -> list[Period]:
    """Return the half-years that hold a closed month and each closed month, for the period menu."""
    months = [closed.month for closed in statistics.closed_months(county)]
    halves = dict.fromkeys(half_year_of(month) for month in months)
    return [statistics.parse_period(text) for text in (*halves, *(f"{month:%Y-%m}" for month in reversed(months)))]


def whole_periods(county: str) -> list[Period]:
    """Return the half-years, quarters and months that are wholly closed, the newest first: what can be submitted."""
    months = {closed.month for closed in statistics.closed_months(county)}
    texts = [half_year_of(month) for month in sorted(months, reverse=True)]
    texts += [f"{month.year}Q{(month.month + 2) // 3}" for month in sorted(months, reverse=True)]
    texts += [f"{month:%Y-%m}" for month in sorted(months, reverse=True)]
    offered = [statistics.parse_period(text) for text in dict.fromkeys(texts)]
    return [period for period in offered if months.issuperset(period.months)]


def _state(county: str, period: Period) -> str:
    """Return what a period's figures depend on: the heads of its closed months, and declarations, now and then."""
    heads = "|".join(closed.head for closed in statistics.closed_months(county, period))
    return f"{int(time.monotonic() // READ_ANEW)} {heads}"


@lru_cache(maxsize=256)
def _figures(county: str, period: Period, township: str, state: str) -> list[Figure]:
    return statistics.figures(county, period, township)


@lru_cache(maxsize=256)
def _monthly(
    county: str, codes: tuple[str, ...], period: Period, township: str, state: str
) -> dict[str, list[tuple[dt.date, int]]]:
    return statistics.monthly_values(county, codes, period, township)


@lru_cache(maxsize=256)
def _townships(county: str, code: str, period: Period, state: str) -> dict[str, int]:
    return statistics.township_values(county, code, period)


@lru_cache(maxsize=512)
def _kept(name: str, county: str, period: Period, state: str, language: str, make: "Kept") -> SafeString:
    return make.make()


@dataclass(frozen=True)
class Kept:
    """What makes a part of a page; two of the same name, closed months, reader's language and area are one."""

    area: str
    make: Callable[[], SafeString] = field(compare=False)


def kept(name: str, county: str, period: Period, area: str, make: Callable[[], SafeString]) -> SafeString:
    """Return a part of a page that depends on closed months only, made once for each language and area."""
    return _kept(name, county, period, _state(county, period), get_language() or "", Kept(area, make))


def figures(county: str, period: Period, township: str) -> list[Figure]:
    """Return the report table of a period: the county's, or what is a township's own of it."""
    return _figures(county, period, township, _state(county, period))


def monthly(county: str, codes: tuple[str, ...], period: Period, township: str) -> dict[str, list[tuple[dt.date, int]]]:
    """Return indicators month by month, the county's or a township's."""
    return _monthly(county, codes, period, township, _state(county, period))


def by_township(county: str, code: str, period: Period) -> dict[str, int]:
    """Return an indicator township by township."""
    return _townships(county, code, period, _state(county, period))
