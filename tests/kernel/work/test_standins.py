import datetime as dt

import pytest

from nuanxin.kernel.core.changes import Author, author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.work import selectors
from nuanxin.kernel.work.services import (
    begin_stand_in,
    end_stand_in,
    finish_tasks,
    hand_over,
    open_tasks,
    register_handover,
    standins,
)
from tests.factories.county import AREA, TODAY, SmallCounty
from tests.kernel.work.test_tasks import draft, titles

pytestmark = [pytest.mark.django_db, pytest.mark.db]
CLERK_AREA = f"{AREA}.340223100"
NEXT_WEEK = TODAY + dt.timedelta(days=7)


class Office:
    def __init__(self):
        self.county = SmallCounty()
        self.clerk = self.county.account("township_clerk", CLERK_AREA)
        self.other = self.county.account("township_clerk", CLERK_AREA)
        self.examiner = self.county.account("county_examiner")
        self.chief = self.county.account("section_chief")
        open_tasks(
            change=self.county.change,
            drafts=[draft("own", assignee_id=self.clerk.pk), draft("role", role="township_clerk")],
        )

    def begin(self, to=None, *, by=None, start=TODAY, end=NEXT_WEEK, reason="休假", giver=None):
        return begin_stand_in(
            author=author_of(by or self.clerk),
            from_id=(giver or self.clerk).pk,
            to_id=(to or self.examiner).pk,
            from_date=start,
            to_date=end,
            reason=reason,
        )


@pytest.fixture
def office():
    return Office()


def test_a_stand_in_does_the_others_work_on_those_days_in_his_own_name(office):
    office.begin()
    assert titles(selectors.open_tasks_of(office.examiner, TODAY)) == ["own", "role"]
    assert titles(selectors.open_tasks_of(office.clerk, TODAY)) == ["own", "role"]
    for day in (TODAY - dt.timedelta(days=1), NEXT_WEEK):
        assert titles(selectors.open_tasks_of(office.examiner, day)) == []
    assert selectors.task_counts(office.examiner, TODAY).due == 2
    assert selectors.stood_in_for(office.examiner, TODAY) == [office.clerk]
    change = office.county.open("test")
    change.actor = office.examiner
    assert finish_tasks(change=change, owner=("case", 1)) == 2
    done = selectors.tasks_of(("case", 1), open_only=False)
    assert {task.finished_by for task in done} == {office.examiner}


def test_a_stand_in_ends_before_its_time(office):
    held = office.begin()
    with pytest.raises(Refused):
        end_stand_in(author=author_of(office.other), stand_in_id=held.pk)
    end_stand_in(author=author_of(office.chief), stand_in_id=held.pk)
    assert titles(selectors.open_tasks_of(office.examiner, TODAY)) == []
    with pytest.raises(Refused):
        end_stand_in(author=author_of(office.chief), stand_in_id=held.pk)
    office.begin()


def test_who_does_not_fit_cannot_stand_in(office):
    elsewhere = office.county.account("township_clerk", f"{AREA}.340223101")
    for to in (office.clerk, elsewhere, office.county.account("finance"), office.chief):
        with pytest.raises(Refused):
            office.begin(to)
    with pytest.raises(Refused, match="辖区"):
        office.begin(elsewhere)


def test_dates_reasons_and_who_arranges_are_checked(office):
    for wrong in ({"start": NEXT_WEEK}, {"end": TODAY}, {"reason": " "}, {"by": office.other}):
        with pytest.raises(Refused):
            office.begin(**wrong)
    office.begin(by=office.chief)
    with pytest.raises(Refused, match="已经有人代班"):
        office.begin(office.other)


def test_a_handover_moves_every_open_task_and_calls_the_rooms_above(office):
    told = []
    register_handover(lambda act: told.append((act.from_id, act.to_id, act.on)) or 3)
    try:
        done = hand_over(
            author=author_of(office.chief), from_id=office.clerk.pk, to_id=office.other.pk, reason="调离", on=TODAY
        )
    finally:
        standins._handlers.pop()
    assert (done.tasks, told) == (1, [(office.clerk.pk, office.other.pk, TODAY)])
    assert done.others >= 3
    assert titles(selectors.tasks_of(("case", 1)).filter(assignee=office.other)) == ["own"]
    assert not selectors.tasks_of(("case", 1)).filter(assignee=office.clerk).exists()


def test_a_handover_is_refused_like_a_stand_in(office):
    for author, giver, taker in (
        (author_of(office.clerk), office.clerk, office.clerk),
        (author_of(office.other), office.clerk, office.other),
        (author_of(office.chief), office.clerk, office.county.account("auditor")),
        (Author("测试"), office.examiner, office.clerk),
    ):
        with pytest.raises(Refused):
            hand_over(author=author, from_id=giver.pk, to_id=taker.pk, reason="调离")
    assert selectors.tasks_of(("case", 1)).filter(assignee=office.clerk).count() == 1
