"""What the month proposes for somebody complained about becomes a case, for the county to look into (57号 第二十条)."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.casework.county_matters import CASE_KINDS, Circle, complained_about, undecided_complaints
from nuanxin.kernel.casework.enums import CaseKind, ProposalKind, ProposalState
from nuanxin.kernel.casework.models import Application, Case, Proposal
from nuanxin.kernel.casework.services.cases import open_case_of_proposal
from nuanxin.kernel.core.models import Change


def take_up_complained(*, change: Change, county: str, month: dt.date | None = None) -> int:
    """Open a case for each undecided proposal of a county (of a month) on somebody complained about; returns how many.

    One that has an open case already is handled there; what no workflow handles stays where it is.
    """
    circles = undecided_complaints(county)
    return _take_up(change, county, circles, month) if circles else 0


def _take_up(change: Change, county: str, circles: Sequence[Circle], month: dt.date | None) -> int:
    persons = frozenset().union(*(one.persons for one in circles))
    homes = frozenset().union(*(one.homes for one in circles))
    about = Proposal.objects.filter(county=county, state=ProposalState.OPEN, case__isnull=True)
    about = about.filter(month=month) if month is not None else about
    rows = [*about.filter(person_id__in=persons), *about.filter(household_id__in=homes)]
    wanted = complained_about(rows, circles)
    taken = [one for one in {row.pk: row for row in rows}.values() if one.pk in wanted]
    with transaction.atomic():
        for proposal in taken:
            _hand_to_case(proposal, change)
    return len(taken)


def _hand_to_case(proposal: Proposal, change: Change) -> None:
    """Lay a proposal into the case that handles its grant or application, opened where there is none.

    A case that stands on a proposal of its own goes on with that; the month's waits until it is closed.
    """
    kind = CASE_KINDS[ProposalKind(proposal.kind)]
    running = Case.objects.filter(closed_on__isnull=True, benefit=proposal.benefit)
    if kind == CaseKind.APPLY:
        running = running.filter(application_id=proposal.application_id or 0)
    else:
        running = running.filter(grant_id=proposal.grant_id or 0, kind=kind)
    case = running.first()
    if case is not None:
        if not case.proposals.filter(state__in=[ProposalState.OPEN, ProposalState.MADE]).exists():
            Proposal.objects.filter(pk=proposal.pk, state=ProposalState.OPEN).update(case=case)
        return
    application = Application.objects.filter(pk=proposal.application_id or 0).first()
    open_case_of_proposal(change=change, proposal=proposal, kind=kind, application=application)
