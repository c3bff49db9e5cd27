"""What a move does beside moving: freezing the receipt, deciding, hearing, objecting, closing applications."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import account_by_id, sees_path
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.enums import (
    ApplicationState,
    HearingOutcome,
    Outcome,
    ProposalKind,
    ProposalState,
)
from nuanxin.kernel.casework.limits import beyond_limit
from nuanxin.kernel.casework.models import Application, Case, Decision, Hearing, Objection, Proposal, PublicNotice
from nuanxin.kernel.casework.move_effects import Acting, register_move_effect
from nuanxin.kernel.casework.needs import questions_open
from nuanxin.kernel.casework.services.checking import check_in_case, return_in_case
from nuanxin.kernel.casework.services.making import make_in_case
from nuanxin.kernel.casework.staleness import changed_since
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.changes import current_mark
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan


def current_proposal(case: Case) -> Proposal | None:
    """Return the proposal the case stands on."""
    return Proposal.objects.filter(case=case).exclude(state=ProposalState.SUPERSEDED).order_by("-id").first()


def freeze(acting: Acting) -> None:
    """Freeze the counter's receipt, its release and the rows below it into a proposal; an older open one lapses.

    Refused with rule N83-1-1 when only some members of an eligible household are to be taken in, and when it would be
    more than several decisions together may grant.
    """
    case, live = acting.case, acting.situation.live
    kind, cause = _kind(acting)
    _refuse_partial(acting)
    unfreeze(acting)
    before, persons_before = acting.situation.in_force
    assessed, mark = live.assessed, current_mark()
    rule = assessor().rule(case.county, live.month, case.benefit)
    proposal = Proposal.objects.create(
        county=case.county,
        township=case.township,
        month=live.month,
        benefit=case.benefit,
        kind=kind,
        person_id=case.person_id if rule.pays == "person" else None,
        household_id=case.household_id if rule.pays == "household" else None,
        grant_id=case.grant_id,
        application_id=case.application_id,
        before_fen=before,
        after_fen=live.amount_fen,
        persons_before=persons_before,
        persons_after=len(live.persons),
        cause=cause,
        key=f"case:{case.pk}:{case.version}",
        case=case,
        receipt=assessed.receipt if assessed else "",
        release_id=assessor().keep(live, case.county),
        inputs=live.inputs,
        inputs_change_id=mark.change_id,
        inputs_at=mark.at,
        state=ProposalState.OPEN,
        change=acting.change,
    )
    if refusal := beyond_limit(proposal, proposal.receipt):
        raise refusal


def _kind(acting: Acting) -> tuple[str, str]:
    """Return what the live receipt proposes for the case, and why."""
    live, case = acting.situation.live, acting.case
    if live.granted is None:
        raise questions_open(live)
    if case.grant_id is None:
        if live.granted:
            return ProposalKind.START, "application"
        return ProposalKind.REFUSE, "not_eligible" if live.assessed else "not_applicable"
    if not live.granted:
        return ProposalKind.STOP, case.cause
    if (live.amount_fen, len(live.persons)) == acting.situation.in_force:
        raise Refused("casework.no_change", "测算结果与现行待遇一致，没有需要调整的。", "请选择“维持不变”。")
    return ProposalKind.CHANGE, case.cause


def _refuse_partial(acting: Acting) -> None:
    chosen = acting.data.get("persons")
    counted = {one.person_id for one in acting.situation.live.persons}
    if chosen is not None and counted and {int(one) for one in chosen} != counted:
        raise Refused(
            "N83-1-1",
            "符合条件的家庭应当整户纳入，不得仅将个别家庭成员纳入(民发〔2022〕83号 一(一))。",
            "请按全部共同生活的家庭成员确认；成员有变化的，先更正家庭成员。",
        )


def unfreeze(acting: Acting) -> None:
    """Let the case's undecided proposal lapse."""
    Proposal.objects.filter(case=acting.case, state=ProposalState.OPEN).update(state=ProposalState.SUPERSEDED)


