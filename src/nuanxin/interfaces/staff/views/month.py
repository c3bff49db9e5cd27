"""The month: its steps, what waits, and the acts that move it on."""

import datetime as dt
from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.columns import MoneyColumn, MonthColumn, TagColumn
from nuanxin.interfaces.staff.filters import AreaForm, choice
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.month_steps import exceptions_by_kind, month_steps
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.saying import said
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.interfaces.staff.views.proposals import shown_sums
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework.enums import ProposalState
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.months import add_months, month_of, parse_month
from nuanxin.kernel.cycle import selectors as cycle_reads
from nuanxin.kernel.cycle import services as cycle
from nuanxin.kernel.payments import selectors as payments
from nuanxin.kernel.payments.enums import REMEDY_LABELS, ExceptionCode
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.statistics import selectors as statistics
from nuanxin.kernel.statistics import services as closing

READ = "grants.read"


def open_month(county: str) -> dt.date:
    """Return the first month that is not closed."""
    last = statistics.last_closed_month(county)
    if last:
        return add_months(last, 1)
    return cycle_reads.month_to_begin(county) or month_of(clock.today())


def waiting(account: Any, county: str, month: dt.date, state: str) -> int:
    """Return how many of the month's proposals in the account's area are in a state."""
    return casework.proposals_in(county, month, state).filter(access.township_filter(account)).count()


def exceptions(account: Any, county: str, month: dt.date) -> Any:
    """Return the month's payment exceptions in the account's area."""
    return payments.exceptions_in(county, month).filter(access.township_filter(account, "due__township"))


@page(READ)
def current(request: StaffRequest) -> HttpResponseBase:
    """Show the month that is open."""
    return _show(request, open_month(county_of(request.user)))


@page(READ)
def one(request: StaffRequest, month: str) -> HttpResponseBase:
    """Show any month."""
    return _show(request, parse_month(month))


@page(READ)
def steps(request: StaffRequest, month: str) -> HttpResponseBase:
    """Show the steps alone: asked for again and again while the month is being computed."""
    return render(request, "includes/month_steps.html", _flow(request, parse_month(month)))


def _flow(request: StaffRequest, month: dt.date) -> dict[str, Any]:
    """Return the month's steps with what is open in each, and whether they are still moving."""
    county = county_of(request.user)
    run, last = cycle_reads.month_run(county, month), statistics.last_closed_month(county)
    closed = last is not None and month <= last
    acts = _acts(request, county, month, run, closed)
    return {
        "month": month,
        "run": run,
        "flow": month_steps(request.user, county, month, run, closed),
        "computing": cycle_reads.steps_of(run) if run else [],
        "polls": acts["run"] and (run is None or run.state == "running"),
        "acts": acts,
    }


def _show(request: StaffRequest, month: dt.date) -> HttpResponseBase:
    county = county_of(request.user)
    closed = {one.month: one for one in statistics.closed_months(county)}
    rows = casework.proposals_in(county, month).filter(access.township_filter(request.user))
    context = {
        **_flow(request, month),
        "closed": closed.get(month),
        "sums": _sums(rows, county, month),
        "waiting": rows.filter(state__in=[ProposalState.OPEN, ProposalState.MADE]).exists(),
        "exceptions": exceptions_by_kind(exceptions(request.user, county, month), month),
        "runs": payments.runs_in(county, month),
        "whole": access.area_level(request.user) != "township",
        "titles": titles(county, month),
        "others": sorted({*closed, open_month(county), month}, reverse=True)[:18],
    }
    return render(request, "staff/month.html", context)


def _sums(rows: Any, county: str, month: dt.date) -> list[dict[str, Any]]:
    """Return the month's proposals by side, benefit and cause with their sums, each row with its list."""
    place = reverse("proposals", args=[f"{month:%Y-%m}"])
    live = rows.exclude(state=ProposalState.SUPERSEDED)
    return [
        row | {"url": f"{place}?side={row['side']}&benefit={row['sum'].benefit}&cause={row['sum'].cause}"}
        for row in shown_sums(live, county, month)
    ]


def _acts(request: StaffRequest, county: str, month: dt.date, run: Any, closed: bool) -> dict[str, bool]:
    may = {name: access.may(request.user, name) for name in ("month.run", "month.close", "payments.prepare")}
    live = not closed and month == open_month(county)
    return {
        "run": live and may["month.run"],
        "dues": live and bool(run) and may["payments.prepare"],
        "close": live and bool(run) and may["month.close"],
    }


