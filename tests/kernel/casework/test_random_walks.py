"""Whatever people try on a case: only declared states, one owner and a due date while it is open, no step lost."""

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.county import COUNTY

STEPS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 4), st.sampled_from(["", "说明情况"]), st.integers(0, 9)), max_size=14
)
OPINIONS = ("approved", "rejected", "whatever", "approved")
DATA = {
    "documents_seen": ["申请书"], "raised_by": "李某", "words": "有车", "outcome": "agrees", "statement": "同意",
    "new_circumstances": "有新成员",
}  # fmt: skip


def check(case):
    """Every open case has one owner, a due date and one open task; a closed one none; its history has no gap."""
    from nuanxin.kernel.casework.models import CaseMove, PublicNotice
    from nuanxin.kernel.casework.selectors import case_by_id, workflow_of
    from nuanxin.kernel.work.selectors import tasks_of

    case = case_by_id(case.pk)
    state = workflow_of(case).states[case.state]
    tasks = list(tasks_of(("case", case.pk)))
    assert (case.closed_on is not None) == (state.final is not None)
    if state.final is None:
        assert (case.owner_role, case.due_on is not None) == (state.owner, True)
        assert [(one.role, one.due_on) for one in tasks] == [(case.owner_role, case.due_on)]
    else:
        assert tasks == []
    numbers = list(CaseMove.objects.filter(case=case).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, case.version + 1))
    hanging = PublicNotice.objects.filter(case=case, closed_on=None).count()
    assert hanging == (1 if state.notice else 0)
    return case


@pytest.mark.parametrize("kind", ["apply", "stop"])
def test_random_walks_stay_on_the_map(desk, kind):
    from django.db import transaction

    from nuanxin.kernel.casework.selectors import workflow_of
    from nuanxin.kernel.casework.services import close_due_notices
    from nuanxin.kernel.core.errors import Refused

    desk.county.receipts.papers["dibao"] = ["申请书"]
    desk.day(dt.date(2026, 7, 2))
    staff = [desk.clerk, desk.colleague, desk.leader, desk.examiner, desk.chief]
    start = desk.today

    visited = set()

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def walk(steps):
        desk.day(start)
        hold = transaction.savepoint()
        try:
            if kind == "apply":
                case = desk.apply_for_dibao()
                desk.visit(case)
            else:
                desk.county.receipts.papers["dibao"] = []
                _, grant = desk.grant_dibao()
                desk.rich(grant)
                case = desk.open("stop", grant)
            for number, who, note, days in steps:
                case = check(case)
                visited.add(case.state)
                moves = sorted(workflow_of(case).moves)
                fitting = [m for m in moves if case.state in workflow_of(case).moves[m].from_]
                declared = workflow_of(case).moves
                likely = [m for m in fitting for _ in range(4 if declared[m].primary else 1)] or moves
                move = likely[number % len(likely)]
                data = DATA | {"on": desk.today.isoformat(), "second_id": desk.colleague.pk}
                does = workflow_of(case).moves[move].does
                turn = [one for one in staff if one.role in workflow_of(case).moves[move].who]
                handed = data if "make" not in does else {"outcome": OPINIONS[number % len(OPINIONS)]}
                with suppress(Refused):
                    desk.move(case, move, turn[who % len(turn)] if turn and number % 5 else staff[who], note, **handed)
                desk.day(desk.today + dt.timedelta(days=days))
                close_due_notices(county=COUNTY, on=desk.today)
            check(case)
        finally:
            transaction.savepoint_rollback(hold)

    walk()
    assert len(visited) > 4, visited
