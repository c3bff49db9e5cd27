"""Several decisions of 临时救助 on one need are summed against the limit of one: in cases, in the month, at the check."""

import datetime as dt
import json

import pytest

from tests.factories.county import COUNTY

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def desk(db, tmp_path):
    from tests.factories.desk import Desk
    from tests.factories.month import MonthCounty

    return Desk(MonthCounty(tmp_path))


def need(desk, person, fen, *, limit=462_000, cause="sudden", exceptional=False):
    """Let the rules find so much for a person's need: six months of 770 yuan are the limit."""
    found = {"need_limit": limit, "f_emergency_cause": cause, "f_emergency_exceptional": exceptional}
    desk.county.receipts.say("linshi_jiuzhu", person.pk, fen, **found)


def asked(desk, person):
    case = desk.apply("linshi_jiuzhu", person)
    desk.move(case, "start_check")
    desk.visit(case)
    return case


def granted(desk, person):
    case = desk.end_notice(desk.move(asked(desk, person), "publish"))
    desk.move(case, "agree", desk.examiner)
    return desk.move(case, "approve", desk.chief)


def refused(desk, case, move="publish", account=None):
    from nuanxin.kernel.core.errors import Refused

    with pytest.raises(Refused) as told:
        desk.move(case, move, account)
    assert told.value.code == "linshi.limit"
    return told.value


@pytest.fixture
def helped(desk):
    """A person who was granted 3,000 yuan in January."""
    person = desk.county.person("赵急", birth=dt.date(1980, 1, 1))
    need(desk, person, 300_000)
    granted(desk, person)
    desk.day(dt.date(2024, 5, 6))
    return person


def test_what_would_pass_the_limit_goes_to_the_county(desk, helped):
    need(desk, helped, 162_001)
    case = asked(desk, helped)
    told = refused(desk, case)
    assert "12 个月内已救助 3,000.00 元，加本次 1,620.01 元，超过一般上限 4,620.00 元" in told.message
    assert "县级联席会议一事一议" in told.todo
    need(desk, helped, 162_001, limit=924_000, exceptional=True)
    assert desk.move(case, "publish").state == "notice"


def test_up_to_the_limit_to_the_fen_another_need_and_another_year_are_granted(desk, helped):
    need(desk, helped, 162_000)
    assert granted(desk, helped).state == "granted"
    need(desk, helped, 400_000, cause="expenses")
    assert granted(desk, helped).state == "granted"
    need(desk, helped, 100)
    refused(desk, asked(desk, helped))


def test_twelve_months_on_it_is_forgotten(desk, helped):
    need(desk, helped, 400_000)
    desk.day(dt.date(2024, 12, 2))
    case = asked(desk, helped)
    refused(desk, case)
    desk.day(dt.date(2025, 1, 2))
    assert desk.move(case, "publish").state == "notice"


def test_it_is_asked_again_when_it_is_made_and_checked(desk, helped):
    from nuanxin.kernel.casework.models import Decision

    need(desk, helped, 162_000)
    case = desk.end_notice(desk.move(asked(desk, helped), "publish"))
    first = Decision.objects.filter(benefit="linshi_jiuzhu")
    first.update(amount_fen=300_001)
    refused(desk, case, "agree", desk.examiner)
    first.update(amount_fen=300_000)
    desk.move(case, "agree", desk.examiner)
    first.filter(outcome="approved").update(amount_fen=300_001)
    refused(desk, case, "approve", desk.chief)


def test_a_month_in_bulk_leaves_it_out_and_one_by_one_says_why(desk, helped):
    from nuanxin.kernel.casework import selectors, services
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle import services as cycle

    desk.county.receipts.said["linshi_jiuzhu"] = ["need_limit"]
    other = desk.county.person("钱急", birth=dt.date(1981, 1, 1))
    for person in (helped, other):
        need(desk, person, 200_000)
        desk.county.apply("linshi_jiuzhu", person, filed=desk.today)
    month = dt.date(2024, 5, 1)
    cycle.run_month(county=COUNTY, month=month, author=desk.county.author)
    ids = selectors.open_proposal_ids(COUNTY, month)
    assert len(ids) == 2
    made = services.make_decisions(maker=desk.examiner, proposal_ids=ids)
    assert [selectors.decision_by_id(pk).person_id for pk in made] == [other.pk]
    (left,) = selectors.open_proposal_ids(COUNTY, month)
    for decide in (
        services.make_decision,
        lambda **more: services.make_decisions(maker=more["maker"], proposal_ids=[left]),
    ):
        with pytest.raises(Refused) as told:
            decide(maker=desk.examiner, proposal_id=left)
        assert told.value.code == "linshi.limit"
    services.make_decision(maker=desk.examiner, proposal_id=left, outcome="rejected", reason="超过上限")


def test_what_a_stop_left_unpaid_and_what_a_fund_paid_count(desk, helped):
    from nuanxin.kernel.casework.models import Decision, Stage
    from nuanxin.kernel.payments.models import Due
    from tests.factories.fund import Fund

    need(desk, helped, 262_000)
    case = asked(desk, helped)
    refused(desk, case)
    by = {"looked_by": desk.examiner, "checked_by": desk.chief, "heard": "无异议", "change": desk.county.change}
    decision = Decision.objects.get(benefit="linshi_jiuzhu")
    Stage.objects.create(decision=decision, number=2, amount_fen=100_000, state="stopped", **by)
    fund = Fund(county=desk.county)
    entry = fund.pay(1, helped)
    refused(desk, case)
    Due.objects.filter(reserve_share__request__entry=entry).update(state="void")
    assert desk.move(case, "publish").state == "notice"


def test_the_shipped_rule_gives_the_limit():
    from nuanxin.domains.assistance.services import refuse_beyond_need
    from nuanxin.kernel.casework.assessed import use_assessor
    from nuanxin.kernel.casework.selectors import live_receipt
    from nuanxin.kernel.casework.services import Asked
    from tests.kernel.casework.test_live_receipts import Counter

    use_assessor(None)
    counter = Counter()
    case = counter.apply("linshi_jiuzhu", counter.head, household_id=counter.home.pk)
    counter.record("emergency", household_id=counter.home.pk, level=3, code="sudden")
    live = live_receipt(case)
    row = json.loads(live.assessed.receipt)
    assert (live.amount_fen, row["need_limit"], row["f_emergency_cause"]) == (693_000, 1_386_000, "sudden")
    nothing_before = Asked(COUNTY, live.month, "linshi_jiuzhu", None, counter.home.pk, case.pk, live.amount_fen, row)
    assert refuse_beyond_need(nothing_before) is None
