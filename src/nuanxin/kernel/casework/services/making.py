"""The maker's part of a decision: an opinion on a proposal, with the receipt frozen beside it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Q

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework.assessed import assessed_text, assessor
from nuanxin.kernel.casework.county_matters import Circle, complained_about, undecided_complaints
from nuanxin.kernel.casework.enums import Outcome, ProposalState
from nuanxin.kernel.casework.hearing_first import heard_or_free, hearing_article
from nuanxin.kernel.casework.limits import beyond_limit, concerned_by_limits
from nuanxin.kernel.casework.models import Decision, Proposal
from nuanxin.kernel.casework.services.voiding import renewed_by, void_stale
from nuanxin.kernel.casework.values import Assessed
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import months_asked_once
from nuanxin.kernel.core.bulk import bulk_insert, uncollected
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change

BATCH = 2000
Found = tuple[Assessed | None, str]
NOT_IN_A_CASE = Q(case__isnull=True) | Q(case__closed_on__isnull=False)
COLUMNS = [
    "county", "township", "proposal_id", "benefit", "kind", "person_id", "household_id", "opinion", "outcome",
    "maker_id", "made_on", "amount_fen", "persons", "reason", "release_id", "receipt", "receipt_sm3", "change_id",
]  # fmt: skip


def make_decision(*, maker: Account, proposal_id: int, outcome: str = "approved", reason: str = "") -> Decision:
    """Give the maker's opinion on one proposal; Refused when it is not open, outside the maker's area, in a case, more
    than several decisions may grant, or a stop or cut whose person was not heard though the law of the day asks it.
    Void, and proposed anew where the rules now say otherwise, is one whose inputs changed since it was computed.
    """
    refuse_unfit(proposal_id, outcome)
    if not make_decisions(maker=maker, proposal_ids=[proposal_id], outcome=outcome, reason=reason):
        raise Refused("casework.not_open", "这条建议已经办理或已失效。", "请刷新列表后再办。")
    return Decision.objects.get(proposal_id=proposal_id)


def make_in_case(*, maker: Account, proposal_id: int, outcome: str, reason: str) -> Decision:
    """Give the maker's opinion on the proposal of a case; who may was settled by the case's workflow and place."""
    require(maker, "cases.make")
    if not _make(maker, [proposal_id], Outcome(outcome), reason, in_case=True):
        raise Refused("casework.not_open", "这条建议已经办理或已失效。", "请刷新案件后再办。")
    return Decision.objects.get(proposal_id=proposal_id)


@uncollected()
def make_decisions(
    *, maker: Account, proposal_ids: Sequence[int], outcome: str = "approved", reason: str = ""
) -> list[int]:
    """Give the maker's opinion on many proposals, in batches; returns the ids of the decisions made.

    Left out are proposals already decided, lapsed, void (inputs changed; proposed anew), outside the maker's area,
    handled as a case, on somebody with an undecided complaint, beyond what several decisions may grant together, or
    stops and cuts before the person was heard (社会救助法 第四十八条); Refused when nothing but such a one was chosen.
    Each decision keeps the receipt as canonical text with its SM3 and the release that computed it.
    """
    require(maker, "cases.make")
    opinion = Outcome(outcome)
    if opinion == Outcome.PENDING:
        raise Refused("casework.outcome", "办理意见须为同意或不同意。", "请选择办理意见。")
    made: list[int] = []
    circles = undecided_complaints(maker.area.rpartition(".")[2])
    for start in range(0, len(proposal_ids), BATCH):
        made += _make(maker, list(proposal_ids[start : start + BATCH]), opinion, reason, circles)
    if not made and len(proposal_ids) > 0:
        refuse_unfit(proposal_ids[0], outcome)
    return made


@months_asked_once()
def _make(
    maker: Account, ids: list[int], opinion: Outcome, reason: str, circles: Sequence[Circle] = (), in_case: bool = False
) -> list[int]:
    mine = area_filter(maker, "household__division") | area_filter(maker, "person__division")
    place = Q() if in_case else mine & NOT_IN_A_CASE
    proposals = list(Proposal.objects.filter(place, pk__in=ids, state=ProposalState.OPEN).order_by("id"))
    complained = complained_about(proposals, circles)
    proposals = [one for one in proposals if one.pk not in complained]
    if not in_case:
        void = void_stale(proposals)
        proposals = [one for one in proposals if one.pk not in void]
    if opinion == Outcome.APPROVED and not in_case:
        proposals = heard_or_free(proposals)
    receipts = receipts_of(proposals)
    if opinion == Outcome.APPROVED:
        proposals = within_limits(proposals, receipts, alone=in_case)
    with transaction.atomic():
        still = set(
            Proposal.objects.select_for_update()
            .filter(pk__in=[proposal.pk for proposal in proposals], state=ProposalState.OPEN)
            .values_list("id", flat=True)
        )
        proposals = [proposal for proposal in proposals if proposal.pk in still]
        if not proposals:
            return []
        change = open_change(
            author=author_of(maker),
            verb="make_decision",
            reason=reason or "经办意见",
            source="月度建议",
            rows=len(still),
        )
        Decision.objects.filter(proposal__in=proposals, outcome=Outcome.PENDING).delete()
        rows = [_row(proposal, receipts[proposal.pk], maker, opinion, reason, change) for proposal in proposals]
        bulk_insert(model=Decision, columns=COLUMNS, rows=rows)
        Proposal.objects.filter(pk__in=still).update(state=ProposalState.MADE)
    return list(Decision.objects.filter(proposal__in=proposals).order_by("id").values_list("id", flat=True))


def within_limits(proposals: Sequence[Proposal], receipts: Mapping[int, Found], *, alone: bool) -> list[Proposal]:
    """Return the proposals that limits over several decisions let pass; where one stands alone, Refused with why."""
    within, concerned = [], concerned_by_limits(proposals)
    for proposal in proposals:
        assessed = receipts[proposal.pk][0] if proposal.pk in concerned else None
        refusal = beyond_limit(proposal, assessed.receipt) if assessed else None
        if refusal is None:
            within.append(proposal)
        elif alone:
            raise refusal
    return within


def subject_of(proposal: Proposal) -> int:
    """Return the id of the household or person whom the proposal is about."""
    return proposal.household_id or proposal.person_id or 0


def refuse_unfit(proposal_id: int, outcome: str) -> None:
    """Say why a proposal cannot be agreed to: handled as a case, a stop or cut of one unheard, too much together."""
    proposal = Proposal.objects.filter(pk=proposal_id).first()
    if proposal is None or proposal.state != ProposalState.OPEN:
        refuse_void(proposal)
        return
    if Proposal.objects.filter(NOT_IN_A_CASE, pk=proposal_id).first() is None:
        raise Refused("casework.in_case", "这条建议正在案件中办理。", "请打开案件继续办理。")
    refuse_complained(proposal)
    if void_stale([proposal]):
        proposal.refresh_from_db()
        refuse_void(proposal)
    if outcome == Outcome.APPROVED and not heard_or_free([proposal]):
        raise Refused(
            "casework.hearing",
            f"调减、终止前应当先听取当事人意见({hearing_article(proposal)})，不能直接停发或调减。",
            "请按停发案件办理：先通知当事人并听取意见。",
        )
    if outcome == Outcome.APPROVED:
        within_limits([proposal], receipts_of([proposal]), alone=True)


def refuse_void(proposal: Proposal | None) -> None:
    """Refuse a proposal that is void, with what changed and what stands in its place."""
    if proposal is None or not proposal.void_because:
        return
    renewed = renewed_by(proposal)
    todo = "已按现在的情况重新测算，请办理新的建议。" if renewed else "按现在的情况没有需要办理的，或有事项待查清。"
    raise Refused("casework.void", f"测算之后情况有变动（{proposal.void_because}），这条建议已作废。", todo)


def refuse_complained(proposal: Proposal) -> None:
    """Refuse to decide from a list what the month proposes for somebody with an undecided complaint."""
    appeal = complained_about([proposal], undecided_complaints(proposal.county)).get(proposal.pk)
    if appeal is not None:
        raise Refused(
            "casework.complained",
            f"对象有未办结的{appeal.get_kind_display()}（{appeal.number}），不能在月度建议中直接办理。",
            "请按案件办理，由县级入户调查(57号 第二十条)；已经办的先退回经办，退回后自动转为案件。",
        )


def receipts_of(proposals: Sequence[Proposal]) -> dict[int, Found]:
    """Return by proposal what its assessment found and the release, one reading per run and benefit."""
    groups: dict[tuple[int, str], list[Proposal]] = defaultdict(list)
    found: dict[int, Found] = {}
    for proposal in proposals:
        if proposal.assessment_run_id is None:
            found[proposal.pk] = (frozen_in(proposal), proposal.release_id)
        else:
            groups[proposal.assessment_run_id, proposal.benefit].append(proposal)
    for (run_id, benefit), group in groups.items():
        release = assessor().release_of(run_id)
        assessed = assessor().assessed(run_id, benefit, [subject_of(proposal) for proposal in group])
        found.update({one.pk: (assessed.get(subject_of(one)), release) for one in group})
    return found


def frozen_in(proposal: Proposal) -> Assessed | None:
    """Return what a proposal from the counter froze."""
    return assessed_text(proposal.receipt, assessor().rule(proposal.county, proposal.month, proposal.benefit))


def _row(
    proposal: Proposal,
    frozen: Found,
    maker: Account,
    opinion: Outcome,
    reason: str,
    change: Change,
) -> tuple[object, ...]:
    assessed, release = frozen
    receipt = assessed.receipt if assessed else "{}"
    return (
        proposal.county, proposal.township, proposal.pk, proposal.benefit, proposal.kind, proposal.person_id,
        proposal.household_id, opinion.value, Outcome.PENDING.value, maker.pk, clock.today(), proposal.after_fen,
        proposal.persons_after, reason, release, receipt, sm3_hex(receipt), change.pk,
    )  # fmt: skip
