"""Reading applications, proposals and decisions."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from nuanxin.kernel.casework.enums import ApplicationState, Outcome, ProposalKind, ProposalState
from nuanxin.kernel.casework.models import Application, Decision, Proposal


def applications_in(county: str) -> QuerySet[Application]:
    """Return the county's applications, newest first."""
    return Application.objects.filter(county=county).select_related("person", "division").order_by("-filed_on", "-id")


def open_applications(county: str, benefit: str | None = None) -> QuerySet[Application]:
    """Return applications that nobody has decided."""
    rows = applications_in(county).filter(state=ApplicationState.FILED)
    return rows.filter(benefit=benefit) if benefit else rows


def applications_of(person_ids: Sequence[int]) -> QuerySet[Application]:
    """Return the applications that people filed, newest first."""
    return Application.objects.filter(person_id__in=list(person_ids)).order_by("-filed_on", "-id")


def proposals_in(county: str, month: dt.date | None = None, state: str | None = None) -> QuerySet[Proposal]:
    """Return the county's proposals with before, after and cause, for lists; of a month and state when given."""
    rows = Proposal.objects.filter(county=county).select_related("person", "household", "application", "decision")
    if month is not None:
        rows = rows.filter(month=month)
    return (rows.filter(state=state) if state else rows).order_by("benefit", "kind", "township", "id")


def open_proposal_ids(county: str, month: dt.date, benefit: str | None = None) -> list[int]:
    """Return the ids of the month's proposals that wait for a maker; what a case handles waits on the case's page."""
    free = Q(case__isnull=True) | Q(case__closed_on__isnull=False)
    rows = Proposal.objects.filter(free, county=county, month=month, state=ProposalState.OPEN)
    return list((rows.filter(benefit=benefit) if benefit else rows).order_by("id").values_list("id", flat=True))


def proposal_counts(county: str, month: dt.date) -> list[tuple[str, str, str, int]]:
    """Return (benefit, kind, state, count) of the month's proposals."""
    rows = Proposal.objects.filter(county=county, month=month).values_list("benefit", "kind", "state")
    return list(rows.annotate(count=Count("id")).order_by("benefit", "kind", "state"))


def proposal_by_id(proposal_id: int) -> Proposal | None:
    """Return a proposal with its decision, None when there is none."""
    return Proposal.objects.filter(pk=proposal_id).select_related("decision", "application").first()


def rejected_before(county: str, month: dt.date) -> set[tuple[int, str, int]]:
    """Return (grant, kind, amount) of proposals people rejected in earlier months: not proposed again unchanged."""
    rows = Proposal.objects.filter(county=county, month__lt=month, state=ProposalState.REJECTED, grant__isnull=False)
    found = rows.values_list("grant_id", "kind", "after_fen")
    return {(grant, kind, fen) for grant, kind, fen in found if grant is not None}


def pending_decision_ids(county: str, benefit: str | None = None) -> list[int]:
    """Return the ids of decisions that wait for a checker; a case's waits on the case's page."""
    free = Q(proposal__case__isnull=True) | Q(proposal__case__closed_on__isnull=False)
    rows = Decision.objects.filter(free, county=county, outcome=Outcome.PENDING, proposal__state=ProposalState.MADE)
    return list((rows.filter(benefit=benefit) if benefit else rows).order_by("id").values_list("id", flat=True))


def decisions_in(county: str) -> QuerySet[Decision]:
    """Return the county's decisions, newest first."""
    rows = Decision.objects.filter(county=county).select_related("proposal", "maker", "checker", "person", "household")
    return rows.order_by("-id")


def decisions_of(*, person_ids: Sequence[int] = (), household_id: int | None = None) -> QuerySet[Decision]:
    """Return the decisions on people and on a household, newest first."""
    people = Decision.objects.filter(person_id__in=list(person_ids))
    rows = people | Decision.objects.filter(household_id=household_id) if household_id is not None else people
    return rows.select_related("proposal", "maker", "checker").order_by("-id")


def decision_by_id(decision_id: int) -> Decision | None:
    """Return a decision, None when there is none."""
    return Decision.objects.filter(pk=decision_id).select_related("proposal", "maker", "checker").first()


def application_subjects(benefit: str) -> QuerySet[Application, Any]:
    """Return, as a subquery, the people for whom a benefit is asked or was granted."""
    states = [ApplicationState.FILED, ApplicationState.APPROVED]
    return Application.objects.filter(benefit=benefit, state__in=states).values("person_id")


def approved_starts(county: str, benefits: Sequence[str], month: dt.date) -> QuerySet[Decision]:
    """Return the approved starts of benefits whose first month is at or before the month: for what is paid once."""
    return Decision.objects.filter(
        county=county,
        benefit__in=list(benefits),
        kind=ProposalKind.START,
        outcome=Outcome.APPROVED,
        effective_from__lte=month,
    ).select_related("proposal__application")


def decisions_to_tell(county: str, month: dt.date) -> QuerySet[Decision]:
    """Return the changes and stops that two people have agreed to on proposals of a month, without those of cases."""
    return Decision.objects.filter(
        county=county,
        proposal__month=month,
        proposal__case__isnull=True,
        kind__in=[ProposalKind.CHANGE, ProposalKind.STOP],
        outcome=Outcome.APPROVED,
    ).order_by("id")


def proposals_listed(ids: Sequence[int]) -> QuerySet[Proposal]:
    """Return proposals with their person, for a short list."""
    return Proposal.objects.filter(pk__in=list(ids)).select_related("person", "household").order_by("id")


def proposals_by_ids(ids: Sequence[int]) -> QuerySet[Proposal]:
    """Return those of the proposals that have a decision, with it."""
    return Proposal.objects.filter(pk__in=list(ids), decision__isnull=False).select_related("decision").order_by("id")
