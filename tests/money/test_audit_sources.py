"""What the audit derives from the reserve fund's ledger and from taken-over debts: right adds up, a planted wrong is found."""

import datetime as dt

import pytest

from tests.factories.county import COUNTY

ONCE = "linshi_jiuzhu"


def month(number):
    return dt.date(2024, number, 1)


def audited(last=3):
    from nuanxin.kernel.cycle.audit import audit_money

    return audit_money(COUNTY, month(1), month(last))


def differences():
    return [one.difference for _, one in audited().mismatches]


@pytest.fixture
def county(db, tmp_path):
    from tests.factories.month import MonthCounty

    return MonthCounty(tmp_path)


@pytest.fixture
def fund(county):
    """A fund out of which two people were helped in January and one payment was taken back."""
    from tests.factories.fund import Fund

    made = Fund(county=county)
    made.helped, made.lone = [county.person("赵"), county.person("钱")], county.person("孙")
    county.household(*made.helped)
    made.paid = made.pay(100_001, *made.helped)
    made.back = made.pay(60_000, made.lone)
    made.agree(
        made.services.request_reserve_reversal(account=made.clerk, entry_id=made.back.pk, reason="未领取"), made.leader
    )
    county.month(month(1))
    return made


@pytest.mark.db
def test_a_reserve_fund_that_paid_rightly_adds_up(fund):
    found = audited()
    row = found.as_row()
    assert (row["due_fen"], row["paid_fen"], row["difference_fen"], row["mismatches"]) == (100_001, 100_001, 0, 0)
    assert len(found.units) == 1, "a household once; what was taken back is nothing"


@pytest.mark.db
@pytest.mark.parametrize("wrong", ["a due's amount", "a due void", "a reversed one alive", "a due beside the ledger"])
def test_a_wrong_entry_of_the_reserve_fund_is_found(fund, wrong):
    from nuanxin.kernel.payments.models import Due

    dues = Due.objects.filter(kind="reserve").order_by("id")
    if wrong == "a due's amount":
        Due.objects.filter(pk=dues[0].pk).update(amount_fen=60_001)
        expected = -10_000
    elif wrong == "a due void":
        Due.objects.filter(pk=dues[1].pk).update(state="void")
        expected = 50_000
    elif wrong == "a reversed one alive":
        Due.objects.filter(person=fund.lone).update(state="live")
        expected = -60_000
    else:
        beside = dues[0]
        beside.pk, beside.person_id, beside.household_id, beside.amount_fen = None, fund.lone.pk, None, 7_000
        beside.save()
        expected = -7_000
    assert differences() == [expected]


@pytest.mark.db
def test_a_share_of_the_ledger_that_is_not_what_was_paid_is_found(fund):
    from nuanxin.kernel.payments.models import ReserveShare

    ReserveShare.objects.filter(person=fund.helped[0]).update(amount_fen=40_000)
    assert sum(differences()) in (-10_001, -10_000)


def decided(fund, paid, granted):
    """Pay out of the fund in a case, then let the month decide on it and make the dues."""
    from nuanxin.kernel.casework.models import Proposal
    from nuanxin.kernel.casework.services import open_case
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.cycle import services as cycle

    county = fund.county
    clock.move_to(month(2).replace(day=10))
    case = open_case(
        author=county.author, county=COUNTY, kind="apply", benefit=ONCE, person_id=fund.lone.pk, cause="urgent",
        opened_on=clock.today(),
    )  # fmt: skip
    fund.pay(paid, fund.lone, case_id=case.pk, urgent=True)
    county.apply(ONCE, fund.lone, filed=month(2).replace(day=11))
    county.receipts.say(ONCE, fund.lone.pk, granted)
    cycle.run_month(county=COUNTY, month=month(2), author=county.author)
    county.decide(month(2))
    Proposal.objects.filter(benefit=ONCE, month=month(2)).update(case=case)
    county.pay(month(2))