def make(acting: Acting) -> None:
    """Give the maker's opinion on the case's proposal (`outcome` in the data: approved unless said otherwise)."""
    proposal = _fresh(acting, _proposal(acting, ProposalState.OPEN))
    outcome = str(acting.data.get("outcome", Outcome.APPROVED))
    if outcome not in (Outcome.APPROVED, Outcome.REJECTED):
        raise Refused("casework.outcome", "办理意见须为同意或不同意。", "请选择办理意见。")
    if outcome == Outcome.REJECTED and len(acting.note.strip()) < 2:
        raise Refused("casework.words", "不同意的意见须写明理由。", "请填写说明。")
    acting.decision = make_in_case(
        maker=acting.actor(), proposal_id=proposal.pk, outcome=outcome, reason=acting.note[:200]
    )


def _fresh(acting: Acting, proposal: Proposal) -> Proposal:
    """Return the case's proposal as computed from what is known now; Refused when the result is another one."""
    changed = changed_since(proposal)
    if not changed:
        return proposal
    live = acting.situation.live
    now = (live.granted, live.amount_fen, len(live.persons))
    then = (proposal.kind in (ProposalKind.START, ProposalKind.CHANGE), proposal.after_fen, proposal.persons_after)
    if now != then:
        raise Refused(
            "casework.void",
            f"提出意见之后情况有变动（{changed}），原测算{yuan(proposal.after_fen)}元作废，"
            f"现在为{'待查清' if live.granted is None else yuan(live.amount_fen) + '元'}。",
            "请退回核查，按现在的情况重新提出意见；已经公示的须重新公示。",
        )
    Decision.objects.filter(proposal=proposal, outcome=Outcome.PENDING).delete()
    freeze(acting)
    return _proposal(acting, ProposalState.OPEN)


def check(acting: Acting) -> None:
    """Let the checker agree; what was decided takes effect in the move's transaction. Refused when it is void."""
    proposal = _proposal(acting, ProposalState.MADE)
    if case_words := changed_since(proposal):
        raise Refused(
            "casework.void", f"提出意见之后情况有变动（{case_words}），原测算结果作废，不能据此审定。",
            "请退回经办，按现在的情况重新测算后再报。",
        )  # fmt: skip
    decision = Decision.objects.get(proposal=proposal)
    acting.decision = check_in_case(checker=acting.actor(), decision_id=decision.pk)


def give_back(acting: Acting) -> None:
    """Give the decision back to its maker with the reason."""
    proposal = _proposal(acting, ProposalState.MADE)
    decision = Decision.objects.get(proposal=proposal)
    return_in_case(checker=acting.actor(), decision_id=decision.pk, reason=acting.note)


def _proposal(acting: Acting, state: str) -> Proposal:
    proposal = Proposal.objects.filter(case=acting.case, state=state).order_by("-id").first()
    if proposal is None:
        raise Refused("casework.no_proposal", "本案还没有可办理的意见。", "请先提出初审意见。")
    return proposal


def withdraw(acting: Acting) -> None:
    """Close the application as withdrawn; its proposal lapses."""
    unfreeze(acting)
    _close_application(acting, ApplicationState.WITHDRAWN)


def settle(acting: Acting) -> None:
    """Close the application as helped: what was paid first stands, nothing else is decided."""
    _close_application(acting, ApplicationState.APPROVED)


def reject(acting: Acting) -> None:
    """Close the application as refused without a decision on money."""
    _close_application(acting, ApplicationState.REFUSED)


def _close_application(acting: Acting, state: ApplicationState) -> None:
    if acting.case.application_id is not None:
        filed = Application.objects.filter(pk=acting.case.application_id, state=ApplicationState.FILED)
        filed.update(state=state, change=acting.change)


def ask(acting: Acting) -> None:
    """Note the day on which the missing papers were told."""
    acting.case.asked_on = acting.today


