"""What people owe back: the list, a debt with its plan, refunds and set-offs; a household's statement; redirections."""

import datetime as dt
from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading, subjects
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.columns import MoneyColumn, MonthColumn
from nuanxin.interfaces.staff.filters import AreaForm
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.reading import day, fen, ticked, whole_number
from nuanxin.interfaces.staff.sight import name_for, person_name
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.payments import services, statements
from nuanxin.kernel.payments.enums import Cause, PlanState, SettlementState
from nuanxin.kernel.payments.schema import recovery_terms
from nuanxin.kernel.payments.services import PlanDraft
from nuanxin.kernel.registry import selectors as registry

READ = "grants.read"
CAUSES = dict(Cause.choices)
MAY = {"plan": "payments.prepare", "check": "payments.release", "refund": "vouchers.write"}


class DebtTable(RowTable):
    """Recoveries, each opens its page."""

    empty_says = gettext_lazy("没有要追缴的款项；多发的钱查明后会自动列在这里。")
    name = tables.Column(accessor="person__name", verbose_name=gettext_lazy("姓名"), orderable=False)
    benefit = tables.Column(verbose_name=gettext_lazy("待遇"), orderable=False)
    entitlement_month = MonthColumn(verbose_name=gettext_lazy("所属月"), orderable=False)
    cause = tables.Column(verbose_name=gettext_lazy("原因"), orderable=False)
    amount_fen = MoneyColumn(verbose_name=gettext_lazy("应追缴（元）"), orderable=False)
    settled_fen = MoneyColumn(verbose_name=gettext_lazy("已结（元）"), orderable=False)
    township = tables.Column(verbose_name=gettext_lazy("乡镇"), orderable=False)

    def __init__(self, *args: Any, benefits: dict[str, str], places: dict[str, str], **kwargs: Any) -> None:
        """Keep the titles of benefits and names of townships."""
        self.benefits, self.places = benefits, places
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str:
        """Open the debt."""
        return reverse("debt", args=[record.pk])

    def render_name(self, value: str) -> str:
        """Mask as the account may see."""
        return name_for(self.account, value)

    def value_name(self, value: str) -> str:
        """Export as shown."""
        return name_for(self.account, value)

    def render_benefit(self, value: str) -> str:
        """Show the benefit's title."""
        return self.benefits.get(value, value)

    def render_cause(self, value: str) -> str:
        """Show the cause in words."""
        return _(str(CAUSES.get(value, value)))

    def render_township(self, value: str) -> str:
        """Show the township's name."""
        return self.places.get(value, value)


class DebtForm(AreaForm):
    """Filters recoveries."""

    hidden = ("village",)


@page(READ)
def debts(request: StaffRequest) -> HttpResponseBase:
    """List what people of the area owe back; `?all=1` shows what is settled, too."""
    county = county_of(request.user)
    form = DebtForm(request.GET, account=request.user)
    rows = statements.debts_in(county, settled=bool(request.GET.get("all"))).filter(
        access.township_filter(request.user)
    )
    rows = rows.filter(township=form.township()) if form.township() else rows
    places = {one.code: one.name for one in registry.townships(county)}
    table = DebtTable(rows, account=request.user, benefits=titles(county), places=places)
    context = {"heading": _("追缴"), "form": form, "lead": _("多发的钱在这里办理：订计划、登记退款、抵扣、核销。")}
    return show_list(request, table, "staff/list.html", context, name=_("追缴"))


def _debt(request: StaffRequest, due_id: int) -> Any:
    due = statements.debt_by_id(due_id)
    if due is None or due.county != county_of(request.user) or not _sees(request.user, due.township):
        raise Http404
    return due


def _sees(account: Any, township: str) -> bool:
    place = next((one for one in registry.townships(township[:6]) if one.code == township), None)
    return place is not None and access.sees_path(account, place.path)


@page(READ, writes=("POST",))
def debt(request: StaffRequest, due_id: int) -> HttpResponseBase:
    """Show a debt with what settled it; do what the form asks: plan, check, end, refund, write-off, reverse."""
    due = _debt(request, due_id)
    if request.method == "POST":
        _act(request, due)
        return redirect("debt", due_id)
    same, plan, rows = statements.debts_with(due), statements.plan_of(due_id), statements.settlements_of(due_id)
    today = clock.today()
    context = {
        "due": due,
        "name": name_for(request.user, due.person.name),
        "title": titles(due.county).get(due.benefit, due.benefit),
        "cause": CAUSES.get(due.cause, due.cause),
        "owed": statements.owed_of(due.pk),
        "same": same,
        "plan": plan,
        "settlements": rows,
        "taken_back": {one.reverses_id for one in rows if one.state != SettlementState.REFUSED},
        "ceiling": recovery_terms(due.county).on(today),
        "may": {name: access.may(request.user, permission) for name, permission in MAY.items()},
        "may_read_people": access.may(request.user, "people.read"),
        "next_month": add_months(month_of(today), 1),
        "today": today,
        "waits": plan is not None and plan.state == PlanState.PROPOSED,
    }
    return render(request, "staff/debt.html", context)


