"""Fifty thousand open tasks: what a clerk's desk asks of them stays quick."""

import datetime as dt

import pytest

from nuanxin.kernel.core.bulk import analyze
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.work import selectors
from nuanxin.kernel.work.models import Task
from nuanxin.kernel.work.services import begin_stand_in, open_tasks
from tests.factories.county import AREA, TODAY, SmallCounty
from tests.factories.effort import effort
from tests.kernel.work.test_tasks import draft

pytestmark = pytest.mark.django_db
MANY = 50_000
STATEMENTS = 4
STEPS_OF_A_LIST = 40_000  # reading all fifty thousand costs ten times as much
STEPS_OF_A_ROW = 45


def test_a_desk_is_counted_and_listed_without_reading_all_tasks():
    county = SmallCounty()
    towns = [f"340223{number}" for number in range(100, 108)]
    clerks = [county.account("township_clerk", f"{AREA}.{town}") for town in towns]
    examiner = county.account()
    for place, (town, clerk) in enumerate(zip(towns, clerks, strict=True)):
        change = open_change(author=author_of(clerk), verb="test", reason="测试", source="tests")
        drafts = [
            draft(
                f"{place}:{n}",
                role=("", "township_clerk", "county_examiner", "cases.check")[n % 4],
                assignee_id=clerk.pk if n % 4 == 0 else None,
                village=town,
                due=TODAY + dt.timedelta(days=n % 60 - 20),
                owner=("case", n),
            )
            for n in range(MANY // len(towns))
        ]
        with effort() as opening:
            assert open_tasks(change=change, drafts=drafts) == MANY // len(towns)
        assert opening.statements <= MANY // len(towns) / 100
    analyze([Task])
    begin_stand_in(
        author=author_of(clerks[0]),
        from_id=clerks[0].pk,
        to_id=examiner.pk,
        from_date=TODAY,
        to_date=TODAY + dt.timedelta(days=7),
        reason="休假",
    )
    for account in (clerks[0], clerks[5], examiner):
        asked = {
            "counts": lambda who=account: selectors.task_counts(who, TODAY),
            "list": lambda who=account: list(selectors.open_tasks_of(who, TODAY)[:51]),
            "late": lambda who=account: list(selectors.open_tasks_of(who, TODAY).filter(due_on__lt=TODAY)[:51]),
            "waiting": lambda who=account: list(selectors.waiting_tasks(who, TODAY)[:51]),
        }
        for name, ask in asked.items():
            with effort() as spent:
                ask()
            most = STEPS_OF_A_ROW * selectors.own_tasks(account, TODAY).count() if name == "counts" else STEPS_OF_A_LIST
            assert spent.statements <= STATEMENTS, (account.role, name)
            assert spent.steps <= most, (account.role, name)
