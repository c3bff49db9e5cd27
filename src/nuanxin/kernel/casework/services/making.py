"""The maker's part of a decision: an opinion on a proposal, with the receipt frozen beside it."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.enums import Outcome, ProposalState
from nuanxin.kernel.casework.models import Decision, Proposal
from nuanxin.kernel.casework.values import Assessed
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change

BATCH = 2000
COLUMNS = [
    "county", "township", "proposal_id", "benefit", "kind", "person_id", "household_id", "opinion", "outcome",
    "maker_id", "made_on", "amount_fen", "persons", "reason", "release_id", "receipt", "receipt_sm3", "change_id",
]  # fmt: skip


def make_decision(*, maker: Account, proposal_id: int, outcome: str = "approved", reason: str = "") -> Decision:
    """Give the maker's opinion on one proposal; Refused when it is not open or outside the maker's area."""
    if not make_decisions(maker=maker, proposal_ids=[proposal_id], outcome=outcome, reason=reason):
        raise Refused("casework.not_open", "这条建议已经办理或已失效。", "请刷新列表后再办。")
    return Decision.objects.get(proposal_id=proposal_id)


def make_decisions(
    *, maker: Account, proposal_ids: Sequence[int], outcome: str = "approved", reason: str = ""
) -> list[int]:
    """Give the maker's opinion on many proposals, in batches; returns the ids of the decisions made.

    Proposals already decided, lapsed or outside the maker's area are left out. Each decision keeps the receipt as
    canonical text with its SM3 and the release that computed it.
    """
    require(maker, "cases.make")
    opinion = Outcome(outcome)
    if opinion == Outcome.PENDING:
        raise Refused("casework.outcome", "办理意见须为同意或不同意。", "请选择办理意见。")
    made: list[int] = []
    for start in range(0, len(proposal_ids), BATCH):
        made += _make(maker, list(proposal_ids[start : start + BATCH]), opinion, reason)
    return made


def _make(maker: Account, ids: list[int], opinion: Outcome, reason: str) -> list[int]:
    mine = area_filter(maker, "household__division") | area_filter(maker, "person__division")
    proposals = list(Proposal.objects.filter(mine, pk__in=ids, state=ProposalState.OPEN).order_by("id"))
    receipts = _receipts(proposals)
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


def subject_of(proposal: Proposal) -> int:
    """Return the id of the household or person whom the proposal is about."""
    return proposal.household_id or proposal.person_id or 0


def _receipts(proposals: Sequence[Proposal]) -> dict[int, tuple[Assessed | None, str]]:
    """Return by proposal what its assessment found and the release, one reading per run and benefit."""
    groups: dict[tuple[int, str], list[Proposal]] = defaultdict(list)
    for proposal in proposals:
        groups[proposal.assessment_run_id, proposal.benefit].append(proposal)
    found: dict[int, tuple[Assessed | None, str]] = {}
    for (run_id, benefit), group in groups.items():
        release = assessor().release_of(run_id)
        assessed = assessor().assessed(run_id, benefit, [subject_of(proposal) for proposal in group])
        found.update({one.pk: (assessed.get(subject_of(one)), release) for one in group})
    return found


def _row(
    proposal: Proposal,
    frozen: tuple[Assessed | None, str],
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
