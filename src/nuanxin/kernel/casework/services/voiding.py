"""Results whose inputs changed are void: said why, and computed anew before anybody can agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.enums import ApplicationState, Outcome, ProposalKind, ProposalState
from nuanxin.kernel.casework.models import Application, Decision, Proposal
from nuanxin.kernel.casework.staleness import live_now, stale_proposals
from nuanxin.kernel.casework.values import Live
from nuanxin.kernel.core.changes import Author, current_mark, open_change
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.standing import standing_grants

UNDECIDED = (ProposalState.OPEN, ProposalState.MADE)
AUTHOR = Author("系统")


@dataclass(frozen=True)
class _Result:
    """What the rules say anew of a proposal's subject."""

    kind: str
    cause: str
    before: tuple[int, int]
    after: tuple[int, int]


def void_stale(proposals: Sequence[Proposal]) -> dict[int, tuple[str, ...]]:
    """Make void those of the month's undecided proposals whose inputs changed, and propose anew what the rules say now.

    Returns by proposal what changed, in words. One that a case handles is left to the case (`effects.make`). Where
    nothing is to change any more, or something is not known, nothing is proposed anew.
    """
    stale = stale_proposals(proposals)
    listed = [one for one in proposals if one.pk in stale]
    if not listed:
        return {}
    lives = {one.pk: live_now(one) for one in listed}
    with transaction.atomic():
        rows = Proposal.objects.select_for_update().filter(pk__in=list(stale), state__in=UNDECIDED)
        still = set(rows.values_list("id", flat=True))
        change = open_change(
            author=AUTHOR, verb="void_proposals", reason="测算依据有变动", source="月度建议", rows=len(still)
        )
        for one in listed:
            if one.pk in still:
                _void(one, stale[one.pk])
                _propose_anew(one, lives[one.pk], change)
    return stale


def _void(one: Proposal, words: Sequence[str]) -> None:
    because = "；".join(words)[:200]
    Decision.objects.filter(proposal=one, outcome=Outcome.PENDING).delete()
    Proposal.objects.filter(pk=one.pk).update(state=ProposalState.SUPERSEDED, void_because=because)


def _propose_anew(one: Proposal, live: Live, change: Change) -> Proposal | None:
    result = _result(one, live)
    if result is None:
        return None
    mark = current_mark()
    return Proposal.objects.create(
        county=one.county, township=one.township, month=one.month, benefit=one.benefit, kind=result.kind,
        person_id=one.person_id, household_id=one.household_id, grant_id=one.grant_id,
        application_id=one.application_id, before_fen=result.before[0], after_fen=result.after[0],
        persons_before=result.before[1], persons_after=result.after[1], cause=result.cause,
        key=f"{one.key.partition('~')[0]}~{change.pk}", receipt=live.assessed.receipt if live.assessed else "",
        release_id=assessor().keep(live, one.county), inputs=live.inputs, inputs_change_id=mark.change_id,
        inputs_at=mark.at, state=ProposalState.OPEN, change=change,
    )  # fmt: skip


def _result(one: Proposal, live: Live) -> _Result | None:
    """Return what is to be proposed now, None when nothing is, or when a question is open."""
    after = (live.amount_fen, len(live.persons))
    if live.granted is None:
        return None
    if one.grant_id is None:
        return _answer(one, live, after)
    held = standing_grants(one.county, [one.benefit], grant_id=one.grant_id)
    if not held:
        return None
    before = (held[0].fen, len(held[0].persons))
    if not live.granted or not live.persons:
        return _Result(ProposalKind.STOP, "not_eligible" if live.assessed else "not_applicable", before, (0, 0))
    if before == after:
        return None
    return _Result(ProposalKind.CHANGE, "circumstance" if before[1] == after[1] else "membership", before, after)


def _answer(one: Proposal, live: Live, after: tuple[int, int]) -> _Result | None:
    if not Application.objects.filter(pk=one.application_id or 0, state=ApplicationState.FILED).exists():
        return None
    if live.granted:
        return _Result(ProposalKind.START, "application", (0, 0), after)
    return _Result(ProposalKind.REFUSE, "not_eligible" if live.assessed else "not_applicable", (0, 0), (0, 0))


def renewed_by(proposal: Proposal) -> Proposal | None:
    """Return the proposal that stands in the place of a void one, None when there is none."""
    base = proposal.key.partition("~")[0]
    rows = Proposal.objects.filter(key__startswith=f"{base}~", pk__gt=proposal.pk, state__in=UNDECIDED)
    return rows.order_by("-id").first()


def words_of(stale: Mapping[int, Sequence[str]]) -> str:
    """Return what changed, each once, for a sentence."""
    return "、".join(dict.fromkeys(word for words in stale.values() for word in words))
