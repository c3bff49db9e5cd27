"""What becomes of help given before the checks: the file is completed, or the money is recovered or written off."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.payments import reserve
from nuanxin.kernel.payments.enums import Cause, DueKind, DueState, HelpOutcome
from nuanxin.kernel.payments.models import Due, HelpFirst
from nuanxin.kernel.payments.services.reserve_terms import AGREE, PAY, refuse_below_county, refuse_elsewhere
from nuanxin.kernel.work.services import finish_tasks

Persons = Sequence[tuple[int, Sequence[tuple[str, int]]]]


@dataclass
class Netted:
    """What is still to be paid by person and component after a reserve payment, and who has to give back how much."""

    rest: list[tuple[int, str, int]] = field(default_factory=list)
    back: dict[int, int] = field(default_factory=dict)


def net_of_reserve(persons: Persons, paid: Mapping[int, int]) -> Netted:
    """Take what the reserve fund paid off what a decision grants: each person's own first, then what is left from all.

    The sums hold: granted = paid from the fund + rest − back, in fen.
    """
    left = dict(paid)
    names = [(person_id, name) for person_id, parts in persons for name, fen in parts if fen > 0]
    open_fen = [fen for _, parts in persons for _, fen in parts if fen > 0]
    for place, (person_id, _) in enumerate(names):
        _take(open_fen, place, left, person_id)
    for place in range(len(names)):
        for person_id in sorted(left):
            _take(open_fen, place, left, person_id)
    rest = [(person_id, name, fen) for (person_id, name), fen in zip(names, open_fen, strict=True) if fen > 0]
    return Netted(rest, {person_id: fen for person_id, fen in left.items() if fen > 0})


def _take(open_fen: list[int], place: int, left: dict[int, int], person_id: int) -> None:
    """Take from an open amount as much as a person was paid."""
    taken = min(open_fen[place], left.get(person_id, 0))
    if taken:
        open_fen[place] -= taken
        left[person_id] -= taken


def record_help_first_file(*, change: Change, case_id: int) -> HelpFirst | None:
    """Note that the file of help given first is complete today and end its clock; None when there was no such help."""
    found = reserve.help_of_case(case_id)
    if found is None or found.completed_on is not None:
        return found
    return _complete(found, change)


def complete_help_first(*, account: Account, help_id: int) -> HelpFirst:
    """Note, as the clerk of the township, that the papers of help given first without a case are complete."""
    require(account, PAY)
    with transaction.atomic():
        found = _locked(help_id)
        refuse_elsewhere(account, found.township)
        if found.completed_on is not None:
            raise Refused("reserve.completed", "这笔先行救助的手续已经补齐。", "请刷新页面核对。")
        if found.case_id is not None:
            raise Refused("reserve.in_case", "这笔先行救助在案件中办理。", "请在案件页面补齐手续。")
        change = open_change(author=author_of(account), verb="complete_help_first", reason="补齐手续", source="备用金")
        return _complete(found, change, HelpOutcome.ENTITLED)


def confirm_help_first(*, change: Change, help_id: int) -> HelpFirst:
    """Note that the completed file supports the help: what was paid stands, nothing more is decided.

    Who may was settled by the case; a recovery proposed before lapses.
    """
    with transaction.atomic():
        found = _locked(help_id)
        if found.approved_by_id is not None or found.decision_id is not None:
            raise Refused("reserve.decided", "这笔先行救助已经作出结论。", "请刷新页面核对。")
        found.proposed_by, found.reason = None, ""
        found.save(update_fields=["proposed_by", "reason"])
        return _complete(found, change, HelpOutcome.ENTITLED)


def propose_help_first_outcome(*, account: Account, help_id: int, outcome: str, reason: str) -> HelpFirst:
    """Propose to recover or write off help that the completed file does not support; another person agrees."""
    require(account, PAY)
    if outcome not in (HelpOutcome.RECOVER, HelpOutcome.WRITE_OFF) or not reason.strip():
        raise Refused("reserve.outcome", "请选择追回或核销，并写明原因。", "请补全后再提交。")
    with transaction.atomic():
        found = _locked(help_id)
        refuse_elsewhere(account, found.township)
        if found.approved_by_id is not None or found.decision_id is not None or found.outcome == HelpOutcome.REVERSED:
            raise Refused("reserve.decided", "这笔先行救助已经作出结论。", "请刷新页面核对。")
        found.change = open_change(
            author=author_of(account), verb="propose_help_first", reason=reason[:200], source="备用金"
        )
        found.outcome, found.reason, found.proposed_by = outcome, reason.strip()[:200], account
        found.save(update_fields=["outcome", "reason", "proposed_by", "change"])
    return found


def approve_help_first_outcome(*, account: Account, help_id: int) -> HelpFirst:
    """Agree to recover (recovery dues are booked) or, at the county, to write off (the payment stands as it is)."""
    require(account, AGREE)
    with transaction.atomic():
        found = _locked(help_id)
        refuse_elsewhere(account, found.township)
        if found.outcome == HelpOutcome.WRITE_OFF:
            refuse_below_county(account)
        if found.outcome not in (HelpOutcome.RECOVER, HelpOutcome.WRITE_OFF) or found.approved_by_id is not None:
            raise Refused("reserve.not_open", "没有等待批准的处理意见。", "请刷新页面核对。")
        if found.proposed_by_id == account.pk:
            raise Refused("reserve.same_person", "提出处理意见的人不能自己批准。", "请由另一位有权限的人员办理。")
        change = open_change(author=author_of(account), verb="approve_help_first", reason=found.reason, source="备用金")
        found.approved_by = account
        found.save(update_fields=["approved_by"])
        if found.outcome == HelpOutcome.RECOVER:
            _book_recovery(found, change)
        return _complete(found, change, HelpOutcome(found.outcome))


def settle_help_first(*, change: Change, case_id: int, decision_id: int) -> None:
    """Tie help given first to the decision whose amount contains it; called when the decision's dues are made."""
    HelpFirst.objects.filter(case_id=case_id, decision_id__isnull=True).exclude(outcome=HelpOutcome.REVERSED).update(
        decision_id=decision_id, outcome=HelpOutcome.ENTITLED
    )
    record_help_first_file(change=change, case_id=case_id)