def _act(request: StaffRequest, due: Any) -> None:
    act, data, account = request.POST.get("act", ""), request.POST, request.user
    known = {one.pk for one in statements.debts_with(due)} | {due.pk}
    ids = tuple(sorted(known & set(ticked(data, "dues")))) or (due.pk,)
    agree = data.get("agree") != "no"
    if act == "plan":
        draft = PlanDraft(
            ids, fen(data, "instalment"), day(data, "from"), data.get("agreed_with", ""), data.get("basis", "")
        )
        services.propose_plan(account=account, draft=draft)
    elif act in ("check", "end"):
        plan = statements.plan_of(due.pk)
        if plan is None:
            raise Refused("plan.unknown", _("没有这份追缴计划。"), _("请刷新页面。"))
        if act == "check":
            services.check_plan(account=account, plan_id=plan.pk, agree=agree)
        else:
            services.end_plan(account=account, plan_id=plan.pk, reason=data.get("reason", ""))
    elif act == "refund":
        services.book_refund(
            account=account, recovery_ids=ids, amount_fen=fen(data, "amount"), on=day(data, "on"),
            bank_ref=data.get("bank_ref", ""),
        )  # fmt: skip
    else:
        _settle(request, due, act, agree)
    messages.success(request, _("已办理。"))


def _settle(request: StaffRequest, due: Any, act: str, agree: bool) -> None:
    data, account = request.POST, request.user
    if act == "write-off":
        services.propose_write_off(account=account, recovery_id=due.pk, reason=data.get("reason", ""))
        return
    row = whole_number(data, "settlement")
    if row not in {one.pk for one in statements.settlements_of(due.pk)}:
        raise Http404
    if act == "check-write-off":
        services.check_write_off(account=account, settlement_id=row, agree=agree)
    elif act == "reverse":
        services.reverse_settlement(account=account, settlement_id=row, reason=data.get("reason", ""))
    elif act == "return-set-off":
        services.propose_set_off_return(account=account, settlement_id=row, reason=data.get("reason", ""))
    elif act == "check-return":
        services.check_set_off_return(account=account, settlement_id=row, agree=agree)
    else:
        raise Http404


@page("people.read")
def statement(request: StaffRequest, household_id: int) -> HttpResponseBase:
    """Show a household's account of a year, to print and hand to the citizen."""
    one = subjects.household(request.user, household_id)
    today = clock.today()
    year = reading.year(request.GET, "year", today.year)
    members = list(registry.members_of(household_id, today))
    belonged = registry.members_between(household_id, dt.date(year, 1, 1), dt.date(year + 1, 1, 1))
    found = statements.statement_of(household_id=household_id, person_ids=belonged, year=year)
    people = registry.people_by_ids({entry.person_id for entry in found.entries})
    names = {pk: person_name(request.user, person) for pk, person in people.items()}
    head = next((m for m in members if m.role == "head"), members[0] if members else None)
    context = {
        "household": one, "statement": found, "year": year, "years": range(today.year, today.year - 4, -1),
        "titles": titles(one.county), "names": names, "today": today,
        "head": name_for(request.user, head.person.name) if head else "",
        "staged": casework.staged_for(household_id=household_id, person_ids=belonged, year=year),
    }  # fmt: skip
    return render(request, "staff/statement.html", context)


@page(READ, writes=("POST",))
def redirections(request: StaffRequest) -> HttpResponseBase:
    """List money that shall go to somebody else; ask for it (`?person=`), and agree as the second person."""
    county = county_of(request.user)
    if request.method == "POST":
        _redirect(request)
        return redirect("redirections")
    asked = whole_number(request.GET, "person", 0)
    person = subjects.person(request.user, asked) if asked else None
    receiver = whole_number(request.GET, "receiver", 0)
    taker = subjects.person(request.user, receiver) if receiver else None
    rows = list(statements.redirections_in(county).filter(access.township_filter(request.user))[:100])
    context = {
        "rows": [(one, name_for(request.user, one.person.name)) for one in rows],
        "person": person,
        "name": name_for(request.user, person.name) if person else "",
        "taker": taker,
        "dues": list(statements.unsettled_of(person.pk)) if person else [],
        "accounts": registry.accounts_of(taker.pk, clock.today()) if taker else [],
        "titles": titles(county),
        "may": {name: access.may(request.user, permission) for name, permission in MAY.items()},
    }
    return render(request, "staff/redirections.html", context)


def _redirect(request: StaffRequest) -> None:
    data, account = request.POST, request.user
    if data.get("act") == "check":
        services.check_redirection(
            account=account, redirection_id=whole_number(data, "redirection"), agree=data.get("agree") != "no"
        )
        messages.success(request, _("已办理。"))
        return
    person = subjects.person(account, whole_number(data, "person"))
    taker = subjects.person(account, whole_number(data, "receiver"))
    wanted = whole_number(data, "account")
    if wanted not in {one.id for one in registry.accounts_of(taker.pk, clock.today())}:
        raise Refused("redirect.account", _("请选择收款人自己的账户。"), _("没有账户的，请先登记。"))
    known = set(statements.unsettled_of(person.pk).values_list("id", flat=True))
    services.propose_redirection(
        account=account, due_ids=sorted(known & set(ticked(data, "dues"))), account_id=wanted,
        reason=data.get("reason", ""),
    )  # fmt: skip
    messages.success(request, _("已提出，等另一人复核。"))
