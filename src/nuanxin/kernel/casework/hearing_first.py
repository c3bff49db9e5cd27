"""Which stops and cuts wait until the person was heard, by the law of the day."""

from collections.abc import Sequence

from nuanxin.kernel.casework.enums import CaseKind, HearingOutcome, ProposalKind
from nuanxin.kernel.casework.models import Hearing, Proposal
from nuanxin.kernel.casework.workflows import Workflow, find_workflow
from nuanxin.kernel.core import clock
from nuanxin.kernel.registry.selectors.money import deaths_of


def heard_or_free(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return those of the proposals that may be decided: no hearing is asked, it was held, or the person is dead."""
    places = {
        (one.county, one.benefit): one for one in proposals if one.kind in (ProposalKind.STOP, ProposalKind.CHANGE)
    }
    workflows = {key: _workflow(one) for key, one in places.items()}
    asked = {one.pk for one in proposals if _asks(one, workflows.get((one.county, one.benefit)))}
    if not asked:
        return list(proposals)
    grants = [one.grant_id for one in proposals if one.pk in asked and one.grant_id is not None]
    held = Hearing.objects.filter(case__grant_id__in=grants, case__closed_on__isnull=True)
    heard = set(held.exclude(outcome=HearingOutcome.INVITED).values_list("case__grant_id", flat=True))
    dead = deaths_of([one.person_id for one in proposals if one.pk in asked and one.person_id is not None])
    return [one for one in proposals if one.pk not in asked or one.grant_id in heard or one.person_id in dead]


def hearing_article(proposal: Proposal) -> str:
    """Return the clause that asks for the hearing."""
    workflow = _workflow(proposal)
    return workflow.version.hearing_article if workflow else ""


def _asks(proposal: Proposal, workflow: Workflow | None) -> bool:
    cut = proposal.kind == ProposalKind.CHANGE and proposal.after_fen < proposal.before_fen
    if not (cut or proposal.kind == ProposalKind.STOP):
        return False
    return workflow is not None and workflow.asks_hearing(proposal.kind)


def _workflow(proposal: Proposal) -> Workflow | None:
    return find_workflow(proposal.county, proposal.benefit, CaseKind.STOP, clock.today())
