"""Help given before the checks: the clock of its file, and that the money is counted as paid once."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

COUNTY = "340223"


@pytest.fixture
def fund(db):
    from tests.factories.fund import Fund

    return Fund()


def code_of(act, *args, **kwargs):
    from nuanxin.kernel.core.errors import Refused

    with pytest.raises(Refused) as told:
        act(*args, **kwargs)
    return told.value.code


def event(fund, person_ids, fen, *, case_id=7, decision_id=70):
    from nuanxin.kernel.payments.services import EventDue, book_event_dues

    one = EventDue(
        decision_id=decision_id, benefit="linshi_jiuzhu", township="340223100", household_id=None, account_id=None,
        persons=tuple((person_id, (("basic", fen),)) for person_id in person_ids),
        entitlement_month=dt.date(2024, 4, 1), case_id=case_id,
    )  # fmt: skip
    change = fund.county.open("dues")
    return book_event_dues(county=COUNTY, month=dt.date(2024, 4, 1), change=change, events=[one])


def dues():
    from nuanxin.kernel.payments.models import Due

    return [(due.kind, due.amount_fen, due.cause) for due in Due.objects.filter(state="live").order_by("id")]


@pytest.mark.db
def test_t_r06_4_ten_working_days_over_two_holidays(fund):
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.payments import reserve
    from nuanxin.kernel.work.models import Task

    clock.move_to(dt.date(2026, 9, 21))
    paid = fund.pay(100_000, urgent=True)
    help_first = reserve.helps_in(COUNTY).get()
    assert (help_first.paid_on, help_first.due_on) == (dt.date(2026, 9, 21), dt.date(2026, 10, 12))
    assert reserve.overdue_helps(COUNTY, dt.date(2026, 10, 12)).count() == 0
    assert reserve.overdue_helps(COUNTY, dt.date(2026, 10, 13)).count() == 1
    task = Task.objects.get(owner_kind="reserve", owner_id=paid.pk)
    assert (task.due_on, task.state) == (dt.date(2026, 10, 12), "open")
    fund.services.complete_help_first(account=fund.clerk, help_id=help_first.pk)
    task.refresh_from_db()
    assert task.state == "done"
    assert reserve.helps_in(COUNTY).count() == 0


@pytest.mark.db
def test_the_decision_pays_what_the_fund_left_and_counts_one_time_a_person(fund):
    from nuanxin.kernel.payments import reserve

    one, two = fund.county.person(), fund.county.person()
    fund.pay(100_000, one, two, case_id=7, urgent=True)
    assert event(fund, [one.pk, two.pk], 150_000) == 2
    assert dues() == [
        ("reserve", 50_000, ""), ("reserve", 50_000, ""), ("event", 100_000, "after_reserve"), ("event", 100_000, "after_reserve"),
    ]  # fmt: skip
    assert event(fund, [one.pk, two.pk], 150_000) == 0
    helped = reserve.help_of_case(7)
    assert (helped.outcome, helped.decision_id, helped.completed_on) == ("entitled", 70, dt.date(2024, 3, 15))
    assert reserve.times_helped("linshi_jiuzhu", [one.pk], dt.date(2024, 4, 1)) == 1


@pytest.mark.db
def test_a_decision_the_fund_has_paid_in_full_makes_no_due_and_is_not_asked_again(fund):
    from nuanxin.kernel.payments import reserve

    one = fund.county.person()
    fund.pay(150_000, one, case_id=7, urgent=True)
    assert event(fund, [one.pk], 150_000) == 0
    assert reserve.settled_parts([70, 71]).helped == {70}
    assert len(dues()) == 1


@pytest.mark.db
def test_too_much_paid_is_owed_back(fund):
    one = fund.county.person()
    fund.pay(150_000, one, case_id=7, urgent=True)
    assert event(fund, [one.pk], 110_000) == 1
    assert dues() == [("reserve", 150_000, ""), ("recovery", 40_000, "help_first")]
    assert event(fund, [one.pk], 110_000) == 0


@pytest.mark.db
@pytest.mark.parametrize("outcome", ["recover", "write_off"])
def test_undue_help_is_recovered_or_written_off_by_two(fund, outcome):
    from nuanxin.kernel.payments import reserve

    one, two = fund.county.person(), fund.county.person()
    fund.pay(100_000, one, two, case_id=7, urgent=True)
    found = reserve.help_of_case(7)
    said = {"account": fund.clerk, "help_id": found.pk, "outcome": outcome}
    assert code_of(fund.services.propose_help_first_outcome, reason=" ", **said) == "reserve.outcome"
    fund.services.propose_help_first_outcome(reason="收入超过规定", **said)
    approve = fund.services.approve_help_first_outcome
    if outcome == "write_off":
        assert code_of(approve, account=fund.leader, help_id=found.pk) == "reserve.county_only"
    assert code_of(approve, account=fund.clerk, help_id=found.pk) == "access.denied"
    done = approve(account=fund.chief, help_id=found.pk)
    assert (done.outcome, done.completed_on) == (outcome, dt.date(2024, 3, 15))
    back = [row for row in dues() if row[0] == "recovery"]
    assert back == ([("recovery", 50_000, "help_first")] * 2 if outcome == "recover" else [])
    assert code_of(approve, account=fund.chief, help_id=found.pk) == "reserve.not_open"


@pytest.mark.db
def test_recovered_help_is_not_taken_off_a_later_decision(fund):
    from nuanxin.kernel.payments import reserve

    one = fund.county.person()
    fund.pay(100_000, one, case_id=7, urgent=True)
    found = reserve.help_of_case(7)
    fund.services.propose_help_first_outcome(account=fund.clerk, help_id=found.pk, outcome="recover", reason="不符合")
    fund.services.approve_help_first_outcome(account=fund.chief, help_id=found.pk)
    assert event(fund, [one.pk], 150_000) == 1
    assert [row[1] for row in dues() if row[0] == "event"] == [150_000]


@pytest.mark.db
def test_a_reversed_payment_starts_no_clock_and_the_case_may_be_helped_again(fund):
    from nuanxin.kernel.payments import reserve

    one = fund.county.person()
    paid = fund.pay(100_000, one, case_id=7, urgent=True)
    fund.agree(
        fund.services.request_reserve_reversal(account=fund.clerk, entry_id=paid.pk, reason="没有领取"), fund.leader
    )
    assert reserve.help_of_case(7) is None
    fund.pay(120_000, one, case_id=7, urgent=True)
    assert reserve.paid_in_cases([7]) == {7: {one.pk: 120_000}}


amounts = st.integers(0, 300_000)


@settings(deadline=None)
@given(st.lists(amounts, min_size=1, max_size=5), st.dictionaries(st.integers(1, 6), amounts, max_size=5))
def test_what_is_granted_is_paid_once_to_the_fen(granted, paid):
    from nuanxin.kernel.payments.services.help_first import net_of_reserve

    persons = [(place, [("basic", fen)]) for place, fen in enumerate(granted, start=1)]
    netted = net_of_reserve(persons, paid)
    rest, back = sum(fen for _, _, fen in netted.rest), sum(netted.back.values())
    assert sum(granted) == sum(paid.values()) + rest - back
    assert not (rest and back)
    assert all(fen > 0 for _, _, fen in netted.rest)
    assert all(0 < fen <= paid[person] for person, fen in netted.back.items())
