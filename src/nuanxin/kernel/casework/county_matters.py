"""What makes a case the county's own to look into: a near relative of the handler or a cadre, or a complaint.

Both work alike (57号 第二十条): where deciding is delegated such a case goes to the county all the same, and a move
needs what its `county_needs` say, as a rule that somebody of the county went there. So what the month proposes for
somebody complained about is no matter for a list: it is handled as a case.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from nuanxin.kernel.casework.enums import RIGHT, AppealKind, AppealState, CaseKind, ProposalKind
from nuanxin.kernel.casework.models import Appeal, Case, Proposal
from nuanxin.kernel.casework.workflows import Workflow, find_workflow
from nuanxin.kernel.core import clock
from nuanxin.kernel.registry.selectors import household_of, members_of

COMPLAINTS = (AppealKind.REPORT, AppealKind.COMPLAINT)
CASE_KINDS = {
    ProposalKind.START: CaseKind.APPLY,
    ProposalKind.REFUSE: CaseKind.APPLY,
    ProposalKind.CHANGE: CaseKind.CHANGE,
    ProposalKind.STOP: CaseKind.STOP,
}


@dataclass(frozen=True)
class Circle:
    """An undecided complaint with the people and households it may be about."""

    appeal: Appeal
    persons: frozenset[int]
    homes: frozenset[int]

    def meets(self, proposal: Proposal) -> bool:
        """Tell whether a proposal is about one of them, the benefit left aside."""
        return proposal.person_id in self.persons or proposal.household_id in self.homes


def complaints_about(case: Case, workflow: Workflow) -> list[Appeal]:
    """Return the reports and complaints that a case has to answer, the oldest first.

    They name a person or the household of the case, and no benefit or one of the workflow's; they are undecided, or
    were found right while the case was open, or led to it. What was found wrong asks for nothing any more.
    """
    persons, homes = _circle(case.person_id, case.household_id)
    about = Q(person_id__in=persons) | Q(household_id__in=homes)
    since = Q(decided_on__gte=case.opened_on)
    right = Q(outcome__in=RIGHT) & (since | Q(review__case_id=case.pk) if case.pk else since)
    rows = Appeal.objects.filter(about, ~Q(state=AppealState.DECIDED) | right, county=case.county, kind__in=COMPLAINTS)
    return list(rows.filter(benefit__in=["", *workflow.benefits]).order_by("received_on", "id"))


def is_countys(case: Case, workflow: Workflow) -> bool:
    """Tell whether the county has to look into a case itself, whatever it delegates."""
    return case.near_relative or bool(complaints_about(case, workflow))


def cases_touched(appeal: Appeal) -> list[Case]:
    """Return the open cases of the people and the household that an appeal names, locked, the oldest first."""
    persons, homes = _circle(appeal.person_id, appeal.household_id)
    about = Q(person_id__in=persons) | Q(household_id__in=homes)
    rows = Case.objects.select_for_update().filter(about, county=appeal.county, closed_on__isnull=True)
    return list(rows.order_by("id"))


def _circle(person_id: int | None, household_id: int | None) -> tuple[set[int], set[int]]:
    """Return the people and households meant by one of them today: a household with its members."""
    today = clock.today()
    home = household_id
    if home is None and person_id is not None:
        lives_in = household_of(person_id, today)
        home = lives_in.pk if lives_in else None
    persons = {person_id} if person_id is not None else set()
    if home is None:
        return persons, set()
    return persons | set(members_of(home, today).values_list("person_id", flat=True)), {home}


def undecided_complaints(code: str) -> list[Circle]:
    """Return the undecided reports and complaints of the county of a code, or of all below it, the oldest first."""
    rows = Appeal.objects.filter(~Q(state=AppealState.DECIDED), county__startswith=code[:6], kind__in=COMPLAINTS)
    found = []
    for appeal in rows.order_by("received_on", "id"):
        persons, homes = _circle(appeal.person_id, appeal.household_id)
        found.append(Circle(appeal, frozenset(persons), frozenset(homes)))
    return found


def complained_about(proposals: Sequence[Proposal], circles: Sequence[Circle]) -> dict[int, Appeal]:
    """Return by id those of the proposals that a complaint keeps out of lists, with it: their workflow handles them."""
    found: dict[int, Appeal] = {}
    for one in proposals if circles else ():
        for circle in circles:
            if one.pk not in found and circle.meets(one) and _is_about(circle.appeal, one):
                found[one.pk] = circle.appeal
    return found


def _is_about(appeal: Appeal, proposal: Proposal) -> bool:
    kind = CASE_KINDS[ProposalKind(proposal.kind)]
    workflow = find_workflow(proposal.county, proposal.benefit, kind, clock.today())
    return workflow is not None and appeal.benefit in ("", *workflow.benefits)
