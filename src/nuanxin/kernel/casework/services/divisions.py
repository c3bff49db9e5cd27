"""Open cases of a village or township that was merged are handled in the place it went into."""

from nuanxin.kernel.casework.enums import ProposalState
from nuanxin.kernel.casework.models import Case, Proposal
from nuanxin.kernel.registry.events import DivisionNotice, register_division_handler

TOWNSHIP = 9


def register_handlers() -> None:
    """Tell the registry what this room does when places are merged."""
    register_division_handler(follow_division)


def follow_division(notice: DivisionNotice) -> None:
    """Hand open cases and waiting proposals over."""
    township = notice.into[:TOWNSHIP]
    waiting = Case.objects.filter(closed_on__isnull=True)
    waiting.filter(handled_in_id=notice.code).update(handled_in_id=notice.into, township=township)
    Proposal.objects.filter(township=notice.code, state=ProposalState.OPEN).update(township=township)