def invite(acting: Acting) -> None:
    """Record that the person was invited to be heard."""
    case = acting.case
    Hearing.objects.create(
        case=case,
        person_id=case.person_id,
        county=case.county,
        township=case.township,
        benefit=case.benefit,
        invited_on=acting.today,
        place=str(acting.data.get("place", ""))[:120],
        booked_month=booking_month(case.county, acting.today),
        change=acting.change,
    )


def hear(acting: Acting) -> None:
    """Record what the person said before two hearers, or that nobody came."""
    hearing = Hearing.objects.filter(case=acting.case, outcome=HearingOutcome.INVITED).order_by("-id").first()
    if hearing is None:
        raise Refused("casework.not_invited", "还没有通知当事人听取意见。", "请先发出听取意见通知书。")
    held, outcome, second = _heard(acting.data)
    first = acting.actor()
    if second is None or second.pk == first.pk or not second.is_active:
        raise Refused("casework.two_hearers", "听取意见须由两名不同的工作人员进行。", "请选择另一名在岗人员。")
    if not (sees_path(second, acting.case.handled_in.path) or sees_path(second, acting.case.accepted_in.path)):
        raise Refused("casework.hearer_area", "第二名工作人员不在本案的管辖范围内。", "请选择本乡镇或县局人员。")
    statement = str(acting.data.get("statement", "")).strip()
    if not hearing.invited_on <= held <= acting.today:
        raise Refused("casework.hearing_date", "听取意见的日期应在通知之后、今天或以前。", "请核对日期。")
    if outcome == HearingOutcome.INVITED or (outcome != HearingOutcome.ABSENT and not statement):
        raise Refused("casework.statement", "请记录当事人的意见。", "当事人未到的，请选择“经通知未到”。")
    hearing.held_on, hearing.first_hearer, hearing.second_hearer = held, first, second
    hearing.statement, hearing.outcome, hearing.change = statement[:1000], outcome, acting.change
    hearing.place = str(acting.data.get("place", hearing.place))[:120]
    hearing.save()


def _heard(data: Mapping[str, Any]) -> tuple[dt.date, str, Account | None]:
    """Return date, outcome and second hearer as handed in, or refuse what cannot be read."""
    try:
        held, second = dt.date.fromisoformat(str(data.get("on", ""))), int(data.get("second_id") or 0)
    except ValueError as error:
        raise Refused("casework.hearing_date", "听取意见的日期或人员写法不对。", "请重新选择。") from error
    outcome = str(data.get("outcome", ""))
    if outcome not in HearingOutcome.values:
        raise Refused("casework.hearing_outcome", "听取意见的结果应为无异议、有异议或经通知未到。", "请选择结果。")
    return held, outcome, account_by_id(second)


def object_(acting: Acting) -> None:
    """Record an objection against the notice that hangs."""
    notice = PublicNotice.objects.get(case=acting.case, closed_on__isnull=True)
    Objection.objects.create(
        notice=notice,
        raised_by=str(acting.data["raised_by"])[:60],
        words=str(acting.data["words"])[:500],
        on=acting.today,
        received_by=acting.actor(),
        change=acting.change,
    )


def extend(acting: Acting) -> None:
    """Put the whole clock to the special length that the law gives."""
    from nuanxin.kernel.casework.clocks import due_after

    special, start = acting.situation.workflow.version.special, acting.case.accepted_on
    if special is None or start is None:
        raise Refused("casework.no_extension", "本流程没有规定可以延长期限。", "请在期限内办结。")
    acting.case.whole_due_on = due_after(special, start)


for _word, _func in {
    "freeze": freeze,
    "unfreeze": unfreeze,
    "make": make,
    "check": check,
    "return": give_back,
    "withdraw": withdraw,
    "settle": settle,
    "reject": reject,
    "ask": ask,
    "invite": invite,
    "hear": hear,
    "object": object_,
    "extend": extend,
}.items():
    register_move_effect(_word, _func)
