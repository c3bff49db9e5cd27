"""Taking back a set-off that should not have been: what was withheld is paid out again, and the debt is owed again.

Wrong facts need none of this: corrected, they turn a wrong debt into arrears. A set-off may be wrong though the debt is
right: withheld from a protected benefit without the debtor's agreement, by a plan somebody set aside, or more than the
ceiling allowed. Two people take it back. The payment as it was stays as it was: a negative settlement makes the debt
owed again, and a due of kind `returned` carries the money into the next run; it is no entitlement, so that corrections
and the sums of what was due leave it alone. The person is told in a letter.
"""

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.selectors import open_payees
from nuanxin.kernel.payments.enums import Cause, DueKind, DueState, PlanState, SettlementKind, SettlementState
from nuanxin.kernel.payments.models import Due, RecoveryPlan, Settlement
from nuanxin.kernel.payments.services.setoff import outstanding
from nuanxin.kernel.payments.services.settling import CHECK, MAKE, change_of_recovery, settlement_in_county
from nuanxin.kernel.rulebook.selectors import benefits
from nuanxin.kernel.work.services import queue_letters
from nuanxin.kernel.work.values import LetterDraft


def propose_set_off_return(*, account: Account, settlement_id: int, reason: str) -> Settlement:
    """Propose to take a set-off back, for a reason that names the document; a second person must agree.

    Refused for what is no set-off in force, twice, and while its plan runs: that would withhold it anew.
    """
    require(account, MAKE)
    if not reason.strip():
        raise Refused("set_off_back.reason", "退还抵扣须写明理由和依据。", "请写明依据哪份决定或文书。")
    with transaction.atomic():
        row = settlement_in_county(account, settlement_id)
        if row.kind != SettlementKind.SET_OFF or row.reverses_id is not None or row.state != SettlementState.IN_FORCE:
            raise Refused("set_off_back.state", "只有已生效的抵扣可以退还。", "请核对后再选。")
        _refuse_running(row)
        if Settlement.objects.filter(reverses=row).exclude(state=SettlementState.REFUSED).exists():
            raise Refused("set_off_back.twice", "这笔抵扣已经提出退还或已退还。", "请刷新页面核对。")
        change = change_of_recovery(account, "propose_set_off_return", reason, 1)
        return Settlement.objects.create(
            county=row.county, kind=row.kind, state=SettlementState.PROPOSED, recovery_id=row.recovery_id,
            due_id=row.due_id, plan_id=row.plan_id, amount_fen=-row.amount_fen, on=clock.today(),
            reason=reason.strip()[:200], reverses=row, made_by=account, change=change,
        )  # fmt: skip


def check_set_off_return(*, account: Account, settlement_id: int, agree: bool = True) -> Settlement:
    """Agree as a second person to take a set-off back, or refuse it; agreed, the money goes out with the next run."""
    require(account, CHECK)
    with transaction.atomic():
        row = settlement_in_county(account, settlement_id)
        if row.kind != SettlementKind.SET_OFF or row.reverses is None:
            raise Refused("set_off_back.state", "这一笔不是待复核的抵扣退还。", "请刷新页面核对。")
        if row.made_by_id == account.pk:
            raise Refused(
                "set_off_back.same_person", "经办人不能复核自己提出的退还。", "请由另一位有复核权限的人员办理。"
            )
        if row.state != SettlementState.PROPOSED:
            return row
        change = change_of_recovery(account, "check_set_off_return", row.reason, 1)
        row.state, row.checked_by = (SettlementState.IN_FORCE if agree else SettlementState.REFUSED), account
        if agree:
            _refuse_running(row)
            _pay_back(row, change)
        row.save(update_fields=["state", "checked_by"])
        if agree:
            _tell(row, change)
        return row


def _refuse_running(row: Settlement) -> None:
    plan = RecoveryPlan.objects.select_for_update().filter(pk=row.plan_id or 0, state=PlanState.IN_FORCE)
    if plan.exists():
        raise Refused(
            "set_off_back.plan", "这份追缴计划还在执行，退还后下月又会抵扣。", "请先终止这份计划，再退还抵扣。"
        )


def _pay_back(row: Settlement, change: Change) -> None:
    """Make the due that pays the withheld money, to the account that the grant names now."""
    withheld = Due.objects.select_for_update().get(pk=row.due_id or 0)
    payees = open_payees([withheld.grant_id] if withheld.grant_id is not None else [])
    Due.objects.create(
        county=withheld.county, township=withheld.township, benefit=withheld.benefit, component=withheld.component,
        kind=DueKind.RETURNED, person_id=withheld.person_id, household_id=withheld.household_id,
        grant_id=withheld.grant_id, entitlement_month=withheld.entitlement_month,
        booked_month=booking_month(withheld.county, clock.today()), amount_fen=-row.amount_fen,
        account_id=payees.get((withheld.grant_id or 0, withheld.person_id), withheld.account_id),
        assessment_run_id=withheld.assessment_run_id, decision_id=withheld.decision_id, cause=Cause.SET_OFF,
        state=DueState.LIVE, change=change,
    )  # fmt: skip


def _tell(row: Settlement, change: Change) -> None:
    """Queue the letter to whom the money was withheld from: how much comes back, why, and what is owed all the same."""
    withheld = Due.objects.select_related("person").get(pk=row.due_id or 0)
    known = benefits(row.county, withheld.entitlement_month).get(withheld.benefit)
    debt = outstanding([row.recovery_id]).get(row.recovery_id, 0)
    values = {
        "name": withheld.person.name,
        "benefit": known.title if known else withheld.benefit,
        "amount": str(-row.amount_fen),
        "month": f"{withheld.entitlement_month:%Y-%m}",
        "reason": row.reason,
    }
    draft = LetterDraft(
        county=row.county,
        division_id=withheld.person.division_id,
        kind="returned",
        owner=("person", withheld.person_id),
        person_id=withheld.person_id,
        household_id=withheld.household_id,
        values=values | ({"debt": str(debt)} if debt else {}),
        key=f"returned:{row.pk}",
    )
    queue_letters(change=change, drafts=[draft])
