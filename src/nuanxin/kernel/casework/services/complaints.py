"""What a complaint does to cases under way: their history says it, and their clock is the county's."""

from nuanxin.kernel.casework.county_matters import COMPLAINTS, cases_touched, complaints_about
from nuanxin.kernel.casework.enums import AppealOutcome
from nuanxin.kernel.casework.models import Appeal
from nuanxin.kernel.casework.selectors import workflow_of
from nuanxin.kernel.casework.services.entering import whole_due
from nuanxin.kernel.casework.services.moving import note_step
from nuanxin.kernel.core.models import Change


def tell_cases(appeal: Appeal, change: Change) -> int:
    """Write into the open cases that a complaint concerns that it came, or what came of it; returns how many.

    Only its number and kind, never who brought it nor what it says. Whoever has such a case before him is told so
    (the version moved on), and where the township was to decide, the whole matter is due when the county's are.
    """
    if appeal.kind not in COMPLAINTS:
        return 0
    told = 0
    for case in cases_touched(appeal):
        workflow = workflow_of(case)
        if appeal.benefit and appeal.benefit not in workflow.benefits:
            continue
        case.version, case.change = case.version + 1, change
        if workflow.delegated and case.accepted_on is not None and complaints_about(case, workflow):
            case.whole_due_on = whole_due(case, workflow, case.accepted_on)
        case.save()
        note_step(case, "complaint", _label(appeal), case.state, None, "", {}, change)
        told += 1
    return told


def _label(appeal: Appeal) -> str:
    kind = appeal.get_kind_display()
    if not appeal.outcome:
        return f"收到{kind} {appeal.number}"
    return f"{kind} {appeal.number} 核查办结：{AppealOutcome(appeal.outcome).label}"
