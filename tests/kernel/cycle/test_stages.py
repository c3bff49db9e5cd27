"""One decision paid in stages: a part a month, each later one after the need was looked at, the rest stopped by two."""

import datetime as dt

import pytest

from tests.factories.county import COUNTY

pytestmark = [pytest.mark.db, pytest.mark.django_db]
JANUARY, FEBRUARY, MARCH = (dt.date(2024, number, 1) for number in (1, 2, 3))


@pytest.fixture
def desk(county):
    from tests.factories.desk import Desk

    return Desk(county)


def decided(desk, parts="2000 500.01 499.99", fen=300_000, before=""):
    """Take an application for 临时救助 to the opinion, entered with its parts, and approve it in January."""
    person = desk.county.person("赵急", birth=dt.date(1980, 1, 1))
    desk.county.receipts.say("linshi_jiuzhu", person.pk, fen)
    case = desk.end_notice(desk.publish(desk.apply("linshi_jiuzhu", person)))
    desk.move(case, "agree", desk.examiner, stages=parts)
    return desk.move(case, "approve", desk.chief), person


def run(desk, month):
    from nuanxin.kernel.cycle import services as cycle

    desk.day(max(desk.today, month.replace(day=20)))
    cycle.run_month(county=COUNTY, month=month, author=desk.county.author)


def dues():
    from nuanxin.kernel.payments.models import Due

    rows = Due.objects.filter(kind="event").order_by("entitlement_month", "person_id")
    return [(due.entitlement_month, due.amount_fen, due.cause) for due in rows]


def stage(case, number):
    from nuanxin.kernel.casework.models import Stage

    return Stage.objects.get(decision__proposal__case=case, number=number)


def audited(last):
    from nuanxin.kernel.cycle.audit import audit_money

    found = audit_money(COUNTY, JANUARY, last)
    assert found.mismatches == []
    return found.as_row()


def test_parts_are_paid_month_by_month_once_the_need_was_looked_at(desk):
    from nuanxin.kernel.casework.services import confirm_stage
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.payments import reserve
    from nuanxin.kernel.work.models import Letter, Task

    case, person = decided(desk)
    assert "3期（2024-01 2,000.00元、2024-02 500.01元、2024-03 499.99元）" in Letter.objects.get(kind="approved").values
    assert list(Task.objects.filter(owner_kind="decision").order_by("id").values_list("state", "due_on")) == [
        ("open", dt.date(2024, 2, 10)), ("open", dt.date(2024, 3, 10)),
    ]  # fmt: skip
    with pytest.raises(Refused, match="不能提前复查"):
        confirm_stage(account=desk.clerk, stage_id=stage(case, 2).pk, found="仍在住院")
    run(desk, JANUARY)
    desk.county.pay(JANUARY)
    assert dues() == [(JANUARY, 200_000, "")]
    assert audited(JANUARY)["paid_fen"] == 200_000
    run(desk, FEBRUARY)
    desk.county.pay(FEBRUARY)
    assert len(dues()) == 1
    with pytest.raises(Refused, match="前一期还没有复查"):
        confirm_stage(account=desk.clerk, stage_id=stage(case, 3).pk, found="仍在住院")
    confirm_stage(account=desk.clerk, stage_id=stage(case, 2).pk, found="入户，仍在住院")
    assert audited(FEBRUARY)["arrears_owed_fen"] == 50_001
    for _ in range(2):
        desk.county.pay(FEBRUARY)
        assert dues() == [(JANUARY, 200_000, ""), (FEBRUARY, 50_001, "later_stage")]
    assert audited(FEBRUARY)["paid_fen"] == 250_001
    assert Task.objects.filter(owner_kind="decision", state="open").count() == 1
    assert reserve.times_helped("linshi_jiuzhu", [person.pk], FEBRUARY) == 1
    with pytest.raises(Refused):
        confirm_stage(account=desk.clerk, stage_id=stage(case, 2).pk, found="再查一次")


