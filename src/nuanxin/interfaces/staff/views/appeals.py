"""Appeals and complaints: their clocks, taking one in, giving it out, deciding it. Who brought it is protected."""

from typing import Any

import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.columns import DayColumn, TagColumn
from nuanxin.interfaces.staff.filters import AreaForm, choice
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.interfaces.staff.saying import said_later
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework import services
from nuanxin.kernel.casework.enums import AppealKind, AppealOutcome, AppealState
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused

HANDLE, RECEIVE = "appeals.handle", "appeals.receive"
TONES = {"received": "warn", "assigned": "info", "decided": "good"}
CHANNELS = (
    gettext_lazy("来访"),
    gettext_lazy("来电"),
    gettext_lazy("来信"),
    gettext_lazy("网上"),
    gettext_lazy("上级转办"),
)
FORM = "form-control"


class AppealTable(RowTable):
    """Appeals with their clocks; nothing about who brought them."""

    empty_says = gettext_lazy("来电、来信、来访反映的，点“登记一件”，系统会计算办结期限。")
    number = tables.Column(verbose_name=gettext_lazy("编号"), orderable=False)
    kind = tables.Column(verbose_name=gettext_lazy("类别"), orderable=False)
    matter = tables.Column(verbose_name=gettext_lazy("反映的事项"), orderable=False)
    received_on = DayColumn(verbose_name=gettext_lazy("收到"), orderable=False)
    due_on = DayColumn(verbose_name=gettext_lazy("期限"), orderable=False)
    handler = tables.Column(
        verbose_name=gettext_lazy("承办人"), orderable=False, default="", accessor="handler__display_name"
    )
    state = TagColumn(dict(AppealState.choices), TONES, verbose_name=gettext_lazy("状态"), orderable=False)

    def row_url(self, record: Any) -> str:
        """Open the appeal."""
        return reverse("appeal", args=[record.pk])

    def render_matter(self, value: str) -> str:
        """Show the beginning."""
        return value if len(value) <= 40 else f"{value[:40]}…"

    def render_due_on(self, record: Any) -> str:
        """Mark what is overdue."""
        late = record.decided_on is None and record.due_on < clock.today()
        return format_html('<span class="{}">{}</span>', "neg" if late else "", f"{record.due_on:%Y-%m-%d}")


class AppealForm(AreaForm):
    """Filters appeals."""

    state = choice(gettext_lazy("状态"), AppealState.choices)
    kind = choice(gettext_lazy("类别"), AppealKind.choices)
    field_order = ("state", "kind", "place")
    hidden = ("village",)


@page(HANDLE)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the appeals of the area, undecided ones first."""
    county = county_of(request.user)
    form = AppealForm(request.GET, account=request.user)
    rows = casework.appeals_in(county, request.user)
    for name in ("state", "kind"):
        if form.value(name):
            rows = rows.filter(**{name: form.value(name)})
    if form.township():
        rows = rows.filter(township=form.township())
    context = {
        "form": form,
        "heading": _("申诉投诉"),
        "lead": _("反映人的信息加密保存，只有承办人可以查看，每次查看都有记录。"),
        "acts": [{"url": reverse("appeal-new"), "label": _("登记一件"), "primary": True}],
    }
    return show_list(request, AppealTable(rows, account=request.user), "staff/list.html", context, name=_("申诉投诉"))


class IntakeForm(forms.Form):
    """What is asked of whoever takes an appeal in: as little as possible."""

    kind = forms.ChoiceField(
        label=gettext_lazy("类别"), choices=[(kind, said_later(label)) for kind, label in AppealKind.choices]
    )
    channel = forms.ChoiceField(label=gettext_lazy("来源"), choices=[(str(one), one) for one in CHANNELS])
    received_on = forms.DateField(
        label=gettext_lazy("收到日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    case = forms.CharField(
        label=gettext_lazy("所涉案件受理编号（案件页面上有，可不填）"), max_length=32, required=False
    )
    decision = forms.IntegerField(label=gettext_lazy("所涉决定编号（文书上有，可不填）"), required=False)
    grant = forms.IntegerField(label=gettext_lazy("所涉待遇编号（待遇页面上有，可不填）"), required=False)
    matter = forms.CharField(
        label=gettext_lazy("反映的事项（不写反映人是谁）"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    complainant = forms.CharField(
        label=gettext_lazy("反映人姓名和联系方式（匿名的不填；加密保存）"), max_length=200, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Dress the fields like the site's own."""
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name in ("kind", "channel") else FORM
            field.widget.attrs["autocomplete"] = "off"


