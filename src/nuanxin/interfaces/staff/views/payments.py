"""Payment runs, their lines, and the acts on them: release, bank file, return."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.columns import MoneyColumn, MonthColumn, NumberColumn, TagColumn
from nuanxin.interfaces.staff.filters import AreaForm, choice
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.paid_to import account_words
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.cycle import services as cycle
from nuanxin.kernel.payments import selectors as payments
from nuanxin.kernel.payments.budgets import overruns, voucher_of
from nuanxin.kernel.payments.enums import FileDirection, LineState, RunState
from nuanxin.kernel.payments.payees import reasons_in_run
from nuanxin.kernel.registry import selectors as registry

READ = "grants.read"
DIRECTIONS = dict(FileDirection.choices)
RUN_TONES = {"building": "", "prepared": "warn", "released": "info", "sent": "info", "returned": "good"}
LINE_TONES = {"paid": "good", "failed": "bad", "held": "warn", "sent": "info"}
LARGEST_RETURN = 64 * 1024 * 1024


class RunTable(RowTable):
    """Payment runs; an area below the county sees no county totals."""

    empty_says = gettext_lazy("先在“本月工作”生成应发金额、编制批次，再由另一人复核放行。")
    pay_month = MonthColumn(verbose_name=gettext_lazy("发放月"))
    benefit = tables.Column(verbose_name=gettext_lazy("待遇"), orderable=False)
    batch_no = tables.Column(verbose_name=gettext_lazy("批次号"))
    line_count = NumberColumn(verbose_name=gettext_lazy("笔数"))
    total_fen = MoneyColumn(verbose_name=gettext_lazy("金额（元）"))
    prepared_by = tables.Column(
        accessor="prepared_by__display_name", verbose_name=gettext_lazy("编制"), orderable=False, default=""
    )
    released_by = tables.Column(
        accessor="released_by__display_name", verbose_name=gettext_lazy("复核"), orderable=False, default=""
    )
    state = TagColumn(dict(RunState.choices), RUN_TONES, verbose_name=gettext_lazy("状态"), orderable=False)

    def __init__(self, *args: Any, benefits: dict[str, str], **kwargs: Any) -> None:
        """Keep the titles of benefits."""
        self.benefits = benefits
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str:
        """Open the run."""
        return reverse("payment", args=[record.pk])

    def render_benefit(self, value: str) -> str:
        """Show the benefit's title."""
        return self.benefits.get(value, value)


class LineTable(RowTable):
    """Lines of a run, each opens its household or person."""

    empty_says = gettext_lazy("这一批没有明细：款项可能全部抵扣，或都列在发放例外里。")
    seq = NumberColumn(verbose_name=gettext_lazy("序号"))
    name = tables.Column(accessor="account__holder__name", verbose_name=gettext_lazy("收款人"), orderable=False)
    township = tables.Column(verbose_name=gettext_lazy("乡镇"), orderable=False)
    account_no = tables.Column(accessor="account__tail", verbose_name=gettext_lazy("账号"), orderable=False)
    amount_fen = MoneyColumn(verbose_name=gettext_lazy("金额（元）"))
    state = TagColumn(dict(LineState.choices), LINE_TONES, verbose_name=gettext_lazy("状态"), orderable=False)
    fail_code = tables.Column(verbose_name=gettext_lazy("退票代码"), orderable=False, default="")

    def __init__(self, *args: Any, places: dict[str, str], **kwargs: Any) -> None:
        """Keep the names of townships."""
        self.places = places
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str | None:
        """Open the household or person."""
        if not access.may(self.account, "people.read"):
            return None
        if record.household_id:
            return reverse("household", args=[record.household_id])
        return reverse("person", args=[record.person_id]) if record.person_id else None

    def render_name(self, value: str) -> str:
        """Mask as the account may see."""
        return name_for(self.account, value)

    def value_name(self, value: str) -> str:
        """Export as shown."""
        return name_for(self.account, value)

    def render_account_no(self, value: str) -> str:
        """Show the last four digits."""
        return access.mask_account(value)

    def render_township(self, value: str) -> str:
        """Show the township's name."""
        return self.places.get(value, value)


class RunForm(AreaForm):
    """Filters runs."""

    benefit = choice(gettext_lazy("待遇"), [])
    state = choice(gettext_lazy("状态"), RunState.choices)
    month = choice(gettext_lazy("发放月"), [])  # type: ignore[assignment]  # a field; the class keeps its method
    field_order = ("month", "benefit", "state")
    hidden = ("village",)

    def __init__(self, data: Any, *, account: Any, benefits: dict[str, str], months: list[Any]) -> None:
        """Offer the county's benefits and the months paid."""
        super().__init__(data, account=account)
        del self.fields["place"]
        self.offer("benefit", benefits.items())
        self.offer("month", [(f"{one:%Y-%m}", f"{one:%Y-%m}") for one in months])


