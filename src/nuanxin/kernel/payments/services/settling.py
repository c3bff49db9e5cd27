"""Settling recoveries: plans by two people, refunds booked once, write-offs by two people, reversals as new rows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import county_of
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.payments.enums import DueKind, DueState, PlanState, SettlementKind, SettlementState
from nuanxin.kernel.payments.models import Due, PlanItem, RecoveryPlan, Settlement
from nuanxin.kernel.payments.services.setoff import close_paid_plans, outstanding

MAKE, CHECK, BOOK = "payments.prepare", "payments.release", "vouchers.write"


@dataclass(frozen=True)
class PlanDraft:
    """How recoveries are paid back: the most a month in fen, from which month, agreed with whom (blank: nobody)."""

    recovery_ids: tuple[int, ...]
    instalment_fen: int
    from_month: dt.date
    agreed_with: str
    basis: str


def propose_plan(*, account: Account, draft: PlanDraft) -> RecoveryPlan:
    """Propose a plan for recoveries of one debtor, person or household; Refused where one is planned or paid."""
    require(account, MAKE)
    with transaction.atomic():
        dues = _recoveries(account, draft.recovery_ids)
        owed = outstanding([due.pk for due in dues])
        _check_draft(draft, dues, owed)
        total = sum(owed.values())
        change = change_of_recovery(account, "propose_plan", draft.basis, len(dues))
        plan = RecoveryPlan.objects.create(
            county=dues[0].county, township=dues[0].township, person=dues[0].person, household=dues[0].household,
            cause=dues[0].cause or "late", total_fen=total, instalment_fen=min(draft.instalment_fen, total),
            from_month=month_of(draft.from_month), agreed_with=draft.agreed_with.strip(),
            basis=draft.basis.strip()[:200], state=PlanState.PROPOSED, made_by=account, change=change,
        )  # fmt: skip
        PlanItem.objects.bulk_create(PlanItem(plan=plan, recovery=due) for due in dues)
        return plan


def _check_draft(draft: PlanDraft, dues: list[Due], owed: dict[int, int]) -> None:
    debtors = {("h", due.household_id) if due.household_id else ("p", due.person_id) for due in dues}
    if len(debtors) != 1:
        raise Refused("plan.debtors", "一份追缴计划只能包括同一个人或同一户的欠款。", "请分开办理。")
    if not all(owed.values()):
        raise Refused("plan.settled", "所选欠款中有已经结清的。", "请重新选择。")
    if draft.instalment_fen <= 0 or not draft.basis.strip():
        raise Refused("plan.blank", "每月抵扣上限和依据都要填写。", "请写明每月最多抵扣多少、依据哪份决定或协议。")
    if PlanItem.objects.filter(recovery__in=dues, running=True).exists():
        raise Refused("plan.planned", "所选欠款已经在另一份追缴计划中。", "请先终止原计划。")


def check_plan(*, account: Account, plan_id: int, agree: bool = True) -> RecoveryPlan:
    """Agree to a plan as a second person, or refuse it."""
    require(account, CHECK)
    with transaction.atomic():
        plan = _plan(account, plan_id)
        if plan.made_by_id == account.pk:
            raise Refused("plan.same_person", "经办人不能复核自己拟定的追缴计划。", "请由另一位有复核权限的人员办理。")
        if plan.state != PlanState.PROPOSED:
            return plan
        change_of_recovery(account, "check_plan", plan.basis, 1)
        plan.state, plan.checked_by = (PlanState.IN_FORCE if agree else PlanState.REFUSED), account
        plan.save(update_fields=["state", "checked_by"])
        if not agree:
            PlanItem.objects.filter(plan=plan).update(running=False)
        return plan


def end_plan(*, account: Account, plan_id: int, reason: str) -> RecoveryPlan:
    """End a plan so that another can be agreed; what it settled stays."""
    require(account, CHECK)
    if not reason.strip():
        raise Refused("plan.reason", "终止计划须写明理由。", "请填写理由。")
    with transaction.atomic():
        plan = _plan(account, plan_id)
        change_of_recovery(account, "end_plan", reason, 1)
        PlanItem.objects.filter(plan=plan).update(running=False)
        if plan.state in (PlanState.PROPOSED, PlanState.IN_FORCE):
            plan.state = PlanState.REPLACED
            plan.save(update_fields=["state"])
        return plan


def book_refund(
    *, account: Account, recovery_ids: Sequence[int], amount_fen: int, on: dt.date, bank_ref: str
) -> list[Settlement]:
    """Book money a debtor paid back, the oldest month first, under the bank's reference; once.

    The same again changes nothing; Refused on more than is owed and on a reference booked with another amount.
    """
    require(account, BOOK)
    ref = bank_ref.strip()
    if not ref or amount_fen <= 0:
        raise Refused("refund.blank", "退款金额和银行流水号都要填写。", "请照银行收款凭证填写。")
    with transaction.atomic():
        dues = _recoveries(account, recovery_ids)
        known = Settlement.objects.filter(county=dues[0].county, bank_ref=ref, kind=SettlementKind.REFUND)
        before = list(known.filter(reverses=None, reversed_by=None))
        if before:
            if sum(one.amount_fen for one in before) == amount_fen and {one.recovery_id for one in before} <= {
                due.pk for due in dues
            }:
                return before
            raise Refused("refund.second", f"银行流水号 {ref} 的退款已经登记。", "请核对流水号和金额。")
        return _refund(account, dues, amount_fen, on, ref)


def _refund(account: Account, dues: list[Due], amount_fen: int, on: dt.date, ref: str) -> list[Settlement]:
    owed = outstanding([due.pk for due in dues])
    if amount_fen > sum(owed.values()):
        raise Refused(
            "refund.more",
            f"退款 {yuan(amount_fen)} 元多于尚欠的 {yuan(sum(owed.values()))} 元。",
            "请核对金额；多退的部分请退还本人。",
        )
    change, made = change_of_recovery(account, "book_refund", f"退款 {ref}", 0), []
    for due in dues:
        fen = min(amount_fen, owed[due.pk])
        if fen:
            amount_fen -= fen
            made.append(_settlement(due, SettlementKind.REFUND, fen, on, account, change, bank_ref=ref))
    close_paid_plans(dues[0].county)
    return made


def propose_write_off(*, account: Account, recovery_id: int, reason: str) -> Settlement:
    """Propose to let what is left of a recovery go, by a decision named in `reason`; a second person must agree."""
    require(account, MAKE)
    if not reason.strip():
        raise Refused("write_off.reason", "核销须写明依据的决定。", "请填写决定文号和理由。")
    with transaction.atomic():
        (due,) = _recoveries(account, [recovery_id])
        owed = outstanding([due.pk])[due.pk]
        waiting = Settlement.objects.filter(recovery=due, kind=SettlementKind.WRITE_OFF, state=SettlementState.PROPOSED)
        if not owed or waiting.exists():
            raise Refused("write_off.settled", "这笔欠款已经结清，或已有一笔核销待复核。", "请刷新页面核对。")
        change = change_of_recovery(account, "propose_write_off", reason, 1)
        return _settlement(
            due, SettlementKind.WRITE_OFF, owed, clock.today(), account, change, reason=reason.strip()[:200]
        )


def check_write_off(*, account: Account, settlement_id: int, agree: bool = True) -> Settlement:
    """Agree to a write-off as a second person, or refuse it; Refused where less is owed meanwhile."""
    require(account, CHECK)
    with transaction.atomic():
        row = settlement_in_county(account, settlement_id)
        if row.made_by_id == account.pk:
            raise Refused("write_off.same_person", "经办人不能复核自己提出的核销。", "请由另一位有复核权限的人员办理。")
        if row.state != SettlementState.PROPOSED:
            return row
        _recoveries(account, [row.recovery_id])
        if agree and outstanding([row.recovery_id])[row.recovery_id] < row.amount_fen:
            raise Refused(
                "write_off.less",
                "这笔欠款期间已有退款或抵扣，核销金额多于尚欠金额。",
                "请不同意本笔，再按余额重新提出。",
            )
        change_of_recovery(account, "check_write_off", row.reason, 1)
        row.state, row.checked_by = (SettlementState.IN_FORCE if agree else SettlementState.REFUSED), account
        row.save(update_fields=["state", "checked_by"])
        close_paid_plans(row.county)
        return row


def reverse_settlement(*, account: Account, settlement_id: int, reason: str) -> Settlement:
    """Take back a refund or write-off booked wrongly, by a negative row; Refused for set-offs: two people do that."""
    require(account, CHECK)
    if not reason.strip():
        raise Refused("reverse.reason", "冲销须写明理由。", "请填写理由。")
    with transaction.atomic():
        row = settlement_in_county(account, settlement_id)
        if row.kind == SettlementKind.SET_OFF:
            raise Refused(
                "reverse.set_off",
                "抵扣已随发放结算，不能直接冲销。",
                "欠款认定有误的，请更正事实，系统会补发；抵扣本身有误的，请提出退还抵扣，由另一人复核。",
            )
        if row.state != SettlementState.IN_FORCE or row.reverses_id is not None:
            raise Refused("reverse.state", "这一笔没有生效，或本身就是冲销。", "请核对后再选。")
        again = Settlement.objects.filter(reverses=row).first()
        if again is not None:
            return again
        change = change_of_recovery(account, "reverse_settlement", reason, 1)
        return Settlement.objects.create(
            county=row.county, kind=row.kind, state=SettlementState.IN_FORCE, recovery_id=row.recovery_id,
            plan_id=row.plan_id, amount_fen=-row.amount_fen, on=clock.today(), bank_ref=row.bank_ref,
            reason=reason.strip()[:200], reverses=row, made_by_id=row.made_by_id, checked_by=_other(row, account),
            change=change,
        )  # fmt: skip


def _other(row: Settlement, account: Account) -> Account | None:
    """Return who agreed to a reversal; a write-off needs somebody else than its maker."""
    if row.made_by_id != account.pk:
        return account
    if row.kind == SettlementKind.WRITE_OFF:
        raise Refused("write_off.same_person", "提出核销的人不能自己冲销。", "请由另一位有复核权限的人员办理。")
    return None


def _settlement(
    due: Due, kind: SettlementKind, fen: int, on: dt.date, account: Account, change: Change, **more: str
) -> Settlement:
    state = SettlementState.PROPOSED if kind == SettlementKind.WRITE_OFF else SettlementState.IN_FORCE
    return Settlement.objects.create(
        county=due.county, kind=kind, state=state, recovery=due, amount_fen=fen, on=on, made_by=account, change=change,
        **more,
    )  # fmt: skip


def _recoveries(account: Account, ids: Sequence[int]) -> list[Due]:
    """Return the live recoveries of these ids within the account's county, the oldest month first, locked."""
    rows = Due.objects.select_for_update().filter(pk__in=list(ids), kind=DueKind.RECOVERY, state=DueState.LIVE)
    dues = list(rows.order_by("entitlement_month", "id"))
    county = county_of(account)
    if not dues or len(dues) != len(set(ids)) or (county and {due.county for due in dues} != {county}):
        raise Refused("recovery.unknown", "所选的追缴款不存在或不属于您的辖区。", "请从追缴列表中选择。")
    return dues


def _plan(account: Account, plan_id: int) -> RecoveryPlan:
    plan = RecoveryPlan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None or county_of(account) not in (None, plan.county):
        raise Refused("plan.unknown", "没有这份追缴计划。", "请从追缴列表中选择。")
    return plan


def settlement_in_county(account: Account, settlement_id: int) -> Settlement:
    """Return a settlement of the account's county, locked, or refuse."""
    row = Settlement.objects.select_for_update().filter(pk=settlement_id).first()
    if row is None or county_of(account) not in (None, row.county):
        raise Refused("settlement.unknown", "没有这笔结算。", "请从追缴列表中选择。")
    return row


def change_of_recovery(account: Account, verb: str, reason: str, rows: int) -> Change:
    """Open a change about what people owe back."""
    return open_change(author=author_of(account), verb=verb, reason=reason[:200], source="追缴", rows=rows)