@page(RECEIVE, writes=("POST",))
def new(request: StaffRequest) -> HttpResponseBase:
    """Take an appeal in, anonymous where nobody is named."""
    first = {"received_on": clock.today(), **{name: request.GET.get(name) for name in ("case", "decision", "grant")}}
    form = IntakeForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        appeal = services.receive_appeal(
            account=request.user,
            kind=given["kind"],
            matter=given["matter"],
            channel=given["channel"],
            complainant=given["complainant"],
            decision_id=given["decision"],
            grant_id=given["grant"],
            case_id=_case(request, given["case"].strip()),
            received_on=given["received_on"],
        )
        said = _("已登记，编号 %(number)s，%(due)s 前办结。请把编号告诉反映人。")
        messages.success(request, said % {"number": appeal.number, "due": appeal.due_on})
        return redirect("appeal", appeal.pk) if access.may(request.user, HANDLE) else redirect("appeal-new")
    return render(request, "staff/appeal_new.html", {"form": form})


def _case(request: StaffRequest, number: str) -> int | None:
    """Return the case of a number, None for none; refused where the account sees no such case."""
    if not number:
        return None
    case = casework.cases_of(request.user, county_of(request.user)).filter(number=number).first()
    if case is None:
        raise Refused("appeal.case", _("没有这个受理编号的案件。"), _("请核对案件页面上的编号，或不填。"))
    return int(case.pk)


@page(HANDLE, writes=("POST",))
def appeal(request: StaffRequest, appeal_id: int) -> HttpResponseBase:
    """Show one appeal; give it to somebody independent, or decide it as its handler."""
    one = found(casework.appeal_by_id(appeal_id, request.user))
    told = ""
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act not in ACTS:
            raise Refused("appeal.act", "没有这种办理。", "请刷新页面后重选。")
        told = ACTS[act](request, one)
        if not told:
            return redirect("appeal", one.pk)
    mine = one.handler_id == request.user.pk
    context = {
        "appeal": one,
        "kind": _(str(AppealKind(one.kind).label)),
        "benefit": titles(one.county).get(one.benefit, one.benefit),
        "outcome": _(str(AppealOutcome(one.outcome).label)) if one.outcome else "",
        "outcomes": [(value, _(str(label))) for value, label in AppealOutcome.choices],
        "handlers": casework.handlers_for(one, request.user) if one.state != AppealState.DECIDED else [],
        "mine": mine,
        "told": told,
        "late": one.decided_on is None and one.due_on < clock.today(),
        "may_disclose": mine and not one.anonymous and access.may(request.user, "disclose"),
    }
    return render(request, "staff/appeal.html", context)


def _assign(request: StaffRequest, one: Any) -> str:
    chosen = reading.chosen(request.POST, "handler")
    if chosen is None:
        raise Refused("appeal.handler", "没有选择承办人。", "请选择后再提交。", "handler")
    services.assign_appeal(account=request.user, appeal_id=one.pk, handler_id=chosen)
    messages.success(request, _("已指派。"))
    return ""


def _decide(request: StaffRequest, one: Any) -> str:
    services.decide_appeal(
        account=request.user,
        appeal_id=one.pk,
        outcome=request.POST.get("outcome", ""),
        findings=request.POST.get("findings", ""),
        reply=request.POST.get("reply", ""),
        no_relative=request.POST.get("no_relative") == "1",
    )
    messages.success(request, _("已办结。实名的，答复意见书已排入待制发文书。"))
    return ""


def _disclose(request: StaffRequest, one: Any) -> str:
    if not access.may(request.user, "disclose"):
        raise PermissionDenied
    purpose = request.POST.get("purpose", "")
    return services.disclose_complainant(account=request.user, appeal_id=one.pk, purpose=purpose)


ACTS = {"assign": _assign, "decide": _decide, "disclose": _disclose}