class LineForm(AreaForm):
    """Filters lines of a run."""

    state = choice(gettext_lazy("状态"), LineState.choices)
    hidden = ("village",)


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the county's payment runs."""
    county = county_of(request.user)
    benefits = titles(county)
    every = payments.runs_in(county)
    months = list(every.order_by("-pay_month").values_list("pay_month", flat=True).distinct())
    form = RunForm(request.GET, account=request.user, benefits=benefits, months=months)
    chosen = {"benefit": form.value("benefit"), "state": form.value("state"), "pay_month": AreaForm.month(form)}
    rows = every.filter(**{name: value for name, value in chosen.items() if value})
    hidden = () if _whole_county(request) else ("line_count", "total_fen")
    table = RunTable(rows, account=request.user, benefits=benefits, exclude=hidden)
    return show_list(request, table, "staff/list.html", {"heading": _("发放批次"), "form": form}, name=_("发放批次"))


def _whole_county(request: StaffRequest) -> bool:
    return access.area_level(request.user) in ("county", "city", "province")


def _run(request: StaffRequest, run_id: int) -> Any:
    run = payments.run_by_id(run_id)
    if run is None or run.county != county_of(request.user):
        raise Http404
    return run


@page(READ)
def payment(request: StaffRequest, run_id: int) -> HttpResponseBase:
    """Show a run: totals, who prepared and released it, files, and the lines within the account's area."""
    run = _run(request, run_id)
    form = LineForm(request.GET, account=request.user)
    chosen = {"state": form.value("state"), "township": form.township()}
    rows = payments.lines_of_run(run_id).filter(access.township_filter(request.user))
    rows = rows.filter(**{name: value for name, value in chosen.items() if value})
    places = {one.code: one.name for one in registry.townships(run.county)}
    context = {
        "run": run,
        "title": titles(run.county).get(run.benefit, run.benefit),
        "form": form,
        "files": [(file, DIRECTIONS.get(file.direction, file.direction)) for file in payments.files_of_run(run_id)],
        "whole": _whole_county(request),
        "acts": _acts(request, run),
        "overruns": overruns(run) if _whole_county(request) else [],
        "voucher": voucher_of(run_id),
        "many_paid": [(one, account_words(request.user, one.account)) for one in reasons_in_run(run_id)],
    }
    table = LineTable(rows, account=request.user, places=places)
    return show_list(request, table, "staff/payment.html", context, name=run.batch_no)


def _acts(request: StaffRequest, run: Any) -> dict[str, bool]:
    may = {
        name: access.may(request.user, name)
        for name in ("payments.release", "payments.prepare", "disclose", "payments.reconcile")
    }
    whole = _whole_county(request)
    return {
        "release": run.state == RunState.PREPARED and may["payments.release"] and run.prepared_by_id != request.user.pk,
        "own": run.state == RunState.PREPARED and may["payments.release"] and run.prepared_by_id == request.user.pk,
        "write": run.state == RunState.RELEASED and may["payments.prepare"],
        "open": run.state in (RunState.SENT, RunState.RETURNED) and may["disclose"] and whole,
        "accept": run.state == RunState.SENT and may["payments.prepare"],
        "reconcile": whole and may["payments.reconcile"],
    }


def _refuse_unoffered(request: StaffRequest, run_id: int, act: str) -> None:
    """Refuse an act whose button the run's page does not show now."""
    if not _acts(request, _run(request, run_id))[act]:
        raise Refused("run.act", _("这一批次现在不能这样办理。"), _("请刷新页面，查看当前环节。"))


@page("payments.release", reads=(), writes=("POST",))
def release(request: StaffRequest, run_id: int) -> HttpResponseBase:
    """Release a run as its second person."""
    _refuse_unoffered(request, run_id, "release")
    cycle.release_run(run_id=run_id, account=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("已复核放行，可以生成银行文件。"))
    return redirect("payment", run_id)


@page("payments.prepare", reads=(), writes=("POST",))
def write_file(request: StaffRequest, run_id: int) -> HttpResponseBase:
    """Write the bank file of a released run."""
    _refuse_unoffered(request, run_id, "write")
    cycle.write_bank_file(run_id=run_id, author=author_of(request.user))
    messages.success(request, _("银行文件已生成并加密保存。下载时须写明用途。"))
    return redirect("payment", run_id)


@page("disclose", reads=(), writes=("POST",))
def open_file(request: StaffRequest, run_id: int) -> HttpResponseBase:
    """Hand out the bank file for a purpose; the download is logged."""
    _run(request, run_id)
    if not _whole_county(request):
        raise Http404
    name, data = cycle.open_bank_file(run_id=run_id, account=request.user, purpose=request.POST.get("purpose", ""))
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(True, name)
    return answer


@page("payments.prepare", reads=(), writes=("POST",))
def accept_return(request: StaffRequest, run_id: int) -> HttpResponseBase:
    """Take the bank's return file."""
    _run(request, run_id)
    file = request.FILES.get("file")
    if file is None or not file.size or file.size > LARGEST_RETURN:
        raise Refused("return.file", _("没有收到回盘文件，或文件太大。"), _("请选择银行给的回盘文件再上传。"))
    report = cycle.accept_return(run_id=run_id, data=file.read(), author=author_of(request.user))
    messages.success(request, report.message)
    return redirect("payment", run_id)
