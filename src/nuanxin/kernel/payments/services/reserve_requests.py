"""What a township asks of its reserve fund: cash in, a payment, cash back, filling up, a reversal."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.payments import reserve
from nuanxin.kernel.payments.enums import ReserveKind, ReserveMethod, ReserveState
from nuanxin.kernel.payments.models import ReserveEntry, ReserveFund, ReserveRequest, ReserveShare, ReserveTerms
from nuanxin.kernel.payments.services.reserve_terms import PAY, refuse_elsewhere
from nuanxin.kernel.registry.selectors.money import deaths_of, households_of


@dataclass(frozen=True)
class ReservePayment:
    """A payment out of the fund: who is helped with how much in fen, who takes the money, how, on which receipt."""

    person_ids: Sequence[int]
    payee_id: int
    amount_fen: int
    purpose: str
    receipt_no: str
    method: str = ReserveMethod.CASH.value
    urgent: bool = False
    case_id: int | None = None
    benefit: str = reserve.BENEFIT


def request_reserve_advance(*, account: Account, fund_id: int, amount_fen: int | None = None) -> ReserveRequest:
    """Ask the county for cash, up to the float; all that is missing when no amount is named."""
    fund, terms = _fund(account, fund_id)
    room = terms.float_fen - fund.balance_fen
    if (wanted := room if amount_fen is None else amount_fen) > room or wanted <= 0:
        raise Refused(
            "reserve.above_float",
            f"备用金核定 {yuan(terms.float_fen)} 元，现有 {yuan(fund.balance_fen)} 元，"
            f"最多再拨 {yuan(max(room, 0))} 元。",
            "请改小金额；已支付的部分请用“凭单补足”。",
        )
    return _ask(account, fund, ReserveKind.ADVANCE, wanted, "拨入备用金")


def request_reserve_return(*, account: Account, fund_id: int, amount_fen: int, purpose: str) -> ReserveRequest:
    """Hand cash back to the county."""
    fund, _ = _fund(account, fund_id)
    _refuse_short(fund, amount_fen)
    return _ask(account, fund, ReserveKind.RETURN, amount_fen, purpose or "交回备用金")


def request_reserve_payment(*, account: Account, fund_id: int, payment: ReservePayment) -> ReserveRequest:
    """Ask to pay people in hardship out of the fund; a second person agrees before it counts.

    Refused above the township's limit of one payment (the county decides then), above the balance, to the dead, and
    when the people were helped too often within a year.
    """
    fund, terms = _fund(account, fund_id)
    _refuse_nonsense(payment)
    _refuse_above_limit(fund, terms, payment)
    _refuse_short(fund, payment.amount_fen)
    _refuse_too_often(fund, payment)
    today = clock.today()
    homes = set(households_of(payment.person_ids, today).values())
    with transaction.atomic():
        asked = _ask(
            account, fund, ReserveKind.PAYMENT, payment.amount_fen, payment.purpose.strip()[:200],
            benefit=payment.benefit, case_id=payment.case_id, payee_id=payment.payee_id, method=payment.method,
            household_id=homes.pop() if len(homes) == 1 else None, receipt_no=payment.receipt_no.strip()[:40],
            urgent=payment.urgent,
        )  # fmt: skip
        people = sorted(set(payment.person_ids))
        for person_id, fen in zip(people, parted(payment.amount_fen, len(people)), strict=True):
            ReserveShare.objects.create(request=asked, person_id=person_id, amount_fen=fen)
    return asked


def request_reserve_replenishment(*, account: Account, fund_id: int) -> ReserveRequest:
    """Ask the county to fill the fund up again by what was paid since the last voucher."""
    fund, _ = _fund(account, fund_id)
    rows = list(reserve.unvouchered(fund.pk).values_list("seq", "counted_fen"))
    wanted = sum(fen for _, fen in rows)
    if wanted <= 0:
        raise Refused("reserve.nothing_paid", "没有尚未报账的支付。", "有新的支付后再申请补足。")
    if fund.requests.filter(kind=ReserveKind.REPLENISHMENT, state=ReserveState.OPEN).exists():
        raise Refused("reserve.replenishing", "已有一份补足申请在等县局复核。", "请等那一份办完再申请。")
    return _ask(account, fund, ReserveKind.REPLENISHMENT, wanted, "凭单补足", up_to_seq=rows[-1][0])


def request_reserve_reversal(*, account: Account, entry_id: int, reason: str) -> ReserveRequest:
    """Ask to take a payment back because the money came back or was never handed over; the whole of it."""
    entry = reserve.entry_by_id(entry_id)
    if entry is None or entry.kind != ReserveKind.PAYMENT:
        raise Refused("reserve.not_payment", "只有支付可以冲正。", "拨入有误的，请办理交回。")
    fund, terms = _fund(account, entry.fund_id)
    asked = ReserveRequest.objects.filter(reverses=entry).exclude(state=ReserveState.REJECTED)
    if asked.exists():
        raise Refused("reserve.reversed", "这笔支付已经冲正或正在冲正。", "请刷新页面核对。")
    if not reason.strip():
        raise Refused("reserve.reason", "冲正须写明原因。", "请写明钱为什么退回。")
    excess = fund.balance_fen + entry.amount_fen - terms.float_fen
    if excess > 0:
        raise Refused(
            "reserve.full",
            f"冲正后余额会超过核定的 {yuan(terms.float_fen)} 元。",
            f"请先把 {yuan(excess)} 元交回县局，再冲正。",
        )
    return _ask(
        account, fund, ReserveKind.REVERSAL, entry.amount_fen, reason.strip()[:200],
        benefit=entry.benefit, case_id=entry.request.case_id, payee_id=entry.request.payee_id, reverses=entry,
    )  # fmt: skip


def parted(fen: int, count: int) -> list[int]:
    """Return an amount in equal parts to the fen, the first ones a fen more where it does not go up."""
    base, rest = divmod(fen, count)
    return [base + (place < rest) for place in range(count)]


def _fund(account: Account, fund_id: int) -> tuple[ReserveFund, ReserveTerms]:
    """Return a fund of the account's area with the terms in force, or refuse."""
    require(account, PAY)
    fund = reserve.fund_by_id(fund_id)
    if fund is None:
        raise Refused("reserve.unknown", "没有这个乡镇的备用金。", "请先由县局核定备用金。")
    refuse_elsewhere(account, fund.township)
    terms = reserve.terms_on(fund.pk, clock.today())
    if terms is None:
        raise Refused("reserve.no_terms", "本乡镇的备用金额度和单笔限额还没有批准。", "请联系县局批准后再办。")
    return fund, terms


