"""Finance: budgets with what is left, vouchers with what the bank took, and the reconciliation of runs."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.paid_to import whose_line
from nuanxin.interfaces.staff.reading import day, fen, rate, whole_number
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.payments import budgets as ledgers
from nuanxin.kernel.payments import reconciling, services
from nuanxin.kernel.payments import selectors as payments
from nuanxin.kernel.payments.services import BudgetDraft
from nuanxin.kernel.registry import selectors as registry

READ, RECONCILE = "money.audit", "payments.reconcile"


def _whole_county(request: StaffRequest) -> None:
    """Answer 404 below the county: budgets and totals are the county's."""
    if access.area_level(request.user) not in ("county", "city", "province"):
        raise Http404


@page(READ, writes=("POST",))
def budgets(request: StaffRequest) -> HttpResponseBase:
    """Show a year's budgets, what is spent and left; enter one, or agree to one as the second person."""
    county = county_of(request.user)
    _whole_county(request)
    year = reading.year(request.GET, "year", clock.today().year)
    if request.method == "POST":
        _budget_act(request)
        return redirect("budgets")
    rows = ledgers.budgets_of(county, year)
    context = {
        "rows": rows, "year": year, "years": range(clock.today().year + 1, clock.today().year - 4, -1),
        "titles": titles(county), "towns": registry.townships(county),
        "places": {one.code: one.name for one in registry.townships(county)},
        "may_write": access.may(request.user, "budget.write"),
        "may_check": access.may(request.user, "payments.release"),
        "me": request.user.pk,
    }  # fmt: skip
    return render(request, "staff/budgets.html", context)


def _budget_act(request: StaffRequest) -> None:
    data, account = request.POST, request.user
    if data.get("act") == "check":
        services.check_budget(account=account, budget_id=whole_number(data, "budget"), agree=data.get("agree") != "no")
        messages.success(request, _("已办理。"))
        return
    draft = BudgetDraft(
        year=reading.year(data, "year", 0),
        benefit=data.get("benefit", ""),
        township=data.get("township", ""),
        ceiling_fen=fen(data, "ceiling"),
        central=rate(data, "central"),
        province=rate(data, "province"),
        city=rate(data, "city"),
        county_share=rate(data, "county_share"),
        document=data.get("document", "").strip()[:120],
    )
    services.enter_budget(account=account, draft=draft)
    messages.success(request, _("已录入，等另一人批准后生效。"))


@page(RECONCILE, writes=("POST",))
def reconciliation(request: StaffRequest, run_id: int) -> HttpResponseBase:
    """Show a run's list, file, voucher, debit and outcome side by side; finance books the bank's debit."""
    run = payments.run_by_id(run_id)
    if run is None or run.county != county_of(request.user):
        raise Http404
    _whole_county(request)
    voucher = ledgers.voucher_of(run_id)
    if request.method == "POST":
        if voucher is None:
            raise Http404
        services.book_debit(
            account=request.user, voucher_id=voucher.pk, amount_fen=fen(request.POST, "amount"),
            on=day(request.POST, "on"), bank_ref=request.POST.get("bank_ref", ""),
        )  # fmt: skip
        messages.success(request, _("银行扣款已登记。"))
        return redirect("reconciliation", run_id)
    found = reconciling.reconcile(run)
    may_change = access.may(request.user, "people.write")
    repairs = [
        (one, _holder(request.user, one.line), whose_line(one.line) if may_change else None) for one in found.repairs
    ]
    context: dict[str, Any] = {
        "run": run, "found": found, "repairs": repairs, "voucher": voucher,
        "debit": getattr(voucher, "debit", None) if voucher else None,
        "title": titles(run.county).get(run.benefit, run.benefit), "today": clock.today(),
        "may_book": access.may(request.user, "vouchers.write"),
    }  # fmt: skip
    return render(request, "staff/reconciliation.html", context)


def _holder(account: Any, line: Any) -> str:
    holder = line.account.holder if line.account else line.person
    return name_for(account, holder.name) if holder else ""


@page(RECONCILE)
def reconciliations(request: StaffRequest) -> HttpResponseBase:
    """Show a pay month's runs, balanced or not."""
    county = county_of(request.user)
    _whole_county(request)
    month = reading.month(request.GET, default=_latest(county))
    months = payments.runs_in(county).order_by("-pay_month").values_list("pay_month", flat=True).distinct()
    context = {
        "month": month, "months": list(months), "rows": reconciling.reconcile_month(county, month),
        "titles": titles(county),
    }  # fmt: skip
    return render(request, "staff/reconciliations.html", context)


def _latest(county: str) -> Any:
    newest = payments.runs_in(county).first()
    return newest.pay_month if newest else month_of(clock.today())
