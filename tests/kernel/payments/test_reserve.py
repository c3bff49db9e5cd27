"""The township's reserve fund: never below nought, never above the float, by two people; help first, then the file."""

import datetime as dt

import pytest

TOWN = "340223100"


@pytest.fixture
def fund(db):
    from tests.factories.fund import Fund

    return Fund()


def code_of(act, *args, **kwargs):
    from nuanxin.kernel.core.errors import Refused

    with pytest.raises(Refused) as told:
        act(*args, **kwargs)
    assert told.value.todo
    return told.value.code


@pytest.mark.db
def test_t_r06_3_payments_voucher_and_the_limit(fund):
    from nuanxin.kernel.payments import reserve

    for fen in (120_000, 80_000, 200_000):
        fund.pay(fen)
    assert fund.balance == 1_600_000
    asked = fund.services.request_reserve_replenishment(account=fund.clerk, fund_id=fund.id)
    assert asked.amount_fen == 400_000
    entry = fund.agree(asked)
    voucher = reserve.vouchers_of(fund.id).get()
    assert (voucher.amount_fen, voucher.number, fund.balance) == (400_000, 1, 2_000_000)
    assert sum(item.amount_fen for item in voucher.items.all()) == entry.amount_fen
    assert code_of(fund.ask, 250_000) == "reserve.county"
    assert fund.balance == 2_000_000


@pytest.mark.db
def test_parts_of_one_need_do_not_pass_under_the_limit(fund):
    person = fund.county.person()
    fund.pay(150_000, person)
    assert code_of(fund.ask, 60_000, person) == "reserve.county"
    fund.pay(150_000, fund.county.person(), case_id=7, urgent=True)
    assert code_of(fund.ask, 60_000, fund.county.person(), case_id=7) == "reserve.county"


@pytest.mark.db
def test_a_payment_is_a_due_that_never_goes_through_the_bank(fund):
    from nuanxin.kernel.payments.models import Due
    from nuanxin.kernel.payments.services import prepare_payment_runs, redirect_dues

    people = [fund.county.person(), fund.county.person(), fund.county.person()]
    fund.county.household(*people)
    fund.pay(100_000, *people)
    dues = list(Due.objects.order_by("id"))
    assert [(due.kind, due.amount_fen) for due in dues] == [("reserve", 33334), ("reserve", 33333), ("reserve", 33333)]
    assert len({due.household_id for due in dues}) == 1
    change = fund.county.open("prepare")
    change.actor_id = fund.chief.pk
    assert prepare_payment_runs(county="340223", month=dt.date(2024, 3, 1), change=change) == []
    assert redirect_dues(change=change, due_ids=[due.pk for due in dues], account_id=1) == 0


@pytest.mark.db
def test_maker_and_checker_are_two_and_the_county_moves_its_own_money(fund):
    asked = fund.ask(10_000)
    assert code_of(fund.agree, asked, fund.clerk) == "access.denied"
    own = fund.county.account("section_chief")
    elsewhere = fund.county.account("township_leader", "34.3402.340223.340223101")
    assert code_of(fund.agree, asked, elsewhere) == "reserve.area"
    fund.agree(asked, own)
    assert code_of(fund.agree, asked, own) == "reserve.not_open"
    back = fund.services.request_reserve_return(account=fund.clerk, fund_id=fund.id, amount_fen=1000, purpose="")
    assert code_of(fund.agree, back, fund.leader) == "reserve.county_only"


