"""The first page: what is due, the half-year in six numbers, two charts."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from nuanxin.interfaces.staff import board, due, reporting
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.charts import chart
from nuanxin.interfaces.staff.context import area_name
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.views import desk
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.statistics import selectors as statistics
from nuanxin.kernel.statistics.selectors import Figure, Period

SIX = (
    "dibao_persons",
    "tekun_persons",
    "old_age_allowance_persons",
    "disability_care_allowance_persons",
    "assistance_funds_paid",
    "cremations",
)
PAID = (
    "assistance_funds_paid",
    "disability_two_allowances_paid",
    "old_age_allowance_paid",
    "low_income_homecare_subsidy_paid",
    "funeral_subsidy_paid",
    "child_living_allowance_paid",
)
COVERED = ("dibao_persons", "tekun_persons", "old_age_allowance_persons", "disability_care_allowance_persons")
HUNDRED = 100


@page(None)
def home(request: StaffRequest) -> HttpResponseBase:
    """Show what waits for this account first, then the half-year within its area."""
    county = county_of(request.user)
    context: dict[str, Any] = {"due": due.things(request.user, county), **desk.for_home(request.user)}
    if access.may(request.user, "figures.read") and access.area_level(request.user) != "village":
        period = reporting.default_period(county)
        area = request.user.area
        if board.sees_board(request.user):
            context["board"] = render_to_string(
                "includes/board.html", {"late": board.late(request.user, county), "money": board.money(county)}
            )
        context["half_year"] = reporting.kept("home", county, period, area, lambda: _half_year(request, county, period))
    return render(request, "staff/home.html", context)


def _half_year(request: StaffRequest, county: str, period: Period) -> SafeString:
    """Return the six numbers and two charts of the account's area."""
    own = statistics.township_for(request.user, county)
    known = {one.indicator: one for one in reporting.figures(county, period, own) if one.computed is not None}
    towns = [town for town in registry.townships(county) if access.sees_path(request.user, town.path)]
    context = {
        "period": period,
        "area_name": area_name(request.user),
        "six": [known[code] for code in SIX if code in known],
        "paid": _paid(county, period, known, own),
        "covered": None if own else _covered(county, period, known, towns),
    }
    if board.sees_board(request.user):
        context |= board.closed_part(county, period, known, SIX)
    return render_to_string("includes/half_year.html", context)


def _paid(county: str, period: Period, known: dict[str, Figure], township: str) -> dict[str, Any] | None:
    """Return how each line of payments moves, the first month as 100: small ones stand on their own scale."""
    codes = tuple(code for code in PAID if code in known)
    values = reporting.monthly(county, codes, period, township)
    months = [month for month, _ in values[codes[0]]] if codes else []
    if not months:
        return None
    series = [
        (gettext(known[code].title), [round(fen * HUNDRED / values[code][0][1], 1) for _, fen in values[code]])
        for code in codes
        if values[code][0][1]
    ]
    return chart("line", gettext("首月=100"), [f"{month:%Y-%m}" for month in months], series)


def _covered(county: str, period: Period, known: dict[str, Figure], towns: list[Any]) -> dict[str, Any] | None:
    """Return the persons covered at the period's end in each township, the most first."""
    codes = [code for code in COVERED if code in known]
    by_code = {code: reporting.by_township(county, code, period) for code in codes}
    rows = [(town, [by_code[code].get(town.code, 0) for code in codes]) for town in towns]
    rows.sort(key=lambda row: -sum(row[1]))
    if not codes or not any(sum(row[1]) for row in rows):
        return None
    series = [(gettext(known[code].title), [row[1][place] for row in rows]) for place, code in enumerate(codes)]
    return chart("bar", gettext("人"), [town.name for town, _ in rows], series, stack=True, across=True, tall=True)