def test_what_is_left_is_stopped_by_two_and_heard(desk):
    from nuanxin.kernel.casework.models import Stage
    from nuanxin.kernel.casework.selectors import decision_of, parts_of
    from nuanxin.kernel.casework.services import check_stage_stop, confirm_stage, propose_stage_stop
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.work.models import Letter, Task

    case, _ = decided(desk)
    run(desk, JANUARY)
    desk.county.pay(JANUARY)
    desk.day(FEBRUARY)
    decision = decision_of(case)
    with pytest.raises(Refused) as unheard:
        propose_stage_stop(account=desk.examiner, decision_id=decision.pk, found="已出院复工", heard="")
    assert unheard.value.code == "stages.heard"
    with pytest.raises(Refused) as elsewhere:
        propose_stage_stop(account=desk.other_clerk, decision_id=decision.pk, found="已出院复工", heard="无异议")
    assert elsewhere.value.code == "casework.not_yours"
    propose = {"decision_id": decision.pk, "found": "已出院复工", "heard": "本人无异议"}
    assert propose_stage_stop(account=desk.examiner, **propose) == 2
    with pytest.raises(Refused):
        confirm_stage(account=desk.clerk, stage_id=stage(case, 2).pk, found="仍困难")
    assert check_stage_stop(account=desk.chief, decision_id=decision.pk, agree=False) == 2
    assert parts_of(decision).next.number == 2
    propose_stage_stop(account=desk.examiner, **propose)
    Stage.objects.filter(state="stopping").update(looked_by=desk.chief)  # no role holds both permissions today
    with pytest.raises(Refused) as same:
        check_stage_stop(account=desk.chief, decision_id=decision.pk)
    assert same.value.code == "stages.same_person"
    check_stage_stop(account=desk.leader, decision_id=decision.pk)
    assert [one.state for _, one in parts_of(decision).rows] == ["confirmed", "stopped", "stopped"]
    assert not Task.objects.filter(owner_kind="decision", state="open").exists()
    assert '"from_month":"2024-02-01"' in Letter.objects.get(kind="stopped").values
    run(desk, FEBRUARY)
    desk.county.pay(FEBRUARY)
    assert audited(FEBRUARY)["due_fen"] == 200_000


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ("3000", "stages.what"),
        ("2000 500", "stages.sum"),
        ("2000 1500", "stages.sum"),
        ("400 400 400 400 400 400 600", "stages.most"),
        ("2999.50 0.50", "stages.least"),
        ("2000 千元", "money.format"),
    ],
)
def test_parts_are_the_decision_to_the_fen(desk, parts, code):
    from nuanxin.kernel.casework.models import Stage
    from nuanxin.kernel.core.errors import Refused

    with pytest.raises(Refused) as told:
        decided(desk, parts)
    assert told.value.code == code
    assert not Stage.objects.exists()


def test_given_back_the_parts_are_entered_anew(desk):
    from nuanxin.kernel.casework.models import Stage

    person = desk.county.person()
    desk.county.receipts.say("linshi_jiuzhu", person.pk, 300_000)
    case = desk.end_notice(desk.publish(desk.apply("linshi_jiuzhu", person)))
    desk.move(case, "agree", desk.examiner, stages="1000 2000")
    desk.move(case, "return", desk.chief, "改为一次发给")
    desk.move(case, "agree", desk.examiner)
    assert not Stage.objects.exists()


def test_the_database_lets_nobody_stop_alone(desk):
    from django.db import IntegrityError

    case, _ = decided(desk)
    alone = stage(case, 2)
    alone.state, alone.looked_by, alone.checked_by, alone.heard = "stopped", desk.chief, desk.chief, "无"
    with pytest.raises(IntegrityError):
        alone.save()


def test_shares_are_cut_to_the_fen_both_ways():
    from types import SimpleNamespace

    from nuanxin.kernel.casework.selectors import Part
    from nuanxin.kernel.cycle.services.money import _portion

    shares = ((1, (("a", 33_333), ("b", 7))), (2, (("a", 33_334),)), (3, (("a", 133_326),)))
    amounts = [100_001, 49_999, 50_000]
    whole = SimpleNamespace(amount_fen=sum(amounts))
    cuts = [
        _portion(shares, Part(whole, JANUARY, n + 1, fen, sum(amounts[:n]))) for n, fen in enumerate(amounts)
    ]  # fmt: skip
    assert [sum(fen for _, row in cut for _, fen in row) for cut in cuts] == amounts
    paid = [[sum(cut[person][1][place][1] for cut in cuts) for place in range(len(row))] for person, (_, row) in enumerate(shares)]  # fmt: skip
    assert paid == [[fen for _, fen in row] for _, row in shares]


def test_what_the_fund_paid_first_lies_in_the_first_part(desk):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.payments.models import Due
    from tests.factories.fund import Fund

    fund = Fund(county=desk.county)
    person = desk.county.person("赵急", birth=dt.date(1980, 1, 1))
    case = paid_first(desk, fund, person)
    with pytest.raises(Refused) as told:
        desk.move(case, "agree", desk.examiner, stages="999 2001")
    assert told.value.code == "stages.reserve"
    desk.move(case, "agree", desk.examiner, stages="1500 1500")
    desk.move(case, "approve", desk.chief)
    run(desk, desk.today.replace(day=1))
    desk.county.pay(desk.today.replace(day=1))
    kinds = list(Due.objects.filter(decision_id__isnull=False).values_list("kind", "amount_fen", "cause"))
    assert kinds == [("event", 50_000, "after_reserve")]


def paid_first(desk, fund, person):
    """Help first out of the fund with 1,000 yuan, and go on by the general procedure to the county."""
    from nuanxin.kernel.payments.models import ReserveRequest

    desk.county.receipts.say("linshi_jiuzhu", person.pk, 300_000)
    case = desk.apply("linshi_jiuzhu", person, urgent=True)
    desk.move(case, "pay_first", amount="1000", receipt_no="收1", note="失火")
    fund.agree(ReserveRequest.objects.get(case_id=case.pk), desk.leader)
    desk.move(case, "need_more", note="不足")
    desk.visit(case)
    return desk.end_notice(desk.move(case, "publish"))
