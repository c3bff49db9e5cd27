"""Titles of benefits and components as the county's rulebook has them; a changed declaration shows within seconds."""

import datetime as dt
import time
from functools import lru_cache

from django.utils.translation import gettext

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.rulebook import selectors as rulebook

SECONDS = 10
Titles = dict[str, str]


@lru_cache(maxsize=128)
def _titles(county: str, month: dt.date, tick: int) -> tuple[Titles, Titles]:
    offered = rulebook.benefits(county, month)
    parts = {f"{one.code}.{code}": says for one in offered.values() for code, says in one.components}
    return {code: one.title for code, one in offered.items()}, parts


def _now(county: str, month: dt.date | None) -> tuple[Titles, Titles]:
    return _titles(county, month or month_of(clock.today()), int(time.monotonic() // SECONDS))


def titles(county: str, month: dt.date | None = None) -> Titles:
    """Return benefit code → title."""
    return {code: gettext(title) for code, title in _now(county, month)[0].items()}


def component_titles(county: str, month: dt.date | None = None) -> Titles:
    """Return `benefit.component` → what the component is called."""
    return _now(county, month)[1]
