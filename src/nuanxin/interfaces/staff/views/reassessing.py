"""Months already paid, looked at again: what waits, one with its months, and looking back at a grant."""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading, receipts
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import component_titles, titles
from nuanxin.interfaces.staff.columns import DayColumn, MoneyColumn, MonthColumn, TagColumn
from nuanxin.interfaces.staff.filters import SELECT, AreaForm, choice
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.lookagain import found_words
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.interfaces.staff.saying import said_later
from nuanxin.interfaces.staff.sight import checks_months, name_for, sees_means
from nuanxin.interfaces.staff.whom import OfSubject, subject_words
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import reassessing, services
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework.enums import Pursuit, ReassessmentState
from nuanxin.kernel.casework.services.reassessing import grant_in_area
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.grants.selectors import coverages_of
from nuanxin.kernel.registry import selectors as registry

READ = "grants.read"
TONES = {"open": "warn", "proposed": "info", "in_force": "good"}


class ReassessmentTable(OfSubject, RowTable):
    """Reassessments, each opens its page."""

    empty_says = gettext_lazy(
        "暂无待核算事项。家庭或个人页面的待遇下可以发起，晚报的事实由“查找晚报的事实”和每日事务查出。"
    )
    subject = tables.Column(verbose_name=gettext_lazy("对象"), orderable=False, empty_values=())
    village = tables.Column(verbose_name=gettext_lazy("村（社区）"), orderable=False, accessor="division__name")
    benefit = tables.Column(verbose_name=gettext_lazy("待遇"), orderable=False)
    first = MonthColumn(verbose_name=gettext_lazy("起"), orderable=False)
    last = MonthColumn(verbose_name=gettext_lazy("止"), orderable=False)
    more_fen = MoneyColumn(verbose_name=gettext_lazy("少发（元）"), orderable=False)
    less_fen = MoneyColumn(verbose_name=gettext_lazy("多发（元）"), orderable=False)
    made_on = DayColumn(verbose_name=gettext_lazy("提出"), orderable=False, default="")
    state = TagColumn(dict(ReassessmentState.choices), TONES, verbose_name=gettext_lazy("状态"), orderable=False)

    def __init__(self, *args: Any, benefits: dict[str, str], **kwargs: Any) -> None:
        """Keep the titles of benefits."""
        self.benefits = benefits
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str:
        """Open it."""
        return reverse("reassessment", args=[record.pk])

    def render_benefit(self, value: str) -> str:
        """Show the benefit's title."""
        return self.benefits.get(value, value)


class ReassessmentForm(AreaForm):
    """Filters reassessments."""

    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            ("", gettext_lazy("待办的")),
            *((state, said_later(label)) for state, label in ReassessmentState.choices),
        ],
        widget=SELECT,
    )
    benefit = choice(gettext_lazy("待遇"), [])
    field_order = ("state", "benefit", "place", "village")

    def __init__(self, data: Any, *, account: Any, benefits: dict[str, str]) -> None:
        """Offer the county's benefits."""
        super().__init__(data, account=account)
        self.offer("benefit", benefits.items())


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the reassessments of the account's area that wait for somebody, or those of a state."""
    county = county_of(request.user)
    benefits = titles(county)
    form = ReassessmentForm(request.GET, account=request.user, benefits=benefits)
    rows = casework.reassessments_in(county, request.user)
    states = [form.value("state")] if form.value("state") else [ReassessmentState.OPEN, ReassessmentState.PROPOSED]
    rows = rows.filter(state__in=states)
    if form.value("benefit"):
        rows = rows.filter(benefit=form.value("benefit"))
    place = form.area()
    if place != request.user.area:
        rows = rows.filter(division__path__startswith=place)
    table = ReassessmentTable(rows, account=request.user, benefits=benefits)
    context = {"form": form, "may_find": access.may(request.user, "month.run")}
    return show_list(request, table, "staff/reassessments.html", context, name=_("追溯核算"))


@page("month.run", reads=(), writes=("POST",))
def find(request: StaffRequest) -> HttpResponseBase:
    """Look for facts told late that would have paid months otherwise."""
    county = county_of(request.user)
    made = services.find_reassessments(county=county, author=author_of(request.user), on=clock.today())
    messages.success(request, _("已查出 %(made)s 件晚报的事实影响已发的月份。") % {"made": made})
    return redirect("reassessments")


@page(READ, writes=("POST",))
def reassessment(request: StaffRequest, reassessment_id: int) -> HttpResponseBase:
    """Show one with every month as frozen, or, while nobody took it up, send to where it is looked at."""
    one = found(casework.reassessment_by_id(reassessment_id, request.user))
    if request.method == "POST":
        agrees = request.POST.get("act") == "agree"
        note = request.POST.get("note", "")
        services.check_reassessment(account=request.user, reassessment_id=one.pk, agrees=agrees, note=note)
        messages.success(request, _("已复核同意，补发或追回随下一次发放办理。") if agrees else _("已退回经办。"))
        return redirect("reassessment", one.pk)
    means, names = sees_means(request.user), _names(request, one)
    months = [
        _month(row.month.month, row.shares, receipts.of_month(row.month, one.benefit, names) if means else [])
        for row in casework.months_of(one.pk)
    ]
    waits = one.state == ReassessmentState.PROPOSED and checks_months(request.user)
    context = {
        **_about(request, one, names, one),
        "one": one,
        "months": months,
        "pursuit": _(str(Pursuit(one.pursuit).label)),
        "may_check": waits and one.maker_id != request.user.pk,
        "own": waits and one.maker_id == request.user.pk,
        "may_look": one.state == ReassessmentState.OPEN and access.may(request.user, "cases.make"),
    }
    return render(request, "staff/reassessment.html", context)


