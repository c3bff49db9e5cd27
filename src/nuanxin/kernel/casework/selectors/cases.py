"""Reading cases: who may see them, what may be done next, how they went, what the rules say of them now."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter, may, role_of, sees_path
from nuanxin.kernel.casework import needs
from nuanxin.kernel.casework.clocks import is_estimated
from nuanxin.kernel.casework.county_matters import complaints_about, is_countys
from nuanxin.kernel.casework.enums import NoticeState, ProposalState
from nuanxin.kernel.casework.models import Appeal, Case, CaseMove, Decision, Hearing, Proposal, PublicNotice
from nuanxin.kernel.casework.schema import Move
from nuanxin.kernel.casework.values import Live
from nuanxin.kernel.casework.workflows import Workflow, workflow_for, workflows_of
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.work.selectors import stood_in_for


@dataclass(frozen=True)
class MoveOffer:
    """A move somebody may make now; `refusal` says what is still missing, None when nothing is."""

    id: str
    label: str
    primary: bool
    to: str
    asks: tuple[str, ...]
    refusal: Refused | None


@dataclass(frozen=True)
class TimelineEntry:
    """One step of a case as the page shows it."""

    number: int
    on: dt.date
    at: dt.datetime
    who: str
    label: str
    state: str
    note: str
    details: dict[str, Any]


def cases_in(county: str) -> QuerySet[Case]:
    """Return the county's cases with what lists show, what is due first first."""
    rows = Case.objects.filter(county=county)
    return rows.select_related("person", "household", "handled_in", "accepted_in", "assignee").order_by("due_on", "id")


def seen_by(account: Account) -> Q:
    """Return the condition that an account may see a case: accepted or handled in its area (全市通办)."""
    return area_filter(account, "handled_in") | area_filter(account, "accepted_in")


def cases_of(account: Account, county: str) -> QuerySet[Case]:
    """Return the county's cases that an account may see."""
    return cases_in(county).filter(seen_by(account))


def open_cases_of(
    *, person_id: int | None = None, household_id: int | None = None, grant_id: int | None = None
) -> list[Case]:
    """Return the open cases about a person, a household or a grant, the oldest first."""
    about = Q(pk__in=[])
    for name, value in (("person_id", person_id), ("household_id", household_id), ("grant_id", grant_id)):
        about |= Q(**{name: value}) if value is not None else Q(pk__in=[])
    return list(Case.objects.filter(about, closed_on__isnull=True).order_by("id"))


def case_by_id(case_id: int, account: Account | None = None) -> Case:
    """Return a case, or refuse when there is none that the account (any, when None) may see."""
    rows = Case.objects.select_related("person", "household", "handled_in", "accepted_in", "assignee", "application")
    case = rows.filter(pk=case_id).first()
    if case is None or (account is not None and not may_see(case, account)):
        raise Refused("casework.case", "没有这个案件，或不在您的管辖范围内。", "请从案件列表重新打开。")
    return case


def may_see(case: Case, account: Account) -> bool:
    """Tell whether an account may see a case."""
    return sees_path(account, case.handled_in.path) or sees_path(account, case.accepted_in.path)


def workflow_of(case: Case, on: dt.date | None = None) -> Workflow:
    """Return the workflow a case follows on a day: the one in force then, or that of its opening where the state went.

    Procedure follows the day it is done on (程序从新): a case opened under older measures is finished under the new.
    """
    today = on or clock.today()
    current = workflows_of(case.county, today).get(case.workflow)
    if current is not None and case.state in current.states:
        return current
    return workflows_of(case.county, case.opened_on).get(case.workflow) or workflow_for(
        case.county, case.benefit, case.kind, case.opened_on
    )


def applies(move: Move, case: Case, workflow: Workflow) -> bool:
    """Tell whether a move exists for a case: the township's or the county's variant, as is declared and delegated."""
    if move.only is None:
        return True
    township = workflow.delegates(move.proposes) and not is_countys(case, workflow)
    return (move.only == "delegated") == township


def may_move(move: Move, case: Case, account: Account, today: dt.date) -> bool:
    """Tell whether an account may make a move: by its role and area, or those of a colleague it stands in for."""
    if not may(account, move.permission):
        return False
    acting = (account, *stood_in_for(account, today))
    return any(
        (role := role_of(one)) and role.code in move.who and sees_path(one, case.handled_in.path) for one in acting
    )


def complaints_of(case: Case) -> list[Appeal]:
    """Return the reports and complaints that an open case has to answer by a visit of the county."""
    workflow = workflow_of(case)
    asks = any(move.county_needs for move in workflow.moves.values())
    return complaints_about(case, workflow) if asks and case.closed_on is None else []