@page("month.run", reads=(), writes=("POST",))
def run(request: StaffRequest, month: str) -> HttpResponseBase:
    """Assess everybody and compare with what is in force; a killed run goes on where it stopped."""
    cycle.run_month(county=county_of(request.user), month=parse_month(month), author=author_of(request.user))
    messages.success(request, _("测算完成，建议已列出。"))
    return redirect("month-of", month)


@page("payments.prepare", reads=(), writes=("POST",))
def prepare(request: StaffRequest, month: str) -> HttpResponseBase:
    """Build the month's dues and payment runs."""
    county, first, author = county_of(request.user), parse_month(month), author_of(request.user)
    dues = cycle.build_dues(county=county, month=first, author=author)
    runs = cycle.prepare_payment_runs(county=county, month=first, author=author)
    messages.success(
        request, _("新增应发 %(dues)s 笔，编成 %(runs)s 个批次，等另一人复核。") % {"dues": dues, "runs": len(runs)}
    )
    return redirect("month-of", month)


@page("month.close", reads=(), writes=("POST",))
def close(request: StaffRequest, month: str) -> HttpResponseBase:
    """Freeze the month's figures."""
    closing.close_month(county=county_of(request.user), month=parse_month(month), author=author_of(request.user))
    messages.success(request, _("已结账。以后的更改记入下一个未结的月份。"))
    return redirect("month-of", month)


class ExceptionTable(RowTable):
    """What could not be paid and why."""

    empty_says = gettext_lazy("本月没有未能发放的款项。")
    name = tables.Column(accessor="due__person__name", verbose_name=gettext_lazy("姓名"), orderable=False)
    benefit = tables.Column(verbose_name=gettext_lazy("待遇"), orderable=False)
    entitlement = MonthColumn(accessor="due__entitlement_month", verbose_name=gettext_lazy("所属月"))
    amount = MoneyColumn(accessor="due__amount_fen", verbose_name=gettext_lazy("金额（元）"))
    code = TagColumn(
        dict(ExceptionCode.choices),
        dict.fromkeys(ExceptionCode.values, "warn"),
        verbose_name=gettext_lazy("原因"),
        orderable=False,
    )
    remedy = tables.Column(accessor="code", verbose_name=gettext_lazy("怎么办"), orderable=False)
    township = tables.Column(accessor="due__township", verbose_name=gettext_lazy("乡镇"), orderable=False)

    def __init__(self, *args: Any, benefits: dict[str, str], places: dict[str, str], **kwargs: Any) -> None:
        """Keep the titles of benefits and names of townships."""
        self.benefits, self.places = benefits, places
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str | None:
        """Open the household or person."""
        if not access.may(self.account, "people.read"):
            return None
        due = record.due
        return (
            reverse("household", args=[due.household_id])
            if due.household_id
            else reverse("person", args=[due.person_id])
        )

    def render_name(self, value: str) -> str:
        """Mask as the account may see."""
        return name_for(self.account, value)

    def value_name(self, value: str) -> str:
        """Export as shown."""
        return name_for(self.account, value)

    def render_remedy(self, value: str) -> str:
        """Say what to do about it."""
        return said(REMEDY_LABELS.get(ExceptionCode(value), ""))

    def render_benefit(self, value: str) -> str:
        """Show the benefit's title."""
        return self.benefits.get(value, value)

    def render_township(self, value: str) -> str:
        """Show the township's name."""
        return self.places.get(value, value)


class ExceptionForm(AreaForm):
    """Filters exceptions."""

    code = choice(gettext_lazy("原因"), ExceptionCode.choices)
    field_order = ("code", "place")
    hidden = ("village",)


@page(READ)
def exception_list(request: StaffRequest, month: str) -> HttpResponseBase:
    """List what could not be paid in a month."""
    county, first = county_of(request.user), parse_month(month)
    form = ExceptionForm(request.GET, account=request.user)
    chosen = {"code": form.value("code"), "due__township": form.township()}
    rows = exceptions(request.user, county, first).filter(**{name: value for name, value in chosen.items() if value})
    places = {one.code: one.name for one in registry.townships(county)}
    table = ExceptionTable(rows, account=request.user, benefits=titles(county, first), places=places)
    heading = _("%(month)s 发放例外") % {"month": month}
    return show_list(request, table, "staff/list.html", {"heading": heading, "form": form}, name=heading)
