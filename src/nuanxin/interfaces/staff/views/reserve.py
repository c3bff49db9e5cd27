"""The township's reserve fund: balance and ledger, paying, handing back, filling up, the monthly count."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading, typed
from nuanxin.interfaces.staff.accepting import found_people
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.columns import DayColumn, MoneyColumn, NumberColumn, TagColumn
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.payments import reserve, services
from nuanxin.kernel.payments.enums import ReserveKind, ReserveMethod, ReserveState
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.work import selectors as work

READ, PAY, CHECK, TERMS = "grants.read", "reserve.pay", "reserve.check", "budget.write"
TONES = {"payment": "info", "reversal": "warn", "return": "warn", "advance": "good", "replenishment": "good"}


class FundTable(RowTable):
    """Funds of the area with what they hold."""

    empty_says = gettext_lazy("先由财政提出乡镇的额度和单笔限额，县局批准后备用金就会列在这里。")
    place = tables.Column(empty_values=(), verbose_name=gettext_lazy("乡镇"), orderable=False)
    balance_fen = MoneyColumn(verbose_name=gettext_lazy("余额（元）"), orderable=False)
    waiting = NumberColumn(empty_values=(), verbose_name=gettext_lazy("待复核"), orderable=False)

    def __init__(self, *args: Any, places: dict[str, str], **kwargs: Any) -> None:
        """Keep the names of townships."""
        self.places = places
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str:
        """Open the fund."""
        return reverse("reserve-fund", args=[record.pk])

    def render_place(self, record: Any) -> str:
        """Show the township's name."""
        return self.places.get(record.township, record.township)

    def render_waiting(self, record: Any) -> str:
        """Show how many requests wait for a second person."""
        return str(reserve.open_requests(record.pk).count())


class EntryTable(RowTable):
    """The ledger, the newest line first."""

    empty_says = gettext_lazy("还没有收支：先申请拨入现金，另一人同意后记第一笔。")
    seq = NumberColumn(verbose_name=gettext_lazy("序号"), orderable=False)
    on = DayColumn(verbose_name=gettext_lazy("日期"), orderable=False)
    kind = TagColumn(dict(ReserveKind.choices), TONES, verbose_name=gettext_lazy("收支"), orderable=False)
    payee = tables.Column(accessor="request__payee__name", verbose_name=gettext_lazy("领款人"), default="")
    purpose = tables.Column(accessor="request__purpose", verbose_name=gettext_lazy("事由"), orderable=False)
    amount_fen = MoneyColumn(verbose_name=gettext_lazy("金额（元）"), orderable=False)
    balance_fen = MoneyColumn(verbose_name=gettext_lazy("余额（元）"), orderable=False)
    maker = tables.Column(accessor="request__maker__display_name", verbose_name=gettext_lazy("经办"), orderable=False)
    checker = tables.Column(accessor="request__checker__display_name", verbose_name=gettext_lazy("复核"), default="")

    def row_url(self, record: Any) -> str:
        """Open the line with its receipt."""
        return reverse("reserve-entry", args=[record.pk])

    def render_payee(self, value: str) -> str:
        """Mask as the account may see."""
        return name_for(self.account, value)

    def value_payee(self, value: str) -> str:
        """Export as shown."""
        return name_for(self.account, value)


