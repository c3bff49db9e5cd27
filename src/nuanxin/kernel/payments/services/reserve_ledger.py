"""The second person agrees, and a request becomes a line of the ledger with all that follows from it."""

from django.db import transaction
from django.db.models import Max

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.core.workdays import add_working_days
from nuanxin.kernel.payments import reserve
from nuanxin.kernel.payments.enums import DueKind, DueState, HelpOutcome, ReserveKind, ReserveState
from nuanxin.kernel.payments.models import (
    Due,
    HelpFirst,
    ReserveEntry,
    ReserveFund,
    ReserveRequest,
    ReserveShare,
    ReserveVoucher,
    ReserveVoucherItem,
)
from nuanxin.kernel.payments.services.reserve_terms import AGREE, refuse_below_county, refuse_elsewhere
from nuanxin.kernel.work.services import finish_tasks, open_tasks
from nuanxin.kernel.work.values import TaskDraft

COMPONENT = "reserve"
OUT = (ReserveKind.PAYMENT, ReserveKind.RETURN)
BY_COUNTY = (ReserveKind.ADVANCE, ReserveKind.REPLENISHMENT, ReserveKind.RETURN)
FILER = "township_clerk"


def approve_reserve_request(*, account: Account, request_id: int) -> ReserveEntry:
    """Agree to a request: it enters the ledger, and its dues, voucher or clock of help given first are made with it.

    Refused to its maker, outside the area, to a township where the county's money moves, and when the balance would
    fall below nought or rise above the float.
    """
    require(account, AGREE)
    with transaction.atomic():
        request, fund = _open(account, request_id)
        change = open_change(
            author=author_of(account), verb="approve_reserve", reason="复核同意", source=f"备用金 {fund.township}"
        )
        request.state, request.checker, request.checked_on = ReserveState.APPROVED, account, clock.today()
        request.save(update_fields=["state", "checker", "checked_on"])
        entry = _enter(fund, request, change)
        if entry.kind == ReserveKind.PAYMENT:
            _pay(entry, change)
        elif entry.kind == ReserveKind.REVERSAL:
            _take_back(entry, change)
        elif entry.kind == ReserveKind.REPLENISHMENT:
            _make_voucher(entry, change)
    return entry


def reject_reserve_request(*, account: Account, request_id: int, reason: str) -> ReserveRequest:
    """Give a request back to its maker with the reason."""
    require(account, AGREE)
    if not reason.strip():
        raise Refused("reserve.reason", "退回须写明原因。", "请写一句原因，方便经办人改正。")
    with transaction.atomic():
        request, fund = _open(account, request_id)
        request.change = open_change(
            author=author_of(account), verb="reject_reserve", reason=reason[:200], source=f"备用金 {fund.township}"
        )
        request.state, request.checker, request.checked_on = ReserveState.REJECTED, account, clock.today()
        request.note = reason.strip()[:200]
        request.save(update_fields=["state", "checker", "checked_on", "note", "change"])
    return request


def _open(account: Account, request_id: int) -> tuple[ReserveRequest, ReserveFund]:
    """Return an open request and its fund, both locked, or refuse."""
    request = ReserveRequest.objects.select_related("fund").filter(pk=request_id).first()
    if request is None:
        raise Refused("reserve.not_open", "这笔申请不存在。", "请从备用金页面进入。")
    # Vouchers are numbered by county: its funds are locked in one order, so that no two approvals wait for each other.
    same = ReserveFund.objects.filter(county=request.fund.county)
    locked = same if request.kind == ReserveKind.REPLENISHMENT else same.filter(pk=request.fund_id)
    fund = {one.pk: one for one in locked.select_for_update().order_by("pk")}[request.fund_id]
    request = ReserveRequest.objects.select_for_update().get(pk=request_id)
    refuse_elsewhere(account, fund.township)
    if request.state != ReserveState.OPEN:
        raise Refused("reserve.not_open", "这笔申请已经有人处理。", "请刷新页面后再看。")
    if request.maker_id == account.pk:
        raise Refused("reserve.same_person", "经办人不能复核自己办理的备用金收支。", "请由另一位有复核权限的人员办理。")
    if request.kind in BY_COUNTY:
        refuse_below_county(account)
    return request, fund