def due_is_estimated(case: Case) -> bool:
    """Tell whether a due date of the case lies in a year whose holidays are not known yet."""
    return any(day is not None and is_estimated(day) for day in (case.due_on, case.whole_due_on))


def situation_of(case: Case, account: Account | None = None) -> needs.Situation:
    """Return a case on this day, for a page that asks several things of it: the rules are asked only once."""
    today = clock.today()
    return needs.Situation(case, workflow_of(case, today), today, note="……", account=account)


def moves_for(case: Case, account: Account, situation: needs.Situation | None = None) -> list[MoveOffer]:
    """Return the moves an account may make on a case now, the primary one first, each with what is still missing."""
    if case.closed_on is not None:
        return []
    situation = situation or situation_of(case, account)
    workflow, today = situation.workflow, situation.today
    offers = [
        MoveOffer(
            id=name,
            label=move.label,
            primary=move.primary,
            to=move.to,
            asks=tuple(one for one in move.needs if one in ("words", "objection", "hearing")) + tuple(move.does),
            refusal=needs.unmet(situation, move) if "objection" not in move.needs else None,
        )
        for name, move in workflow.moves.items()
        if case.state in move.from_ and applies(move, case, workflow) and may_move(move, case, account, today)
    ]
    return sorted(offers, key=lambda one: not one.primary)


def timeline_of(case: Case) -> list[TimelineEntry]:
    """Return the steps of a case, the oldest first."""
    states = workflow_of(case).states
    rows = CaseMove.objects.filter(case=case).select_related("account").order_by("number")
    return [
        TimelineEntry(
            number=row.number,
            on=row.on,
            at=row.recorded_at,
            who=f"{row.account.title} {row.account.display_name}".strip() if row.account else "系统",
            label=row.label,
            state=states[row.to_state].label if row.to_state in states else row.to_state,
            note=row.note,
            details=json.loads(row.details or "{}"),
        )
        for row in rows
    ]


def live_receipt(case: Case, situation: needs.Situation | None = None) -> Live:
    """Return what the rules say of the case's subject now: `.granted`, `.amount_fen`, `.questions`, `.shown`."""
    return (situation or situation_of(case)).live


def wanted_documents(case: Case, situation: needs.Situation | None = None) -> list[str]:
    """Return the documents to be asked for: the benefit's, without those that data answer (法 第六十二条)."""
    return needs.wanted(situation or situation_of(case))


def missing_documents(case: Case, situation: needs.Situation | None = None) -> list[str]:
    """Return the wanted documents that are neither attached nor were seen at the counter."""
    return needs.missing_documents(situation or situation_of(case))


def proposal_of(case: Case) -> Proposal | None:
    """Return the proposal a case stands on, None before there is one."""
    rows = Proposal.objects.filter(case=case).exclude(state=ProposalState.SUPERSEDED)
    return rows.select_related("decision").order_by("-id").first()


def decision_of(case: Case) -> Decision | None:
    """Return the newest decision of a case."""
    return Decision.objects.filter(proposal__case=case).select_related("maker", "checker").order_by("-id").first()


def hearings_of(case: Case) -> list[Hearing]:
    """Return the hearings of a case, the newest first."""
    return list(case.hearings.select_related("first_hearer", "second_hearer").order_by("-id"))


def notices_of(case: Case) -> list[PublicNotice]:
    """Return the public notices of a case, the newest first."""
    return list(case.notices.prefetch_related("objections").order_by("-id"))


def notice_page(county: str, township: str = "", on: dt.date | None = None) -> QuerySet[PublicNotice]:
    """Return what hangs on the notice board of a county or township on a day: masked name, members, amount."""
    today = on or clock.today()
    rows = PublicNotice.objects.filter(county=county, state=NoticeState.OPEN, opened_on__lte=today, last_day__gte=today)
    return (rows.filter(township=township) if township else rows).select_related("division").order_by("township", "id")


def applications_in_cases(county: str) -> set[int]:
    """Return the applications that an open case handles: the month leaves them alone."""
    rows = Case.objects.filter(county=county, closed_on__isnull=True, application__isnull=False)
    return {pk for pk in rows.values_list("application_id", flat=True) if pk is not None}


def grants_in_cases(county: str) -> set[int]:
    """Return the grants that an open case is about: the month does not propose beside it."""
    rows = Case.objects.filter(county=county, closed_on__isnull=True, grant__isnull=False)
    return {pk for pk in rows.values_list("grant_id", flat=True) if pk is not None}


def open_case_ids(county: str, account_id: int | None = None) -> list[int]:
    """Return the ids of the county's open cases, of one assignee where given."""
    rows = Case.objects.filter(county=county, closed_on__isnull=True)
    return list(
        (rows.filter(assignee_id=account_id) if account_id else rows).order_by("id").values_list("id", flat=True)
    )