def _fund(request: StaffRequest, fund_id: int) -> Any:
    """Return a fund of the account's area; what lies outside does not exist."""
    one = found(reserve.fund_by_id(fund_id))
    seen = access.sees_path(request.user, registry.division(one.township).path)
    return found(one if seen else None)


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the funds of the area; a township opens its own at once."""
    county = county_of(request.user)
    rows = reserve.funds_in(county, access.township_filter(request.user))
    funds = list(rows[:2])
    if access.area_level(request.user) == "township" and len(funds) == 1:
        return redirect("reserve-fund", funds[0].pk)
    towns = [one for one in registry.townships(county) if access.sees_path(request.user, one.path)]
    without = [one for one in towns if one.code not in set(rows.values_list("township", flat=True))]
    suggested = reserve.suggested_terms(county, clock.today())
    context = {
        "may_terms": access.may(request.user, TERMS),
        "towns": towns,
        "without": without,
        "float_fen": suggested[0],
        "limit_fen": suggested[1],
    }
    table = FundTable(rows, account=request.user, places={one.code: one.name for one in towns})
    return show_list(request, table, "staff/reserve.html", context, name=_("备用金"))


@page(READ)
def fund(request: StaffRequest, fund_id: int) -> HttpResponseBase:
    """Show a fund: what it holds, what waits for whom, whose file is due, the ledger."""
    one, account, today = _fund(request, fund_id), request.user, clock.today()
    below = access.area_level(account) in ("township", "village")
    helps = reserve.helps_in(one.county).filter(township=one.township)
    context = {
        "view": reserve.view_of(one, today),
        "place": registry.division(one.township),
        "requests": [_request_row(account, row, below) for row in reserve.open_requests(one.pk)],
        "helps": [(row, row.due_on < today, _payee(account, row.entry.request)) for row in helps],
        "undue": reserve.undecided_helps(one.county).filter(township=one.township),
        "terms_open": [row for row in reserve.terms_of(one.pk)[:5] if row.state == ReserveState.OPEN],
        "counts": reserve.counts_of(one.pk)[:6],
        "months": [month_of(today), add_months(month_of(today), -1)],
        "may_pay": access.may(account, PAY),
        "may_check": access.may(account, CHECK),
        "may_terms": access.may(account, TERMS),
        "county": not below,
    }
    table = EntryTable(reserve.entries_of(one.pk), account=account)
    return show_list(request, table, "staff/reserve_fund.html", context, name=_("备用金"))


def _request_row(account: Any, row: Any, below: bool) -> dict[str, Any]:
    """Return a waiting request and whether this account is the second person it waits for."""
    from_county = row.kind in (ReserveKind.ADVANCE, ReserveKind.REPLENISHMENT, ReserveKind.RETURN)
    mine = access.may(account, CHECK) and row.maker_id != account.pk and not (from_county and below)
    return {"row": row, "mine": mine, "payee": _payee(account, row)}


def _payee(account: Any, asked: Any) -> str:
    return name_for(account, asked.payee.name) if asked.payee else ""


@page(PAY, writes=("POST",))
def pay(request: StaffRequest, fund_id: int) -> HttpResponseBase:
    """Find who is to be helped, then ask to pay: one form, the second person agrees on the fund's page."""
    one, data = _fund(request, fund_id), request.POST
    if request.method == "POST":
        people = reading.ticked(data, "person_ids")
        for person_id in people:
            _person(request, person_id)
        payment = services.ReservePayment(
            person_ids=people,
            payee_id=typed.number(data, "payee_id", _("领款人")),
            amount_fen=typed.money(data, "amount", _("金额")),
            purpose=typed.text(data, "purpose", _("困难情形")),
            receipt_no=typed.text(data, "receipt_no", _("收条编号"), most=40),
            method=data.get("method", ReserveMethod.CASH.value),
            urgent=data.get("urgent") == "1",
        )
        asked = services.request_reserve_payment(account=request.user, fund_id=one.pk, payment=payment)
        messages.success(request, _("已提交，等另一人复核；收条照片可在这里上传。"))
        return redirect("reserve-request", asked.pk)
    context: dict[str, Any] = {"view": reserve.view_of(one, clock.today()), "q": reading.search(request.GET)}
    context["found"] = found_people(request, context["q"])
    helped = reading.chosen(request.GET, "person")
    if helped is not None:
        context |= _helped(request, helped)
    return render(request, "staff/reserve_pay.html", {**context, "methods": ReserveMethod.choices})


def _person(request: StaffRequest, person_id: int) -> Any:
    person = found(registry.people_by_ids([person_id]).get(person_id))
    return found(person if access.sees_path(request.user, registry.division(person.division_id).path) else None)


def _helped(request: StaffRequest, person_id: int) -> dict[str, Any]:
    """Return a person with the living members of the same household, who may be helped together."""
    person, today = _person(request, person_id), clock.today()
    home = registry.household_of(person.pk, today)
    members = [row.person for row in registry.members_of(home.pk, today)] if home else [person]
    living = [(one.pk, name_for(request.user, one.name)) for one in members if one.death is None]
    times = reserve.times_helped(reserve.BENEFIT, [pk for pk, _name in living], today)
    return {"person": person, "shown": name_for(request.user, person.name), "living": living, "times": times}


@page(PAY, reads=(), writes=("POST",))
def ask(request: StaffRequest, fund_id: int) -> HttpResponseBase:
    """Ask for cash, for filling up, to hand back, or to take a payment back."""
    one, data = _fund(request, fund_id), request.POST
    common: dict[str, Any] = {"account": request.user}
    act = data.get("act", "")
    if act == "advance":
        services.request_reserve_advance(**common, fund_id=one.pk)
    elif act == "replenish":
        services.request_reserve_replenishment(**common, fund_id=one.pk)
    elif act == "return":
        services.request_reserve_return(
            **common, fund_id=one.pk, amount_fen=typed.money(data, "amount", _("金额")), purpose=data.get("purpose", "")
        )
    elif act == "reverse":
        entry = found(reserve.entry_by_id(typed.number(data, "entry_id", _("序号"))))
        _fund(request, entry.fund_id)
        services.request_reserve_reversal(**common, entry_id=entry.pk, reason=typed.text(data, "reason", _("原因")))
    messages.success(request, _("已提交，等另一人复核。"))
    return redirect("reserve-fund", one.pk)


