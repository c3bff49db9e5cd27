"""Titles of benefits and components as the county's rulebook has them."""

import datetime as dt

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.rulebook import selectors as rulebook


def titles(county: str, month: dt.date | None = None) -> dict[str, str]:
    """Return benefit code → title."""
    return {one.benefit: one.title for one in rulebook.benefits(county, month or month_of(clock.today()))}
