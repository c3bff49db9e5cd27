"""Opening cases: at any counter from an application, or from a review, a change or a stop."""

import datetime as dt
import uuid

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import sees_path
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.enums import CaseKind, ProposalState
from nuanxin.kernel.casework.models import Application, Case, CaseMove, Proposal
from nuanxin.kernel.casework.services.applications import file_application
from nuanxin.kernel.casework.services.entering import enter_state
from nuanxin.kernel.casework.services.files import open_files
from nuanxin.kernel.casework.services.payees import ask_for_account
from nuanxin.kernel.casework.services.telling import accepted_values, tell
from nuanxin.kernel.casework.workflows import workflow_for
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.changes import Author, author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.registry.selectors import division
from nuanxin.kernel.registry.selectors.money import homes_of, homes_of_households


def accept_application(
    *,
    account: Account,
    benefit: str,
    person_id: int,
    household_id: int | None = None,
    accepted_in: str,
    handled_in: str | None = None,
    filed_on: dt.date | None = None,
    urgent: bool = False,
    near_relative: bool = False,
    payee_id: int | None = None,
) -> Case:
    """File an application at any counter and open its case; it is handled where the applicant lives unless named.

    `accepted_in` and `handled_in` are division codes. Refused without a declared workflow, outside the account's area,
    for a second application of the same subject, and where a household's benefit names no household.
    """
    require(account, "cases.make")
    today = clock.today()
    home = homes_of([person_id]).get(person_id)
    if home is None:
        raise Refused("casework.person", f"没有编号为 {person_id} 的居民。", "请先登记该居民。")
    place = handled_in or (home if home[:6] == accepted_in[:6] else accepted_in)
    if not sees_path(account, division(accepted_in).path):
        raise Refused("casework.area", "受理地点不在您的管辖范围内。", "请选择本窗口所在的乡镇。")
    county = place[:6]
    rule = assessor().rule(county, month_of(today), benefit)
    if rule.pays == "household" and household_id is None:
        raise Refused("casework.household", f"{rule.title}按家庭申请，尚未指定家庭。", "请先登记共同生活的家庭成员。")
    workflow_for(county, benefit, CaseKind.APPLY, today)
    with transaction.atomic():
        application = file_application(
            author=author_of(account),
            county=county,
            benefit=benefit,
            person_id=person_id,
            household_id=household_id if rule.pays == "household" else None,
            filed_on=filed_on or today,
            payee_id=payee_id,
            source="窗口",
        )
        case = _open(
            change=application.change, kind=CaseKind.APPLY, benefit=benefit, person_id=person_id,
            household_id=application.household_id, application=application, cause="application",
            accepted_in=accepted_in, handled_in=place, opened_on=filed_on or today, urgent=urgent,
            near_relative=near_relative, payee_id=application.payee_id, account=account,
        )  # fmt: skip
        open_files(case=case, change=application.change)
        tell(case=case, change=application.change, kind="accepted", values=accepted_values(case))
        ask_for_account(change=application.change, case=case)
    return case


def open_case(
    *,
    author: Author,
    county: str,
    kind: str,
    benefit: str,
    person_id: int | None = None,
    household_id: int | None = None,
    grant_id: int | None = None,
    cause: str,
    opened_on: dt.date,
    handled_in: str | None = None,
    near_relative: bool = False,
    proposal_id: int | None = None,
    change: Change | None = None,
) -> Case:
    """Open a case of a kind (CaseKind) about a person, a household or their grant; in the caller's change if given.

    `proposal_id` is a proposal of the month that is handled as this case from now on (a stop that wants a hearing).
    Refused without a declared workflow, without a subject, and when the grant already has an open case of the kind.
    """
    place = handled_in or _home(person_id, household_id)
    workflow_for(county, benefit, kind, clock.today())
    with transaction.atomic():
        if grant_id is not None and Case.objects.filter(grant_id=grant_id, kind=kind, closed_on__isnull=True).exists():
            raise Refused("casework.case_twice", "这项待遇已有一个同类案件正在办理。", "请在原案件中继续办理。")
        made = change or open_change(author=author, verb="open_case", reason=cause, source=f"case:{kind}", rows=1)
        case = _open(
            change=made, kind=kind, benefit=benefit, person_id=person_id, household_id=household_id,
            grant_id=grant_id, cause=cause, accepted_in=place, handled_in=place, opened_on=opened_on,
            near_relative=near_relative, county=county,
        )  # fmt: skip
        if proposal_id is not None:
            _take_proposal(case, proposal_id)
    return case


def open_case_of_proposal(*, change: Change, proposal: Proposal, kind: str, application: Application | None) -> Case:
    """Handle a proposal of the month as a case from now on, of the application where it answers one."""
    person = proposal.person_id or (application.person_id if application else None)
    place = _home(proposal.person_id, proposal.household_id)
    with transaction.atomic():
        case = _open(
            change=change, kind=kind, benefit=proposal.benefit, person_id=person, household_id=proposal.household_id,
            grant_id=proposal.grant_id, application=application, cause=proposal.cause, accepted_in=place,
            handled_in=place, opened_on=clock.today(), payee_id=application.payee_id if application else None,
            county=proposal.county,
        )  # fmt: skip
        _take_proposal(case, proposal.pk)
    return case


def _home(person_id: int | None, household_id: int | None) -> str:
    homes = homes_of_households([household_id]) if household_id is not None else homes_of([person_id or 0])
    for home in homes.values():
        return home
    raise Refused("casework.subject", "案件须有当事人或家庭。", "请从居民、家庭或待遇页面打开。")


def _take_proposal(case: Case, proposal_id: int) -> None:
    taken = Proposal.objects.filter(pk=proposal_id, state=ProposalState.OPEN, case__isnull=True).update(case=case)
    if not taken:
        raise Refused("casework.not_open", "这条建议已经办理或已失效。", "请刷新列表后再办。")


def _open(
    *,
    change: Change,
    kind: str,
    benefit: str,
    person_id: int | None,
    household_id: int | None,
    cause: str,
    accepted_in: str,
    handled_in: str,
    opened_on: dt.date,
    county: str = "",
    grant_id: int | None = None,
    application: Application | None = None,
    urgent: bool = False,
    near_relative: bool = False,
    payee_id: int | None = None,
    account: Account | None = None,
) -> Case:
    """Write the case in its first state with its first line of history, its task and its dates."""
    place, today = county or handled_in[:6], clock.today()
    workflow = workflow_for(place, benefit, kind, today)
    case = Case(
        county=place, township=handled_in[:9], number=f"new-{uuid.uuid4().hex[:24]}", kind=kind, benefit=benefit,
        workflow=workflow.code, state=workflow.version.start, version=1, person_id=person_id,
        household_id=household_id, grant_id=grant_id, application=application, cause=cause,
        accepted_in_id=accepted_in, handled_in_id=handled_in, payee_id=payee_id, urgent=urgent,
        near_relative=near_relative, opened_on=opened_on, entered_on=opened_on,
        booked_month=booking_month(place, opened_on), change=change,
    )  # fmt: skip
    enter_state(case=case, workflow=workflow, state_id=workflow.version.start, change=change, on=opened_on)
    case.number = f"{place}-{opened_on.year}-{case.pk:07d}"
    case.save(update_fields=["number"])
    CaseMove.objects.create(
        case=case, number=1, move="open", label=f"{CaseKind(kind).label}立案", from_state="", to_state=case.state,
        account_id=account.pk if account else change.actor_id, on=opened_on, recorded_at=clock.now(), change=change,
    )  # fmt: skip
    return case