def _enter(fund: ReserveFund, request: ReserveRequest, change: Change) -> ReserveEntry:
    """Write the line and the new balance; Refused below nought and above the float."""
    today = clock.today()
    terms = reserve.terms_on(fund.pk, today)
    if terms is None:
        raise Refused("reserve.no_terms", "本乡镇的备用金额度还没有批准。", "请先批准额度。")
    if request.reverses_id is not None and ReserveEntry.objects.filter(reverses_id=request.reverses_id).exists():
        raise Refused("reserve.reversed", "这笔支付已经冲正。", "请退回这笔申请。")
    kind = ReserveKind(request.kind)
    balance = fund.balance_fen + (-request.amount_fen if kind in OUT else request.amount_fen)
    if balance < 0:
        raise Refused("reserve.short", f"备用金余额只有 {yuan(fund.balance_fen)} 元，不够支付。", "请退回这笔申请。")
    if kind not in OUT and balance > terms.float_fen:
        raise Refused(
            "reserve.above_float",
            f"办理后余额 {yuan(balance)} 元会超过核定的 {yuan(terms.float_fen)} 元。",
            "请退回这笔申请，或先交回多余的部分。",
        )
    counted = {ReserveKind.PAYMENT: request.amount_fen, ReserveKind.REVERSAL: -request.amount_fen}.get(kind, 0)
    entry = ReserveEntry.objects.create(
        fund=fund,
        county=fund.county,
        township=fund.township,
        seq=(fund.entries.aggregate(last=Max("seq"))["last"] or 0) + 1,
        kind=kind,
        amount_fen=request.amount_fen,
        balance_fen=balance,
        float_fen=terms.float_fen,
        counted_fen=counted,
        on=today,
        booked_month=booking_month(fund.county, today),
        benefit=request.benefit,
        person_id=request.payee_id,
        request=request,
        reverses=request.reverses,
        change=change,
    )
    fund.balance_fen, fund.change = balance, change
    fund.save(update_fields=["balance_fen", "change"])
    return entry


def _pay(entry: ReserveEntry, change: Change) -> None:
    """Make the dues of a payment, settled outside the bank's runs, and start the clock of help given first."""
    request = entry.request
    again = request.case_id is not None and reserve.help_of_case(request.case_id) is not None
    for share in ReserveShare.objects.filter(request=request).order_by("id"):
        share.due = Due.objects.create(
            county=entry.county,
            township=entry.township,
            benefit=entry.benefit,
            component=COMPONENT,
            kind=DueKind.RESERVE,
            person_id=share.person_id,
            household_id=request.household_id,
            entitlement_month=month_of(entry.on),
            booked_month=entry.booked_month,
            amount_fen=share.amount_fen,
            cause=reserve.AFTER_RESERVE if again else "",
            state=DueState.LIVE,
            change=change,
        )
        share.save(update_fields=["due"])
    if (request.urgent or request.case_id is not None) and not again:
        _start_clock(entry, change)


def _start_clock(entry: ReserveEntry, change: Change) -> None:
    """Note by when the file is to be complete (社会救助法 第五十条; the days are a parameter), with a task."""
    days = reserve.file_days(entry.county, entry.on)
    if days is None:
        raise Refused("reserve.file_days", "没有先行救助补办手续的期限。", "请在参数中登记 pay_first_file_days。")
    due_on = add_working_days(entry.on, days)
    HelpFirst.objects.create(
        entry=entry,
        county=entry.county,
        township=entry.township,
        case_id=entry.request.case_id,
        booked_month=entry.booked_month,
        paid_on=entry.on,
        due_on=due_on,
        change=change,
    )
    open_tasks(
        change=change,
        drafts=[
            TaskDraft(
                county=entry.county,
                division_id=entry.township,
                kind="help_first",
                title=f"先行救助 {yuan(entry.amount_fen)} 元，补齐手续",
                owner=("reserve", entry.pk),
                due_on=due_on,
                key=f"help_first:{entry.pk}",
                role=FILER,
            )
        ],
    )


def _take_back(entry: ReserveEntry, change: Change) -> None:
    """Void the dues of a reversed payment and stop its clock. Refused once its file is decided."""
    assert entry.reverses_id is not None
    paid = ReserveEntry.objects.select_related("request").get(pk=entry.reverses_id)
    help_first = HelpFirst.objects.filter(entry=paid).first()
    if help_first is not None and (help_first.outcome or help_first.decision_id):
        raise Refused("reserve.decided", "这笔先行救助已经作出结论。", "退回的钱请在追缴中登记。")
    dues = Due.objects.filter(reserve_share__request=paid.request, state=DueState.LIVE)
    if dues.update(state=DueState.VOID) != ReserveShare.objects.filter(request=paid.request).count():
        raise Fault(f"reserve entry {paid.pk}: some dues are not live")
    if help_first is not None:
        help_first.outcome, help_first.completed_on, help_first.change = HelpOutcome.REVERSED, entry.on, change
        help_first.save(update_fields=["outcome", "completed_on", "change"])
        finish_tasks(change=change, owner=("reserve", paid.pk))


def _make_voucher(entry: ReserveEntry, change: Change) -> None:
    """Account for the payments up to the line the request saw; Fault when they do not add up to it."""
    rows = list(reserve.unvouchered(entry.fund_id).filter(seq__lte=entry.request.up_to_seq))
    if sum(row.counted_fen for row in rows) != entry.amount_fen:
        raise Fault(f"reserve fund {entry.fund_id}: voucher {entry.amount_fen} fen, payments differ")
    year = entry.on.year
    last = ReserveVoucher.objects.filter(county=entry.county, year=year).aggregate(last=Max("number"))["last"] or 0
    voucher = ReserveVoucher.objects.create(
        county=entry.county,
        year=year,
        number=last + 1,
        entry=entry,
        amount_fen=entry.amount_fen,
        made_on=entry.on,
        change=change,
    )
    for row in rows:
        ReserveVoucherItem.objects.create(voucher=voucher, entry=row, amount_fen=row.counted_fen)
