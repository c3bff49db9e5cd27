"""Reports as submitted: which versions there are, what each states, writing one and confirming it."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reporting
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.columns import DayColumn, NumberColumn, TagColumn
from nuanxin.interfaces.staff.listing import RowTable, show_list, write_workbook
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.statistics import selectors as statistics
from nuanxin.kernel.statistics import services
from nuanxin.kernel.statistics.enums import ReportState
from nuanxin.kernel.statistics.selectors import ReportRow

READ, MAKE, CHECK = "reports.read", "reports.make", "reports.check"
TONES = {"waiting": "warn", "confirmed": "good", "rejected": "bad"}


class ReportTable(RowTable):
    """Versions of reports, the newest first."""

    period = tables.Column(verbose_name=gettext_lazy("期间"), orderable=False)
    version = NumberColumn(verbose_name=gettext_lazy("版次"), orderable=False)
    state = TagColumn(dict(ReportState.choices), TONES, verbose_name=gettext_lazy("状态"), orderable=False)
    maker = tables.Column(accessor="maker__display_name", verbose_name=gettext_lazy("编报人"), orderable=False)
    made_on = DayColumn(verbose_name=gettext_lazy("编报日期"), orderable=False)
    checker = tables.Column(accessor="checker__display_name", verbose_name=gettext_lazy("确认人"), default="")
    checked_on = DayColumn(verbose_name=gettext_lazy("确认日期"), orderable=False, default="")
    reason = tables.Column(verbose_name=gettext_lazy("重报原因"), orderable=False)
    head = tables.Column(verbose_name=gettext_lazy("结账校验码"), orderable=False, attrs={"td": {"class": "hash"}})

    def row_url(self, record: Any) -> str:
        """Open the version."""
        return reverse("report", args=[record.pk])

    def render_head(self, value: str) -> str:
        """Show the beginning: the page and the workbook have all of it."""
        return f"{value[:12]}…"

    def value_head(self, value: str) -> str:
        """Export all of it."""
        return value


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the versions of the county's reports; who may write one finds the periods that can be submitted."""
    county = county_of(request.user)
    may_make = access.may(request.user, MAKE)
    what_to_do = _("选择各月均已结账的期间，点“生成报表”，再由另一人确认。") if may_make else ""
    table = ReportTable(statistics.reports_in(request.user), account=request.user, empty_text=what_to_do)
    context = {"may_make": may_make, "periods": reporting.whole_periods(county) if may_make else []}
    return show_list(request, table, "staff/reports.html", context, name=_("报送表"))


@page(MAKE, reads=(), writes=("POST",))
def write(request: StaffRequest) -> HttpResponseBase:
    """Write a period's report, or restate it with a reason; another confirms it."""
    said = request.POST
    made = services.write_report(account=request.user, period=said.get("period", ""), reason=said.get("reason", ""))
    messages.success(request, _("报表已生成，待另一人确认。"))
    return redirect("report", made.pk)


@page(READ)
def report(request: StaffRequest, report_id: int) -> HttpResponseBase:
    """Show a version: its figures, what it changed, what would be stated otherwise today."""
    one = found(statistics.report_by_id(request.user, report_id))
    latest = statistics.last_report(one.county, one.period)
    stands = latest is not None and latest.pk == one.pk
    rows = statistics.report_rows(one, today=stands)
    if request.GET.get("export") == "xlsx":
        return _workbook(one, rows)
    period = statistics.parse_period(one.period)
    context = {
        "report": one,
        "period": period,
        "rows": rows,
        "stands": stands,
        "latest": latest,
        "changed": sum(1 for row in rows if row.changed),
        "otherwise": [row for row in rows if row.today is not None],
        "may_make": stands and access.may(request.user, MAKE),
        "may_check": one.state == ReportState.WAITING
        and access.may(request.user, CHECK)
        and one.maker_id != request.user.pk,
    }
    return render(request, "staff/report.html", context)


@page(CHECK, reads=(), writes=("POST",))
def decide(request: StaffRequest, report_id: int) -> HttpResponseBase:
    """Confirm a version, or hand it back with a reason."""
    one = found(statistics.report_by_id(request.user, report_id))
    act = request.POST.get("act", "")
    if act == "confirm":
        services.confirm_report(account=request.user, report_id=one.pk)
        messages.success(request, _("已确认报送。"))
    elif act == "reject":
        services.reject_report(account=request.user, report_id=one.pk, reason=request.POST.get("reason", ""))
        messages.success(request, _("已退回。"))
    else:
        raise Http404
    return redirect("report", one.pk)


def _workbook(one: Any, rows: list[ReportRow]) -> HttpResponseBase:
    header = [
        _("编号"),
        _("指标"),
        _("名称"),
        _("单位"),
        _("报送数"),
        _("上一版"),
        _("记录数"),
        _("其中调整"),
        _("调整净额"),
    ]
    header += [_("口径SM3"), _("版次"), _("状态"), _("编报人"), _("编报日期"), _("确认人"), _("确认日期")]
    header += [_("重报原因"), _("结账校验码"), _("报送表SM3")]
    checker = one.checker.display_name if one.checker else ""
    who = [one.version, _(one.get_state_display()), one.maker.display_name, one.made_on, checker, one.checked_on]
    body = (
        [
            row.figure.number,
            row.figure.indicator,
            _(row.figure.title),
            _(row.figure.unit),
            row.number,
            row.number_before,
            row.figure.records,
            row.figure.adjustments,
            row.adjusted,
            row.figure.definition,
            *who,
            one.reason,
            one.head,
            one.sm3,
        ]
        for row in rows
    )
    return write_workbook(f"{one.period}报送表第{one.version}版", header, body)
