"""What happens when a case comes into a state: owner, due date, task, public notice, the end."""

import datetime as dt

from nuanxin.kernel.access.selectors import masked_name
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.clocks import due_after
from nuanxin.kernel.casework.county_matters import is_countys
from nuanxin.kernel.casework.enums import NoticeState, ProposalState
from nuanxin.kernel.casework.models import Case, CaseMove, Proposal, PublicNotice
from nuanxin.kernel.casework.schema import Clock, Notice, State
from nuanxin.kernel.casework.services.files import end_files
from nuanxin.kernel.casework.workflows import Workflow
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.registry.selectors import person_by_id
from nuanxin.kernel.work.services import finish_tasks, open_tasks
from nuanxin.kernel.work.values import TaskDraft


def enter_state(*, case: Case, workflow: Workflow, state_id: str, change: Change, on: dt.date) -> None:
    """Put a case into a state and save it: the state's task and notice opened, those of the last one closed."""
    state = workflow.states[state_id]
    if case.pk is not None:
        _take_down(case, on)
        finish_tasks(change=change, owner=("case", case.pk))
    case.state, case.entered_on, case.change = state_id, on, change
    if state.accepts:
        case.accepted_on = on
        case.whole_due_on = whole_due(case, workflow, on)
    if state.final is not None:
        case.closed_on, case.owner_role, case.due_on, case.assignee = on, "", None, None
        case.save()
        end_files(case=case, change=change, final=state.final, on=on)
        return
    if state.owner is None or state.clock is None:
        raise Fault(f"{workflow.code}.{state_id} has no owner or no clock")
    if case.owner_role != state.owner:
        case.assignee = None
    case.owner_role = state.owner
    case.due_on = due_after(state.clock, _start(case, state.clock, on))
    case.save()
    if state.notice is not None:
        _hang(case, state.notice, change, on)
    open_task(case=case, state=state, change=change)


def whole_due(case: Case, workflow: Workflow, on: dt.date) -> dt.date | None:
    """Return when the whole matter is due: the shorter clock where the township decides."""
    delegated = workflow.version.delegated
    clock = delegated.whole if delegated.on and not is_countys(case, workflow) else None
    chosen = clock or workflow.version.whole
    return due_after(chosen, on) if chosen else None


def open_task(*, case: Case, state: State, change: Change) -> None:
    """Open the task of the state a case stands in."""
    if case.due_on is None:
        return
    rule = assessor().rule(case.county, month_of(case.entered_on), case.benefit)
    draft = TaskDraft(
        county=case.county,
        division_id=case.handled_in_id,
        kind="case",
        title=f"{rule.title} {_name(case)} {state.label}",
        owner=("case", case.pk),
        due_on=case.due_on,
        key=f"case:{case.pk}:{case.version}",
        role=case.owner_role,
        assignee_id=case.assignee_id,
    )
    open_tasks(change=change, drafts=[draft])


def _name(case: Case) -> str:
    if case.person_id is not None:
        return masked_name(person_by_id(case.person_id).name)
    return f"家庭{case.household_id}"


def _start(case: Case, clock: Clock, on: dt.date) -> dt.date:
    """Return the day a clock counts from: the newest entry of the state it names, else today."""
    if clock.since is None or case.pk is None:
        return on
    entered = CaseMove.objects.filter(case=case, to_state=clock.since).exclude(from_state=clock.since)
    last = entered.order_by("-number").values_list("on", flat=True).first()
    return last or on


def _hang(case: Case, notice: Notice, change: Change, on: dt.date) -> None:
    """Open the notice: the applicant's name masked, a minor's family name only; members and money of the proposal."""
    proposal = Proposal.objects.filter(case=case, state=ProposalState.OPEN).order_by("-id").first()
    if proposal is None or case.person_id is None:
        raise Fault(f"case {case.pk} has nothing to publish")
    PublicNotice.objects.create(
        case=case,
        person_id=case.person_id,
        county=case.county,
        township=case.township,
        division_id=case.handled_in_id,
        benefit=case.benefit,
        shown_name=shown_name(case.person_id, notice, on),
        members=proposal.persons_after,
        amount_fen=proposal.after_fen,
        opened_on=on,
        last_day=on + dt.timedelta(days=notice.days),
        state=NoticeState.OPEN,
        booked_month=booking_month(case.county, on),
        change=change,
    )


def shown_name(person_id: int, notice: Notice, on: dt.date) -> str:
    """Return the name a notice shows: masked; of a minor (or of unknown age) nothing but the family name."""
    person = person_by_id(person_id)
    grown = person.birth is not None and _years(person.birth, on) >= notice.minors_under
    return masked_name(person.name) if grown else f"{person.name[:1]}某"


def _years(birth: dt.date, on: dt.date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _take_down(case: Case, on: dt.date) -> None:
    """Close the notice that still hangs: full days without objection, objected, or taken down early."""
    notice = PublicNotice.objects.filter(case=case, state=NoticeState.OPEN).first()
    if notice is None:
        return
    notice.closed_on = on
    if notice.objections.exists():
        notice.state = NoticeState.OBJECTED
    else:
        notice.state = NoticeState.ELAPSED if on > notice.last_day else NoticeState.WITHDRAWN
    notice.save(update_fields=["closed_on", "state"])
