"""Titles of benefits as the county's rulebook has them."""

import datetime as dt

from django.utils.translation import gettext

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.rulebook import selectors as rulebook


def titles(county: str, month: dt.date | None = None) -> dict[str, str]:
    """Return benefit code → title."""
    offered = rulebook.benefits(county, month or month_of(clock.today()))
    return {code: gettext(one.title) for code, one in offered.items()}


def component_titles(county: str, month: dt.date | None = None) -> dict[str, str]:
    """Return `benefit.component` → what the component is called."""
    offered = rulebook.benefits(county, month or month_of(clock.today()))
    return {f"{one.code}.{code}": says for one in offered.values() for code, says in one.components}
