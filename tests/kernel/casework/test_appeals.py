"""Appeals: taken in, given to somebody independent, decided in time, answered; who brought them stays protected."""

import datetime as dt

import pytest

from tests.factories.county import COUNTY

JANUARY = dt.date(2024, 1, 1)
WHO = "赵某 13900000000"


@pytest.fixture
def walk(county):
    """A household granted dibao: made by the examiner, checked by the chief, and officers who had no part in it."""
    from nuanxin.kernel.casework.models import Decision
    from nuanxin.kernel.cycle.services import run_month

    person = county.person("王某", birth=dt.date(1970, 1, 1))
    county.home = county.household(person)
    county.receipts.household("dibao", county.home.pk, {person.pk: {"basic": 40000}})
    county.apply("dibao", person, county.home)
    run_month(county=COUNTY, month=JANUARY, author=county.author)
    county.decide(JANUARY)
    county.decision = Decision.objects.get()
    county.other, county.chief = county.account("county_examiner"), county.account("section_chief")
    county.clerk = county.account("township_clerk", "34.3402.340223.340223100")
    return county


def receive(county, **more):
    from nuanxin.kernel.casework.services import receive_appeal

    given = {"kind": "report", "matter": "邻居反映该户有车", "channel": "来电", "decision_id": county.decision.pk}
    return receive_appeal(account=county.clerk, **(given | more))


@pytest.mark.db
def test_the_clock_is_the_places(walk):
    from nuanxin.kernel.casework.reviewing import number

    appeal = receive(walk)
    assert (appeal.received_on, appeal.due_on) == (dt.date(2024, 1, 15), dt.date(2024, 1, 15) + dt.timedelta(days=60))
    assert appeal.number == "340223举20240001"
    assert number("330522", "appeal_days", JANUARY, "report") == 15
    assert receive(walk).number == "340223举20240002"


@pytest.mark.db
def test_who_made_or_checked_the_decision_does_not_handle_it(walk):
    from nuanxin.kernel.casework.selectors import handlers_for
    from nuanxin.kernel.casework.services import assign_appeal
    from nuanxin.kernel.core.errors import Refused

    appeal = receive(walk)
    for one in (walk.maker, walk.checker):
        with pytest.raises(Refused, match="回避"):
            assign_appeal(account=walk.chief, appeal_id=appeal.pk, handler_id=one.pk)
    with pytest.raises(Refused, match="权限"):
        assign_appeal(account=walk.chief, appeal_id=appeal.pk, handler_id=walk.clerk.pk)
    assert {one.pk for one in handlers_for(appeal, walk.chief)} == {walk.chief.pk, walk.other.pk}
    assigned = assign_appeal(account=walk.chief, appeal_id=appeal.pk, handler_id=walk.other.pk)
    assert (assigned.state, assigned.handler_id) == ("assigned", walk.other.pk)


@pytest.mark.db
def test_an_appeal_found_right_opens_a_review_and_is_answered(walk):
    from nuanxin.kernel.casework.models import Review
    from nuanxin.kernel.casework.services import assign_appeal, decide_appeal
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.work.models import Letter, Task

    appeal = receive(walk, complainant=WHO)
    said = {"outcome": "upheld", "findings": "车辆登记在户主名下", "reply": "已启动复核，依规定处理"}
    with pytest.raises(Refused, match="承办人"):
        decide_appeal(account=walk.other, appeal_id=appeal.pk, no_relative=True, **said)
    assign_appeal(account=walk.chief, appeal_id=appeal.pk, handler_id=walk.other.pk)
    with pytest.raises(Refused, match="近亲属"):
        decide_appeal(account=walk.other, appeal_id=appeal.pk, no_relative=False, **said)
    done = decide_appeal(account=walk.other, appeal_id=appeal.pk, no_relative=True, **said)
    review = Review.objects.get()
    assert (done.state, done.review_id, review.kind, review.grant_id) == (
        "decided",
        review.pk,
        "fault",
        appeal.grant_id,
    )
    letter = Letter.objects.get()
    assert letter.kind == "answer"
    assert "赵" not in letter.values
    assert "139" not in letter.values
    assert not Task.objects.filter(owner_kind="appeal", state="open").exists()


@pytest.mark.db
def test_an_anonymous_one_found_wrong_ends_without_a_letter(walk):
    from nuanxin.kernel.casework.models import Review
    from nuanxin.kernel.casework.services import assign_appeal, decide_appeal
    from nuanxin.kernel.work.models import Letter

    appeal = receive(walk)
    assert appeal.anonymous
    assign_appeal(account=walk.chief, appeal_id=appeal.pk, handler_id=walk.other.pk)
    decide_appeal(
        account=walk.other, appeal_id=appeal.pk, outcome="unfounded", findings="车辆属他人", reply="不予处理",
        no_relative=True,
    )  # fmt: skip
    assert not Review.objects.exists()
    assert not Letter.objects.exists()


@pytest.mark.db
def test_who_reported_is_sealed_and_shown_to_the_handler_only(walk):
    from django.db import connection

    from nuanxin.kernel.access.models import Disclosure
    from nuanxin.kernel.casework.services import assign_appeal, disclose_complainant
    from nuanxin.kernel.core.errors import Refused

    appeal = receive(walk, complainant=WHO)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cipher FROM casework_appeal")
        assert WHO.encode() not in bytes(cursor.fetchone()[0])
    assign_appeal(account=walk.chief, appeal_id=appeal.pk, handler_id=walk.other.pk)
    with pytest.raises(Refused, match="保密"):
        disclose_complainant(account=walk.chief, appeal_id=appeal.pk, purpose="了解情况")
    assert disclose_complainant(account=walk.other, appeal_id=appeal.pk, purpose="电话核实") == WHO
    assert Disclosure.objects.count() == 1


@pytest.mark.db
def test_nothing_is_taken_in_without_words_or_about_nobody(walk):
    from nuanxin.kernel.core.errors import Refused

    with pytest.raises(Refused, match="写明"):
        receive(walk, matter="")
    with pytest.raises(Refused, match="没有编号"):
        receive(walk, decision_id=999)
    with pytest.raises(Refused, match="晚于今天"):
        receive(walk, received_on=dt.date(2030, 1, 1))
    with pytest.raises(Refused, match="类别"):
        receive(walk, kind="rumour")


@pytest.mark.db
def test_reassigning_asks_for_a_new_declaration_and_moves_the_task(walk):
    from nuanxin.kernel.casework.services import assign_appeal
    from nuanxin.kernel.work.models import Task

    appeal = receive(walk)
    assign_appeal(account=walk.chief, appeal_id=appeal.pk, handler_id=walk.other.pk)
    assign_appeal(account=walk.chief, appeal_id=appeal.pk, handler_id=walk.chief.pk)
    (task,) = Task.objects.filter(owner_kind="appeal", state="open")
    assert task.assignee_id == walk.chief.pk
