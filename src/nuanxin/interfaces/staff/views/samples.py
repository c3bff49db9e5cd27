"""Delegated decisions drawn by the county: draw a month's share, look at each, record what was found."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.columns import DayColumn, MonthColumn, TagColumn
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.interfaces.staff.whom import OfSubject, subject_words
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework import services
from nuanxin.kernel.casework.enums import SampleState
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.registry import selectors as registry

PERMISSION = "cases.sample"
TONES = {"drawn": "warn", "good": "good", "fault": "bad"}


class SampleTable(OfSubject, RowTable):
    """Drawn decisions, those still to look at first."""

    empty_says = gettext_lazy("选一个月份点“抽取”，从下放乡镇的决定中抽出要看的件。")
    month = MonthColumn(verbose_name=gettext_lazy("月份"), orderable=False)
    decision = tables.Column(verbose_name=gettext_lazy("决定"), orderable=False, accessor="decision_id")
    subject = tables.Column(verbose_name=gettext_lazy("对象"), orderable=False, empty_values=())
    benefit = tables.Column(verbose_name=gettext_lazy("待遇"), orderable=False, accessor="decision__benefit")
    township = tables.Column(verbose_name=gettext_lazy("乡镇"), orderable=False)
    checker = tables.Column(
        verbose_name=gettext_lazy("乡镇确认人"), orderable=False, accessor="decision__checker__display_name"
    )
    looked_on = DayColumn(verbose_name=gettext_lazy("抽查日期"), orderable=False, default="")
    state = TagColumn(dict(SampleState.choices), TONES, verbose_name=gettext_lazy("结果"), orderable=False)

    def __init__(self, *args: Any, benefits: dict[str, str], places: dict[str, str], **kwargs: Any) -> None:
        """Keep the titles of benefits and names of townships."""
        self.benefits, self.places = benefits, places
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str:
        """Open the drawn decision."""
        return reverse("sample", args=[record.pk])

    def about(self, record: Any) -> Any:
        """Return the drawn decision."""
        return record.decision

    def render_benefit(self, value: str) -> str:
        """Show the benefit's title."""
        return self.benefits.get(value, value)

    def render_township(self, value: str) -> str:
        """Show the township's name."""
        return self.places.get(value, value)


@page(PERMISSION)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the drawn decisions and how each draw was made."""
    county = county_of(request.user)
    places = {one.code: one.name for one in registry.townships(county)}
    rows = casework.samples_in(county, request.user)
    table = SampleTable(rows, account=request.user, benefits=titles(county), places=places)
    context = {"draws": list(casework.draws_in(county)[:6]), "month": add_months(month_of(clock.today()), -1)}
    return show_list(request, table, "staff/samples.html", context, name=_("抽查"))


@page(PERMISSION, reads=(), writes=("POST",))
def draw(request: StaffRequest) -> HttpResponseBase:
    """Draw a month's share."""
    county, month = county_of(request.user), reading.month(request.POST)
    drawn = services.draw_samples(county=county, month=month, author=author_of(request.user))
    if drawn is None:
        messages.info(request, _("%(month)s 没有需要再抽的乡镇确认决定。") % {"month": f"{month:%Y-%m}"})
    else:
        said = _("从 %(all)s 件中抽取，共已抽 %(drawn)s 件。")
        messages.success(request, said % {"all": drawn.decided, "drawn": drawn.drawn})
    return redirect("samples")


@page(PERMISSION)
def of_draw(request: StaffRequest, draw_id: int) -> HttpResponseBase:
    """Go from a draw's task to the list, which has what is still to look at on top."""
    return redirect("samples")


@page(PERMISSION, writes=("POST",))
def sample(request: StaffRequest, sample_id: int) -> HttpResponseBase:
    """Show one drawn decision and record what was found."""
    county = county_of(request.user)
    one = found(casework.samples_in(county, request.user).filter(pk=sample_id).first())
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act not in ("good", "fault"):
            raise Refused("sample.act", "没有这种结果。", "请刷新页面后重选。")
        done = services.record_sample(
            account=request.user, sample_id=one.pk, fault=act == "fault", note=request.POST.get("note", "")
        )
        messages.success(request, _("已记录，已提出复核。") if done.review_id else _("已记录。"))
        return redirect("samples")
    heads = registry.heads_of([one.decision.household_id], clock.today()) if one.decision.household_id else {}
    own = request.user.pk in (one.decision.maker_id, one.decision.checker_id)
    context = {
        "sample": one,
        "title": titles(county).get(one.decision.benefit, one.decision.benefit),
        "subject": subject_words(request.user, one.decision, heads),
        "own": own,
        "open": one.state == SampleState.DRAWN and not own,
        "may_review": access.may(request.user, "grants.read"),
    }
    return render(request, "staff/sample.html", context)
