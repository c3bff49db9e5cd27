import datetime as dt

import pytest

from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.work import selectors
from nuanxin.kernel.work.services import assign_task, finish_tasks, open_tasks
from nuanxin.kernel.work.values import TaskDraft
from tests.factories.county import AREA, COUNTY, OTHER_VILLAGE, TODAY, VILLAGE, SmallCounty

pytestmark = [pytest.mark.django_db, pytest.mark.db]
CLERK_AREA = f"{AREA}.340223100"


@pytest.fixture
def county():
    return SmallCounty()


def draft(key, *, due=TODAY, role="", village=VILLAGE, owner=("case", 1), **more):
    return TaskDraft(COUNTY, village, "check", "核对材料", owner, due, key, role=role, **more)


def titles(tasks):
    return [task.key for task in tasks]


def test_a_task_is_opened_once_by_its_key(county):
    drafts = [draft(f"k{n}", role="township_clerk") for n in range(3)]
    assert open_tasks(change=county.change, drafts=drafts) == 3
    assert open_tasks(change=county.change, drafts=[*drafts, draft("k9", role="township_clerk")]) == 1
    assert open_tasks(change=county.change, drafts=[drafts[0], drafts[0]]) == 0


def test_a_task_without_anybody_to_do_it_is_our_fault(county):
    with pytest.raises(Fault):
        open_tasks(change=county.change, drafts=[draft("k")])


def test_a_role_sees_its_tasks_in_its_area_only(county):
    clerk = county.account("township_clerk", CLERK_AREA)
    examiner = county.account()
    open_tasks(
        change=county.change,
        drafts=[
            draft("near", role="township_clerk", due=TODAY + dt.timedelta(days=1)),
            draft("far", role="township_clerk", village=OTHER_VILLAGE),
            draft("county", role="county_examiner"),
            draft("by-permission", role="cases.make", due=TODAY - dt.timedelta(days=1)),
        ],
    )
    assert titles(selectors.open_tasks_of(clerk, TODAY)) == ["by-permission", "near"]
    assert titles(selectors.open_tasks_of(examiner, TODAY)) == ["by-permission", "county"]


def test_work_is_counted_by_its_clock_and_what_was_passed_on_waits(county):
    clerk = county.account("township_clerk", CLERK_AREA)
    change = open_change(author=author_of(clerk), verb="test", reason="测试", source="tests")
    open_tasks(
        change=change,
        drafts=[
            draft("late", role="township_clerk", due=TODAY - dt.timedelta(days=2)),
            draft("now", assignee_id=clerk.pk),
            draft("later", role="township_clerk", due=TODAY + dt.timedelta(days=2)),
            draft("passed", role="county_examiner", due=TODAY),
        ],
    )
    assert selectors.task_counts(clerk, TODAY) == selectors.TaskCounts(overdue=1, due=1, later=1, waiting=1)
    assert titles(selectors.waiting_tasks(clerk, TODAY)) == ["passed"]


def test_finishing_an_owners_tasks_books_who_and_when(county):
    clerk = county.account("township_clerk", CLERK_AREA)
    open_tasks(
        change=county.change,
        drafts=[draft("a", role="township_clerk"), draft("b", role="township_clerk", owner=("case", 2))],
    )
    change = open_change(author=author_of(clerk), verb="test", reason="测试", source="tests")
    assert finish_tasks(change=change, owner=("case", 1), kind="other") == 0
    assert finish_tasks(change=change, owner=("case", 1)) == 1
    assert finish_tasks(change=change, owner=("case", 1)) == 0
    done = selectors.tasks_of(("case", 1), open_only=False).get()
    assert (done.finished_by, done.finished_on, done.booked_month) == (clerk, TODAY, TODAY.replace(day=1))
    assert titles(selectors.open_tasks_of(clerk, TODAY)) == ["b"]


def test_a_task_is_given_to_somebody_who_may_do_it(county):
    clerk, other = county.account("township_clerk", CLERK_AREA), county.account("township_clerk", CLERK_AREA)
    stranger = county.account("township_clerk", f"{AREA}.340223101")
    open_tasks(change=county.change, drafts=[draft("a", role="township_clerk")])
    task = selectors.open_tasks_of(clerk, TODAY).get()
    for account, to in ((clerk, stranger), (clerk, county.account("finance")), (stranger, other)):
        with pytest.raises(Refused):
            assign_task(account=account, task_id=task.pk, to_account_id=to.pk)
    assign_task(account=clerk, task_id=task.pk, to_account_id=other.pk)
    assert titles(selectors.open_tasks_of(clerk, TODAY)) == []
    assert titles(selectors.open_tasks_of(other, TODAY)) == ["a"]
    with pytest.raises(Refused):
        assign_task(account=clerk, task_id=task.pk, to_account_id=clerk.pk)