@pytest.mark.db
@pytest.mark.parametrize(
    ("granted", "paid", "recovery"), [(150_000, 150_000, 0), (90_000, 90_000, 0), (70_000, 90_000, 20_000)]
)
def test_help_that_a_decision_contains_is_due_once(fund, granted, paid, recovery):
    decided(fund, 90_000, granted)
    found = audited()
    one = found.units[ONCE, None, fund.lone.pk]
    assert (one.due, one.paid, one.recovery_owed, one.difference) == (granted, paid, recovery, 0)


@pytest.mark.db
def test_help_forgotten_by_the_decision_is_found(fund):
    from nuanxin.kernel.payments.models import Due, Line

    decided(fund, 90_000, 150_000)
    Due.objects.filter(kind="event", person=fund.lone).update(amount_fen=150_000)
    Line.objects.filter(person=fund.lone).update(amount_fen=150_000)
    assert differences() == [-90_000]


@pytest.mark.db
def test_undue_help_is_owed_back_and_a_wrong_recovery_found(fund):
    from nuanxin.kernel.payments import reserve
    from nuanxin.kernel.payments.models import Due

    fund.pay(80_000, fund.lone, case_id=7, urgent=True)
    found = reserve.help_of_case(7)
    fund.services.propose_help_first_outcome(account=fund.clerk, help_id=found.pk, outcome="recover", reason="不符合")
    fund.services.approve_help_first_outcome(account=fund.chief, help_id=found.pk)
    one = audited().units[ONCE, None, fund.lone.pk]
    assert (one.due, one.paid, one.recovery_owed, one.difference) == (0, 80_000, 80_000, 0)
    Due.objects.filter(kind="recovery").update(amount_fen=70_000)
    assert differences() == [-10_000]


@pytest.fixture
def taken(county, tmp_path):
    """A list in force with a debt to a household's person and one owed by an old man; January is paid."""
    from tests.kernel.cycle.test_takeover import number, sheets, sign, take

    content = sheets()
    content["欠款"] += [[number(904, dt.date(1940, 1, 1)), "高龄津贴", "应追回", "2023-10", 40, ""]]
    sign(county, take(county, tmp_path, content))
    county.month(month(1))
    return county


def taken_over():
    from nuanxin.kernel.cycle.audit import audit_money

    return audit_money(COUNTY, dt.date(2023, 10, 1), month(1))


@pytest.mark.db
def test_debts_of_a_list_taken_over_add_up_before_and_after_they_are_settled(taken):
    found = taken_over()
    assert found.mismatches == []
    owed = [one for (benefit, home, _), one in found.units.items() if benefit == "dibao" and home is None]
    assert [(one.due, one.paid + one.failed + one.in_transit + one.arrears_owed) for one in owed] == [(3050, 3050)]
    assert found.as_row()["recovery_owed_fen"] == 4000


@pytest.mark.db
@pytest.mark.parametrize("kind", ["arrears", "recovery"])
@pytest.mark.parametrize("wrong", ["amount", "missing", "twice"])
def test_a_wrong_debt_of_a_list_is_found(taken, kind, wrong):
    from nuanxin.kernel.payments.models import Due

    due = Due.objects.get(kind=kind, cause="takeover")
    Due.objects.filter(pk=due.pk).update(line=None)
    if wrong == "amount":
        Due.objects.filter(pk=due.pk).update(amount_fen=due.amount_fen + 100)
    elif wrong == "missing":
        Due.objects.filter(pk=due.pk).update(state="void")
    else:
        due.pk, due.line_id = None, None
        due.entitlement_month = dt.date(2023, 12, 1)
        due.save()
    assert len(taken_over().mismatches) >= 1


def test_a_list_that_was_never_in_force_owes_nothing(county, tmp_path):
    from tests.kernel.cycle.test_takeover import sheets, take

    take(county, tmp_path, sheets())
    from nuanxin.kernel.cycle.models import TakeoverList

    TakeoverList.objects.update(state="withdrawn")
    county.month(month(1))
    assert taken_over().units == {}