def _seen_request(request: StaffRequest, request_id: int) -> Any:
    one = found(reserve.request_by_id(request_id))
    _fund(request, one.fund_id)
    return one


def _show(request: StaffRequest, one: Any, entry: Any) -> HttpResponseBase:
    owner = ("reserve_request", one.pk)
    below = access.area_level(request.user) in ("township", "village")
    context = {
        **_request_row(request.user, one, below),
        "fund": one.fund,
        "entry": entry,
        "shares": [(name_for(request.user, row.person.name), row.amount_fen) for row in reserve.shares_of(one.pk)],
        "owner": owner,
        "attachments": work.attachments_of(owner),
        "place": one.fund.township,
        "mine_papers": access.may(request.user, PAY),
        "may_pay": access.may(request.user, PAY),
        "open": one.state == ReserveState.OPEN,
    }
    return render(request, "staff/reserve_request.html", context)


@page(READ)
def one_request(request: StaffRequest, request_id: int) -> HttpResponseBase:
    """Show what was asked, for whom, with its receipt; the second person agrees or gives it back."""
    one = _seen_request(request, request_id)
    return _show(request, one, reserve.entry_of_request(one.pk))


@page(READ)
def entry(request: StaffRequest, entry_id: int) -> HttpResponseBase:
    """Show a line of the ledger with its receipt."""
    line = found(reserve.entry_by_id(entry_id))
    return _show(request, _seen_request(request, line.request_id), line)


@page(CHECK, reads=(), writes=("POST",))
def check(request: StaffRequest, request_id: int) -> HttpResponseBase:
    """Agree to a request, or give it back with a reason."""
    one, data = _seen_request(request, request_id), request.POST
    if data.get("act") == "reject":
        services.reject_reserve_request(account=request.user, request_id=one.pk, reason=data.get("reason", ""))
        messages.success(request, _("已退回经办人。"))
    else:
        services.approve_reserve_request(account=request.user, request_id=one.pk)
        messages.success(request, _("已同意，已记入备用金账。"))
    return redirect("reserve-fund", one.fund_id)


@page(READ, reads=(), writes=("POST",))
def count(request: StaffRequest, fund_id: int) -> HttpResponseBase:
    """Write down the cash counted for a month, or agree to it as the second person."""
    one, data = _fund(request, fund_id), request.POST
    counted = reading.chosen(data, "count_id")
    if counted is not None:
        act = services.reject_reserve_count if data.get("act") == "reject" else services.confirm_reserve_count
        act(account=request.user, count_id=counted)
    else:
        services.count_reserve(
            account=request.user,
            fund_id=one.pk,
            month=typed.day(data, "month", _("月份")),
            counted_fen=typed.money(data, "counted", _("实点现金")),
            explanation=data.get("explanation", ""),
        )
    messages.success(request, _("盘点已登记。"))
    return redirect("reserve-fund", one.pk)


@page(READ, reads=(), writes=("POST",))
def help_first(request: StaffRequest, help_id: int) -> HttpResponseBase:
    """Say that the file of help given first is complete, or that it was undue; agree to the latter."""
    one, data = found(reserve.help_by_id(help_id)), request.POST
    _fund(request, one.entry.fund_id)
    if data.get("act") == "complete":
        services.complete_help_first(account=request.user, help_id=one.pk)
    elif data.get("act") == "approve":
        services.approve_help_first_outcome(account=request.user, help_id=one.pk)
    else:
        services.propose_help_first_outcome(
            account=request.user, help_id=one.pk, outcome=data.get("outcome", ""), reason=data.get("reason", "")
        )
    messages.success(request, _("已办理。"))
    return redirect("reserve-fund", one.entry.fund_id)


@page(TERMS, reads=(), writes=("POST",))
def terms(request: StaffRequest) -> HttpResponseBase:
    """Propose what a township may hold and pay at once."""
    data = request.POST
    made = services.propose_reserve_terms(
        account=request.user,
        township=typed.text(data, "township", _("乡镇")),
        float_fen=typed.money(data, "float", _("备用金额度")),
        limit_fen=typed.money(data, "limit", _("单笔限额")),
        document=data.get("document", "").strip()[:120],
    )
    messages.success(request, _("已提交，待县局另一人批准。"))
    return redirect("reserve-fund", made.fund_id)


@page(CHECK, reads=(), writes=("POST",))
def terms_check(request: StaffRequest, terms_id: int) -> HttpResponseBase:
    """Approve proposed terms, or give them back."""
    act = services.reject_reserve_terms if request.POST.get("act") == "reject" else services.approve_reserve_terms
    done = act(account=request.user, terms_id=terms_id)
    messages.success(request, _("已办理。"))
    return redirect("reserve-fund", done.fund_id)