def _ask(
    account: Account, fund: ReserveFund, kind: ReserveKind, amount_fen: int, purpose: str, **more: Any
) -> ReserveRequest:
    with transaction.atomic():
        change = open_change(
            author=author_of(account), verb="request_reserve", reason=kind.label, source=f"备用金 {fund.township}"
        )
        return ReserveRequest.objects.create(
            fund=fund,
            kind=kind,
            amount_fen=amount_fen,
            purpose=purpose,
            state=ReserveState.OPEN,
            made_on=clock.today(),
            maker=account,
            change=change,
            **more,
        )


def _refuse_nonsense(payment: ReservePayment) -> None:
    if payment.amount_fen <= 0 or not payment.person_ids:
        raise Refused("reserve.amount", "请填写金额和受助的人。", "金额须大于零，至少选择一人。")
    if len(set(payment.person_ids)) > payment.amount_fen:
        raise Refused("reserve.amount", "金额太小，不够每人一分。", "请核对金额和人数。")
    if payment.method not in ReserveMethod.values:
        raise Refused("reserve.method", "请选择现金或转账。", "请重新选择支付方式。")
    if not payment.purpose.strip() or not payment.receipt_no.strip():
        raise Refused("reserve.receipt", "须写明困难情形和收条编号。", "请让领款人签收条，并填写编号。")
    dead = deaths_of(sorted({*payment.person_ids, payment.payee_id}))
    if dead:
        raise Refused("reserve.dead", "受助人或领款人中有已登记死亡的人。", "请核对人员；丧葬困难请改由其家属申请。")


def _refuse_above_limit(fund: ReserveFund, terms: ReserveTerms, payment: ReservePayment) -> None:
    """Above the limit the county decides; so it does where several payments for one need together exceed it."""
    before = _paid_for_the_same(fund, payment, clock.today())
    if payment.amount_fen + before <= terms.limit_fen:
        return
    told = f"单笔 {yuan(payment.amount_fen)} 元"
    if before:
        told = f"同一困难已支付 {yuan(before)} 元，再付 {yuan(payment.amount_fen)} 元，合计"
    raise Refused(
        "reserve.county",
        f"{told}超过本乡镇备用金限额 {yuan(terms.limit_fen)} 元，须报县级。",
        "请在案件中报县局审核确认，由县级发放；情况紧急的可先在限额内支付。",
    )


def _paid_for_the_same(fund: ReserveFund, payment: ReservePayment, today: dt.date) -> int:
    """Return what is paid or asked for in the same case, or without a case for the same people in this month."""
    same = Q(case_id=payment.case_id)
    if payment.case_id is None:
        people = ReserveShare.objects.filter(person_id__in=list(payment.person_ids)).values("request_id")
        same = Q(pk__in=people, made_on__gte=month_of(today), benefit=payment.benefit)
    asked = ReserveRequest.objects.filter(same, kind=ReserveKind.PAYMENT).exclude(state=ReserveState.REJECTED)
    kept = asked.exclude(entry__in=ReserveEntry.objects.filter(reversed_by__isnull=False))
    return kept.aggregate(fen=Sum("amount_fen"))["fen"] or 0


def _refuse_short(fund: ReserveFund, amount_fen: int) -> None:
    free = reserve.view_of(fund, clock.today()).free_fen
    if amount_fen <= 0 or amount_fen > free:
        raise Refused(
            "reserve.short",
            f"备用金可用余额 {yuan(free)} 元，不够 {yuan(amount_fen)} 元。",
            "请先凭单补足备用金，或报县级发放。",
        )


def _refuse_too_often(fund: ReserveFund, payment: ReservePayment) -> None:
    most = reserve.repeats_a_year(fund.county, clock.today())
    if payment.case_id is not None and reserve.help_of_case(payment.case_id):
        return  # a further part of help already given is not another time
    times = reserve.times_helped(payment.benefit, payment.person_ids, clock.today())
    if most is not None and times >= most:
        raise Refused(
            "reserve.repeat",
            f"受助人十二个月内已救助 {times} 次，达到 {most} 次的上限。",
            "确有困难的，请报县局一事一议。",
        )
