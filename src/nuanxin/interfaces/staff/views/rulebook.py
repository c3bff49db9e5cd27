"""The rulebook: every benefit with its clauses, parameters by date, and a form to try a household."""

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from nuanxin.interfaces.staff import reading, trial
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import county_of, page, two_doors
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.registry.enums import PayeeRule
from nuanxin.kernel.rulebook import selectors as rulebook

READ = "rulebook.read"
PAYS = {"person": _("按人"), "household": _("按户")}
PERIODS = {"month": _("按月"), "once": _("一次性")}
MOVES = {"apply": _("变动自动执行，新增须申请"), "propose": _("变动须经办和复核")}
STARTS = {
    "month_after_decision": _("决定次月起"),
    "month_of_decision": _("决定当月起"),
    "month_of_application": _("申请当月起"),
    "month_after_application": _("申请次月起"),
    "month_after_birthday": _("满龄次月起"),
    "event": _("事项发生后"),
}
STOPS = {
    "death": _("死亡"),
    "moved_out": _("迁出"),
    "not_eligible": _("不再符合条件"),
    "card_expired": _("证件到期"),
    "coming_of_age": _("成年"),
    "household_closed": _("撤户"),
}
HOW = {"refuse": _("不同时享受"), "top_up": _("补差"), "highest": _("就高")}


def _month(request: StaffRequest) -> dt.date:
    return reading.month(request.GET, default=month_of(clock.today()))


@page(READ)
def benefits(request: StaffRequest) -> HttpResponseBase:
    """List the benefits the county offers in a month."""
    county, month = county_of(request.user), _month(request)
    offered = [
        {"benefit": one, "pays": PAYS.get(one.pays), "period": PERIODS.get(one.period), "moves": MOVES.get(one.month)}
        for one in rulebook.benefits(county, month).values()
    ]
    context = {"offered": offered, "month": month, "missing": rulebook.not_offered(county, month)}
    return render(request, "staff/rulebook.html", context)


@page(READ)
def benefit(request: StaffRequest, code: str) -> HttpResponseBase:
    """Show one benefit: whom it pays, conditions and amount in words, clauses, parameters by date, exclusions."""
    county, month = county_of(request.user), _month(request)
    offered = rulebook.benefits(county, month)
    if code not in offered:
        raise Http404
    one = offered[code]
    context = {
        "benefit": one,
        "month": month,
        "pays": PAYS.get(one.pays),
        "period": PERIODS.get(one.period),
        "moves": MOVES.get(one.month),
        "starts": STARTS.get(one.starts, one.starts),
        "payees": [PayeeRule(rule).label for rule in one.payee],
        "stops": [STOPS.get(stop, stop) for stop in one.stops],
        "exclusions": [{"exclusion": row, "how": HOW.get(row.how, row.how)} for row in one.exclusions],
        "parameters": list(_by_name(rulebook.parameters(county, code), month)),
    }
    return render(request, "staff/benefit.html", context)


def _by_name(used: list[Any], month: dt.date) -> Iterator[dict[str, Any]]:
    """Yield each parameter with its dated values, the newest first; the one in force in the month is marked."""
    for name, values in groupby(used, key=lambda one: one.name):
        dated = sorted(values, key=lambda one: one.since, reverse=True)
        in_force = next((one for one in dated if one.since <= month), None)
        yield {"name": name, "label": dated[0].label, "values": [(one, one is in_force) for one in dated]}


@page(READ)
def parameters(request: StaffRequest) -> HttpResponseBase:
    """List every parameter of the county with its dated values."""
    county, month = county_of(request.user), _month(request)
    context = {"parameters": list(_by_name(rulebook.parameters(county), month)), "month": month}
    return render(request, "staff/parameters.html", context)


@page(READ, reads=("GET", "HEAD", "POST"))
def attempt(request: StaffRequest) -> HttpResponseBase:
    """Try a made-up household: nothing is stored, the receipts come at once."""
    tried = request.method == "POST"
    form = trial.read(request.POST) if tried else trial.start(month_of(clock.today()))
    context = {"form": form, "means": True, "tried": tried, **trial.choices()}
    try:
        context["receipts"] = trial.assess(county_of(request.user), form) if tried else []
    except Refused as refused:
        context |= {"message": refused.message, "todo": refused.todo}
    return two_doors(request, "staff/try.html", "includes/tried.html", context)