@page("cases.make", writes=("POST",))
def look(request: StaffRequest, grant_id: int) -> HttpResponseBase:
    """Show what a grant's months should have paid as known now, and propose to correct them."""
    try:
        grant = grant_in_area(request.user, grant_id)
    except Refused as error:
        raise Http404 from error
    if request.method == "POST":
        return _propose(request, grant_id)
    waiting = casework.waiting_for_grant(grant.pk)
    if waiting is not None and waiting.state == ReassessmentState.PROPOSED:
        return redirect("reassessment", waiting.pk)
    asked = _asked(request, grant, waiting)
    message, reckoned = None, []
    try:
        reckoned = services.look_back(grant, asked["first"], asked["last"], asked["pursuit"])
    except Refused as refused:
        message = refused
    names = _names(request, grant)
    means = sees_means(request.user)
    months = [
        _month(one.month, one.shares, receipts.shown([one.live.shown], names) if means and one.live.shown else [])
        for one in reckoned
    ]
    more, less = reassessing.totals(reckoned)
    context = {
        **_about(request, grant, names, waiting),
        **asked,
        "grant": grant,
        "one": waiting,
        "months": months,
        "message": message,
        "questions": reassessing.questions_in(reckoned),
        "apart": sorted({names.get(pk, pk) for one in reckoned for pk in one.apart}, key=str),
        "more_fen": more,
        "less_fen": less,
        "differs": any(one.differs for one in reckoned),
        "pursuits": [(one.value, _(str(one.label))) for one in Pursuit if grant.to_date or one != Pursuit.REINSTATE],
        "today": clock.today(),
    }
    return render(request, "staff/reassess.html", context)


def _month(month: dt.date, shares: Iterable[tuple[int, str, int, int]], told: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a month for the template: who, which component, paid, due and the difference."""
    return {"month": month, "shares": [(*row, row[3] - row[2]) for row in shares], "receipts": told}


def _asked(request: StaffRequest, grant: Any, waiting: Any) -> dict[str, Any]:
    """Return the months and the kind asked for; first those that the system found, else the newest three."""
    start, newest = reassessing.span(grant.county)
    first = waiting.first if waiting else max(start, add_months(newest, -2))
    pursuit = request.GET.get("pursuit") or (Pursuit.REINSTATE if grant.to_date and not waiting else Pursuit.CORRECT)
    if grant.to_date and not waiting:
        first = max(start, min(grant.to_date, newest))
    return {
        "first": reading.month(request.GET, "first", first),
        "last": reading.month(request.GET, "last", newest),
        "pursuit": str(pursuit),
        "start": start,
        "newest": newest,
    }


def _propose(request: StaffRequest, grant_id: int) -> HttpResponseBase:
    given = request.POST
    heard: dt.date | None = reading.day(given, "heard_on") if given.get("heard_on", "").strip() else None
    one = services.propose_reassessment(
        account=request.user,
        grant_id=grant_id,
        first=reading.month(given, "first"),
        last=reading.month(given, "last"),
        pursuit=given.get("pursuit", ""),
        reason=given.get("reason", ""),
        heard_on=heard,
        statement=given.get("statement", ""),
    )
    messages.success(request, _("已提请复核，复核同意后随下一次发放补发或追回。"))
    return redirect("reassessment", one.pk)


def _about(request: StaffRequest, record: Any, names: dict[int, str], told: Any) -> dict[str, Any]:
    """Return what both pages say of the subject and the benefit."""
    heads = registry.heads_of([record.household_id], clock.today()) if record.household_id else {}
    kind, key = ("household", record.household_id) if record.household_id else ("person", record.person_id)
    return {
        "title": titles(record.county).get(record.benefit, record.benefit),
        "component_titles": component_titles(record.county),
        "benefit": record.benefit,
        "subject": subject_words(request.user, record, heads),
        "place": reverse(kind, args=[key]) if access.may(request.user, "people.read") else "",
        "names": {pk: name_for(request.user, name) for pk, name in names.items()},
        "changes": found_words(told, request.user) if told and json.loads(told.found) else [],
        "means": sees_means(request.user),
    }


def _names(request: StaffRequest, record: Any) -> dict[int, str]:
    """Return the names of everybody whom the grant covers or covered."""
    grant_id = getattr(record, "grant_id", record.pk)
    people = registry.people_by_ids(one.person_id for one in coverages_of(grant_id))
    return {pk: one.name for pk, one in people.items()}
