"""Why proposals that were chosen could not be acted on, each with its true reason, after the act."""

from collections.abc import Sequence

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter
from nuanxin.kernel.casework.county_matters import complained_about, undecided_complaints
from nuanxin.kernel.casework.enums import Outcome, ProposalKind, ProposalState
from nuanxin.kernel.casework.hearing_first import heard_or_free, hearing_article
from nuanxin.kernel.casework.limits import beyond_limit
from nuanxin.kernel.casework.models import Decision, Proposal
from nuanxin.kernel.casework.services.making import NOT_IN_A_CASE, receipts_of
from nuanxin.kernel.casework.services.voiding import renewed_by
from nuanxin.kernel.grants.standing import standing_grants

Reasons = dict[int, str]


def unmade_reasons(*, maker: Account, proposal_ids: Sequence[int]) -> Reasons:
    """Return by proposal why the maker's agreement did not reach it; those it reached are left out."""
    rows = list(Proposal.objects.filter(pk__in=list(proposal_ids)).order_by("id"))
    mine = set(Decision.objects.filter(proposal__in=rows, maker=maker).values_list("proposal_id", flat=True))
    left = [one for one in rows if one.pk not in mine or one.state == ProposalState.SUPERSEDED]
    reasons = _shared(maker, left)
    waiting = [one for one in left if one.pk not in reasons]
    free = {one.pk for one in heard_or_free(waiting)}
    for one in waiting:
        if one.pk not in free:
            reasons[one.pk] = f"调减、停发须先听取当事人意见（{hearing_article(one)}），请转为案件办理"
    return reasons | _beyond([one for one in waiting if one.pk not in reasons])


def unchecked_reasons(*, checker: Account, proposal_ids: Sequence[int]) -> Reasons:
    """Return by proposal why the checker's agreement took no effect; those it reached are left out."""
    rows = list(Proposal.objects.filter(pk__in=list(proposal_ids)).exclude(state__in=_DONE).order_by("id"))
    reasons = _shared(checker, rows, open_state=ProposalState.MADE)
    own = set(Decision.objects.filter(proposal__in=rows, maker=checker).values_list("proposal_id", flat=True))
    for one in rows:
        if one.pk in own:
            reasons[one.pk] = "您自己经办的，须由另一人复核"
        elif one.pk not in reasons:
            reasons[one.pk] = _no_effect(one)
    return reasons


_DONE = (ProposalState.APPROVED, ProposalState.REJECTED)


def _shared(account: Account, rows: Sequence[Proposal], open_state: str = ProposalState.OPEN) -> Reasons:
    """Return the reasons that hold for makers and checkers alike."""
    ids = [one.pk for one in rows]
    near = area_filter(account, "household__division") | area_filter(account, "person__division")
    inside = set(Proposal.objects.filter(near, pk__in=ids).values_list("id", flat=True))
    free = set(Proposal.objects.filter(NOT_IN_A_CASE, pk__in=ids).values_list("id", flat=True))
    complained = complained_about(list(rows), undecided_complaints(account.area.rpartition(".")[2])) if rows else {}
    reasons: Reasons = {}
    for one in rows:
        if one.state == ProposalState.SUPERSEDED:
            reasons[one.pk] = _void(one)
        elif one.state != open_state:
            reasons[one.pk] = f"已由他人办理（{one.get_state_display()}）"
        elif one.pk not in free:
            reasons[one.pk] = "正在案件中办理，请打开案件"
        elif one.pk in complained:
            reasons[one.pk] = f"有未办结的{complained[one.pk].get_kind_display()}，须按案件办理"
        elif one.pk not in inside:
            reasons[one.pk] = "不在您的管辖范围内"
    return reasons


def _void(one: Proposal) -> str:
    if not one.void_because:
        return "已失效：下月已重新测算"
    anew = "已重新测算，请办理新的建议" if renewed_by(one) else "按现在的情况不再需要办理，或有事项待查清"
    return f"测算后{one.void_because}，原建议作废；{anew}"


def _beyond(rows: Sequence[Proposal]) -> Reasons:
    receipts = receipts_of(rows)
    reasons = {}
    for one in rows:
        assessed = receipts[one.pk][0]
        refusal = beyond_limit(one, assessed.receipt) if assessed else None
        reasons[one.pk] = refusal.message if refusal else "现在不能办理，请打开逐件核对"
    return reasons


def _no_effect(one: Proposal) -> str:
    decision = Decision.objects.filter(proposal=one, outcome=Outcome.PENDING).first()
    refusal = beyond_limit(one, decision.receipt) if decision else None
    if refusal is not None:
        return refusal.message
    if one.kind == ProposalKind.START:
        return "对象已在享受这项待遇"
    ended = one.grant_id is None or not standing_grants(one.county, [one.benefit], grant_id=one.grant_id)
    return "这项待遇已经停发" if ended else "现在不能生效，请退回经办核对"