def _locked(help_id: int) -> HelpFirst:
    found = HelpFirst.objects.select_for_update().filter(pk=help_id).first()
    if found is None:
        raise Refused("reserve.unknown_help", "没有这笔先行救助。", "请从备用金页面进入。")
    return found


def _complete(found: HelpFirst, change: Change, outcome: HelpOutcome | None = None) -> HelpFirst:
    if outcome is not None:
        found.outcome = outcome
    found.completed_on, found.change = found.completed_on or clock.today(), change
    found.save(update_fields=["completed_on", "outcome", "change"])
    finish_tasks(change=change, owner=("reserve", found.entry_id))
    return found


def _book_recovery(found: HelpFirst, change: Change) -> None:
    """Book a recovery for every person helped, once, in the month of the payment."""
    dues = Due.objects.filter(reserve_share__request__entry=found.entry_id, state=DueState.LIVE)
    if found.case_id is not None:
        dues = Due.objects.filter(reserve_share__request__case_id=found.case_id, state=DueState.LIVE)
    sums: dict[tuple[int, dt.date], tuple[Due, int]] = {}
    for due in dues.order_by("id"):
        first, fen = sums.get((due.person_id, due.entitlement_month), (due, 0))
        sums[due.person_id, due.entitlement_month] = (first, fen + due.amount_fen)
    for first, fen in sums.values():
        Due.objects.create(
            county=first.county,
            township=first.township,
            benefit=first.benefit,
            component=first.component,
            kind=DueKind.RECOVERY,
            person_id=first.person_id,
            household_id=first.household_id,
            entitlement_month=first.entitlement_month,
            booked_month=booking_month(first.county, clock.today()),
            amount_fen=fen,
            cause=Cause.HELP_FIRST,
            state=DueState.LIVE,
            change=change,
        )
