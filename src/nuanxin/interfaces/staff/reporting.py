"""Figures for pages: which period to show, and counted once per closed month instead of once per view."""

import datetime as dt
from functools import lru_cache
from typing import Any

from nuanxin.kernel.core import clock
from nuanxin.kernel.statistics import selectors as statistics
from nuanxin.kernel.statistics.selectors import Figure, Period


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


def _state(county: str, period: Period) -> str:
    """Return what the figures of a period depend on: the heads of its closed months."""
    return "|".join(closed.head for closed in statistics.closed_months(county, period))


@lru_cache(maxsize=64)
def _figures(county: str, period: Period, state: str) -> list[Figure]:
    return statistics.figures(county, period)


@lru_cache(maxsize=256)
def _monthly(county: str, codes: tuple[str, ...], period: Period, state: str) -> dict[str, list[tuple[dt.date, int]]]:
    return statistics.monthly_values(county, codes, period)


@lru_cache(maxsize=256)
def _townships(county: str, code: str, period: Period, state: str) -> dict[str, int]:
    return statistics.township_values(county, code, period)


def figures(county: str, period: Period) -> list[Figure]:
    """Return the report table of a period."""
    return _figures(county, period, _state(county, period))


def monthly(county: str, codes: tuple[str, ...], period: Period) -> dict[str, list[tuple[dt.date, int]]]:
    """Return indicators month by month."""
    return _monthly(county, codes, period, _state(county, period))


def by_township(county: str, code: str, period: Period) -> dict[str, int]:
    """Return an indicator township by township."""
    return _townships(county, code, period, _state(county, period))