@pytest.mark.db
def test_the_database_itself_refuses_one_person_and_a_balance_below_nought(fund):
    from django.db import IntegrityError, transaction

    from nuanxin.kernel.payments.models import ReserveFund, ReserveRequest

    asked = fund.ask(10_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReserveRequest.objects.filter(pk=asked.pk).update(checker=fund.clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReserveFund.objects.filter(pk=fund.id).update(balance_fen=-1)


@pytest.mark.db
def test_the_balance_stays_between_nought_and_the_float(fund):
    assert code_of(fund.services.request_reserve_advance, account=fund.clerk, fund_id=fund.id) == "reserve.above_float"
    for _ in range(10):
        fund.pay(200_000)
    assert fund.balance == 0
    assert code_of(fund.ask, 1) == "reserve.short"
    fund.agree(fund.services.request_reserve_advance(account=fund.clerk, fund_id=fund.id, amount_fen=1_500_000))
    asked = fund.services.request_reserve_replenishment(account=fund.clerk, fund_id=fund.id)
    assert code_of(fund.agree, asked) == "reserve.above_float"


@pytest.mark.db
def test_what_waits_is_already_bound(fund):
    fund.agree(
        fund.services.request_reserve_return(account=fund.clerk, fund_id=fund.id, amount_fen=1_900_000, purpose="")
    )
    first = fund.ask(60_000)
    assert code_of(fund.ask, 60_000) == "reserve.short"
    fund.services.reject_reserve_request(account=fund.leader, request_id=first.pk, reason="材料不清")
    fund.ask(60_000)


@pytest.mark.db
def test_a_reversal_is_a_new_line_voids_the_dues_and_counts_below_nought(fund):
    from nuanxin.kernel.payments import reserve
    from nuanxin.kernel.payments.models import Due, ReserveEntry

    paid, kept = fund.pay(120_000), fund.pay(50_000)
    asked = fund.services.request_reserve_reversal(
        account=fund.clerk, entry_id=paid.pk, reason="人已自行解决, 退回现金"
    )
    assert (
        code_of(fund.services.request_reserve_reversal, account=fund.clerk, entry_id=paid.pk, reason="再来")
        == "reserve.reversed"
    )
    fund.agree(asked, fund.leader)
    assert fund.balance == 1_950_000
    assert sum(ReserveEntry.objects.values_list("counted_fen", flat=True)) == 50_000
    assert list(Due.objects.order_by("id").values_list("state", flat=True)) == ["void", "live"]
    wanted = fund.services.request_reserve_replenishment(account=fund.clerk, fund_id=fund.id)
    assert wanted.amount_fen == kept.amount_fen
    fund.agree(wanted)
    assert reserve.unvouchered(fund.id).count() == 0


@pytest.mark.db
def test_a_reversal_after_replenishment_asks_for_the_excess_first(fund):
    paid = fund.pay(120_000)
    fund.agree(fund.services.request_reserve_replenishment(account=fund.clerk, fund_id=fund.id))
    reverse = {"account": fund.clerk, "entry_id": paid.pk, "reason": "退回"}
    assert code_of(fund.services.request_reserve_reversal, **reverse) == "reserve.full"
    fund.agree(
        fund.services.request_reserve_return(account=fund.clerk, fund_id=fund.id, amount_fen=120_000, purpose="")
    )
    fund.agree(fund.services.request_reserve_reversal(**reverse), fund.leader)
    assert fund.balance == 2_000_000


@pytest.mark.db
def test_the_cash_is_counted_by_two_and_a_difference_is_explained(fund):
    from nuanxin.kernel.payments import reserve

    fund.pay(120_000)
    count = {"account": fund.clerk, "fund_id": fund.id, "month": dt.date(2024, 3, 1)}
    assert code_of(fund.services.count_reserve, counted_fen=1_879_000, **count) == "reserve.difference"
    counted = fund.services.count_reserve(counted_fen=1_879_000, explanation="找零差 10 元, 经办人补足", **count)
    assert (
        code_of(fund.services.confirm_reserve_count, account=fund.clerk, count_id=counted.pk) == "reserve.same_person"
    )
    fund.services.confirm_reserve_count(account=fund.leader, count_id=counted.pk)
    assert code_of(fund.services.count_reserve, counted_fen=1_880_000, **count) == "reserve.counted"
    assert reserve.uncounted_funds("340223", dt.date(2024, 4, 2)).count() == 0
    assert reserve.uncounted_funds("340223", dt.date(2024, 5, 2)).count() == 1


@pytest.mark.db
def test_nobody_counts_while_something_waits(fund):
    fund.ask(10_000)
    count = {"account": fund.clerk, "fund_id": fund.id, "month": dt.date(2024, 3, 1), "counted_fen": 2_000_000}
    assert code_of(fund.services.count_reserve, **count) == "reserve.count_open"


@pytest.mark.db
def test_one_is_helped_twice_in_a_year_and_then_the_county_decides(fund):
    from nuanxin.kernel.core import clock

    person = fund.county.person()
    fund.pay(50_000, person)
    clock.move_to(dt.date(2024, 5, 6))
    fund.pay(50_000, person)
    clock.move_to(dt.date(2025, 2, 6))
    assert code_of(fund.ask, 50_000, person) == "reserve.repeat"
    clock.move_to(dt.date(2025, 3, 6))
    fund.ask(50_000, person)


@pytest.mark.db
def test_the_dead_nonsense_and_a_missing_receipt_are_refused(fund):
    from nuanxin.kernel.registry.models import Person

    dead = fund.county.person()
    Person.objects.filter(pk=dead.pk).update(death=dt.date(2024, 3, 1))
    assert code_of(fund.ask, 10_000, dead) == "reserve.dead"
    assert code_of(fund.ask, 0) == "reserve.amount"
    assert code_of(fund.ask, 10_000, receipt_no=" ") == "reserve.receipt"
    assert code_of(fund.ask, 10_000, method="cheque") == "reserve.method"


@pytest.mark.db
def test_terms_are_proposed_by_one_and_approved_by_another(db):
    from nuanxin.kernel.payments import reserve, services
    from tests.factories.county import SmallCounty

    county = SmallCounty()
    finance, chief = county.account("finance"), county.account("section_chief")
    terms = services.propose_reserve_terms(account=finance, township=TOWN)
    assert (terms.float_fen, terms.limit_fen, terms.assumption) == (2_000_000, 200_000, True)
    assert reserve.terms_on(terms.fund_id, dt.date(2024, 3, 15)) is None
    assert code_of(services.approve_reserve_terms, account=finance, terms_id=terms.pk) == "access.denied"
    services.approve_reserve_terms(account=chief, terms_id=terms.pk)
    assert reserve.terms_on(terms.fund_id, dt.date(2024, 3, 15)) == terms
    assert reserve.terms_on(terms.fund_id, dt.date(2024, 3, 14)) is None
