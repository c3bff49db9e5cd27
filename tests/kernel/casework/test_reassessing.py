"""Months already paid, looked back at: each by its own law and the facts known now, corrected by two people."""

import datetime as dt

import pytest

from tests.factories.county import COUNTY, OTHER_TOWNSHIP

OLD, HOME = "gaoling_jintie", "dibao"
HEARD = {"heard_on": dt.date(2024, 4, 20), "statement": "本人承认三月起在镇上务工"}


def month(number):
    return dt.date(2024, number, 1)


@pytest.fixture
def county(db, tmp_path):
    """A poor household of two paid 300 each from January to April, and an old person paid 50."""
    from tests.factories.month import MonthCounty

    made = MonthCounty(tmp_path)
    made.old = made.person("张", birth=dt.date(1940, 1, 1))
    made.apply(OLD, made.old)
    made.receipts.say(OLD, made.old.pk, 5000)
    made.people = [made.person(f"王{n}", birth=dt.date(1970, 1, 1 + n)) for n in range(2)]
    made.home = made.household(*made.people)
    made.apply(HOME, made.people[0], made.home)
    poor(made, 30000)
    for number in (1, 2, 3, 4):
        made.month(month(number))
    made.receipts.by_month = True
    made.grant = grant_of(made.home)
    return made


def poor(county, fen, **more):
    county.receipts.household(HOME, county.home.pk, shares(county, fen), **more)


def shares(county, fen):
    return {one.pk: {"basic": fen} for one in county.people}


def learned(county, number, fen, **more):
    """Let it turn out that a month should have paid each so much."""
    county.receipts.learn_home(month(number), HOME, county.home.pk, shares(county, fen), **more)


def grant_of(home):
    from nuanxin.kernel.grants.models import Grant

    return Grant.objects.get(household=home)


def propose(county, first=3, last=4, account=None, **more):
    from nuanxin.kernel.casework.services import propose_reassessment

    given = {"pursuit": "correct", "reason": "核对发现三月起有务工收入"} | HEARD | more
    return propose_reassessment(
        account=account or county.maker, grant_id=county.grant.pk, first=month(first), last=month(last), **given
    )


def check(county, one, agrees=True, account=None, note=""):
    from nuanxin.kernel.casework.services import check_reassessment

    return check_reassessment(account=account or county.checker, reassessment_id=one.pk, agrees=agrees, note=note)


def corrections():
    from nuanxin.kernel.payments.models import Due

    rows = Due.objects.filter(kind__in=("arrears", "recovery"), state="live").order_by("entitlement_month", "person_id")
    return [(one.entitlement_month.month, one.kind, one.amount_fen, one.cause) for one in rows]


def audited(county, last=5):
    from nuanxin.kernel.cycle.audit import audit_facts, audit_money

    books = audit_money(COUNTY, month(1), month(last))
    return books.as_row(), set(audit_facts(books).as_row()["reasons"])


@pytest.mark.db
def test_income_told_late_is_asked_back_month_by_month_and_the_letter_says_why(county):
    from nuanxin.kernel.work.models import Letter

    learned(county, 3, 10000)
    learned(county, 4, 20000)
    poor(county, 20000)
    assert audited(county, 4)[1] == {"learned_later", "awaits_month_end"}
    one = propose(county)
    assert (one.more_fen, one.less_fen, one.state) == (0, 60000, "proposed")
    assert corrections() == [], "nothing moves before the second person"
    assert audited(county, 4)[1] == {"reassessment"}
    check(county, one)
    county.month(month(5))
    assert corrections() == [
        (3, "recovery", 20000, "reassessed"), (3, "recovery", 20000, "reassessed"),
        (4, "recovery", 10000, "reassessed"), (4, "recovery", 10000, "reassessed"),
    ]  # fmt: skip
    row, reasons = audited(county)
    assert (row["difference_fen"], row["mismatches"], row["recovery_owed_fen"]) == (0, 0, 60000)
    assert "learned_later" not in reasons
    letters = Letter.objects.filter(kind="recovery")
    assert {letter.household_id for letter in letters} == {county.home.pk}


@pytest.mark.db
def test_a_fault_to_the_household_s_loss_is_paid_in_arrears_without_a_hearing(county):
    learned(county, 2, 35000)
    one = propose(county, 1, 4, reason="二月的收入多计了一笔", heard_on=None, statement="")
    assert (one.more_fen, one.less_fen) == (10000, 0)
    assert [(row.month.month.month, row.was_fen, row.due_fen) for row in months(one)] == [
        (2, 60000, 70000), (3, 60000, 60000), (4, 60000, 60000),
    ]  # fmt: skip
    check(county, one)
    county.month(month(5))
    assert corrections() == [(2, "arrears", 5000, "reassessed"), (2, "arrears", 5000, "reassessed")]
    assert audited(county)[0]["difference_fen"] == 0


def months(one):
    from nuanxin.kernel.casework.selectors import months_of

    return months_of(one.pk)


@pytest.mark.db
def test_every_month_keeps_its_receipt_release_and_rows(county):
    from nuanxin.kernel.core.crypto import sm3_hex

    learned(county, 3, 0, granted=False, amount_fen=0)
    row = months(propose(county, 3, 3))[0]
    assert (row.month.granted, len(row.month.release_id)) == (False, 64)
    assert row.month.receipt_sm3 == sm3_hex(row.month.receipt)
    assert row.month.inputs


MISSING = [
    ({"heard_on": None}, "reassess.hearing"),
    ({"statement": ""}, "reassess.hearing"),
    ({"heard_on": dt.date(2025, 1, 1)}, "reassess.heard_later"),
    ({"reason": "错"}, "reassess.words"),
    ({"pursuit": "forget"}, "reassess.pursuit"),
    ({"pursuit": "reinstate"}, "grants.not_ended"),
    ({"first": 4, "last": 3}, "reassess.months"),
    ({"first": 3, "last": 5}, "reassess.months"),
    ({"first": 1, "last": 2}, "reassess.same"),
]


def test_what_is_missing_is_refused_in_words(county):
    from nuanxin.kernel.casework.models import Reassessment
    from nuanxin.kernel.core.errors import Refused

    learned(county, 3, 10000)
    for more, code in MISSING:
        with pytest.raises(Refused) as refused:
            propose(county, **more)
        assert refused.value.code == code
    assert not Reassessment.objects.exists()


def test_an_unknown_fact_is_a_question_not_a_no(county):
    from nuanxin.kernel.core.errors import Refused

    learned(county, 4, 0, granted=None, amount_fen=None)
    with pytest.raises(Refused, match="2024-04") as refused:
        propose(county)
    assert refused.value.code == "reassess.questions"


@pytest.mark.db
def test_the_maker_never_checks_and_others_see_only_their_area(county):
    from nuanxin.kernel.casework.models import Reassessment
    from nuanxin.kernel.casework.selectors import reassessment_by_id, reassessments_in
    from nuanxin.kernel.core.errors import Refused

    learned(county, 3, 10000)
    one = propose(county)
    Reassessment.objects.filter(pk=one.pk).update(maker=county.checker)
    stranger = county.account("township_clerk", area=f"34.3402.340223.{OTHER_TOWNSHIP}")
    with pytest.raises(Refused) as refused:
        check(county, one)
    assert refused.value.code == "reassess.same_person"
    assert reassessment_by_id(one.pk, stranger) is None
    assert not reassessments_in(COUNTY, stranger).exists()
    with pytest.raises(Refused) as refused:
        propose(county, account=stranger)
    assert refused.value.code == "reassess.unknown"


@pytest.mark.db
def test_facts_that_change_before_the_check_send_it_back(county):
    from nuanxin.kernel.core.errors import Refused

    learned(county, 3, 10000)
    one = propose(county)
    learned(county, 4, 10000)
    with pytest.raises(Refused) as refused:
        check(county, one)
    assert refused.value.code == "reassess.stale"
    with pytest.raises(Refused) as refused:
        propose(county)
    assert refused.value.code == "reassess.twice"
    assert check(county, one, agrees=False, note="四月也有收入").state == "refused"
    check(county, propose(county))
    county.month(month(5))
    assert sum(fen for _, kind, fen, _ in corrections() if kind == "recovery") == 80000


@pytest.mark.db
def test_two_people_may_knowingly_leave_it(county):
    learned(county, 3, 29900)
    one = propose(county, pursuit="leave", reason="差额极小，家庭确有困难", heard_on=None, statement="")
    assert check(county, one).state == "left"
    county.month(month(5))
    assert corrections() == []
    row, reasons = audited(county)
    assert row["difference_fen"] == 0
    assert "left_by_decision" in reasons


@pytest.mark.db
def test_twice_corrected_is_corrected_once(county):
    """A second look at the same months starts from what the first one made of them."""
    learned(county, 3, 10000)
    check(county, propose(county))
    learned(county, 3, 15000)
    one = propose(county, reason="扣除了误计的一笔", heard_on=None, statement="")
    assert (one.more_fen, one.less_fen) == (10000, 0)
    check(county, one)
    county.month(month(5))
    assert [(m, kind, fen) for m, kind, fen, _ in corrections()] == [(3, "recovery", 15000)] * 2


def stopped(county, number):
    """Let two people stop the household's grant from a month on."""
    from nuanxin.kernel.grants.services import end_grant
    from nuanxin.kernel.grants.values import GrantEnd

    end_grant(change=county.open("stop"), end=GrantEnd(county.grant.pk, month(number), "income"))
    county.grant.refresh_from_db()


@pytest.mark.db
def test_a_stop_found_wrong_is_undone_and_the_months_between_are_paid(county):
    stopped(county, 5)
    county.month(month(5))
    county.month(month(6))
    learned(county, 6, 32000)
    one = propose(county, 5, 6, pursuit="reinstate", reason="行政复议决定撤销停发", heard_on=None, statement="")
    assert (one.more_fen, one.less_fen) == (124000, 0)
    done = check(county, one)
    assert done.pays_grant_id == county.grant.pk
    county.grant.refresh_from_db()
    assert (county.grant.to_date, county.grant.booked_to, county.grant.end_cause) == (None, None, "")
    poor(county, 32000)
    county.month(month(7))
    assert [(m, kind, fen) for m, kind, fen, _ in corrections()] == [
        (5, "arrears", 30000), (5, "arrears", 30000), (6, "arrears", 32000), (6, "arrears", 32000),
    ]  # fmt: skip
    assert paid_in(7) == 64000
    assert audited(county, 7)[0]["difference_fen"] == 0


def paid_in(number):
    from nuanxin.kernel.payments.models import Due

    rows = Due.objects.filter(benefit=HOME, entitlement_month=month(number), state="live", kind="regular")
    return sum(rows.values_list("amount_fen", flat=True))


@pytest.mark.db
def test_where_a_closed_month_counts_the_stop_the_grant_enters_anew(county, monkeypatch):
    from nuanxin.kernel.core import booking
    from nuanxin.kernel.grants.models import Coverage, Grant

    stopped(county, 5)
    county.month(month(5))
    monkeypatch.setattr(booking, "_readers", [lambda county: month(5)])
    county.month(month(6))
    one = propose(county, 5, 6, pursuit="reinstate", reason="行政复议决定撤销停发", heard_on=None, statement="")
    done = check(county, one)
    again = Grant.objects.get(pk=done.pays_grant_id)
    assert again.pk != county.grant.pk
    assert (again.basis, again.from_date, again.booked_from, again.to_date) == ("reinstated", month(5), month(6), None)
    assert Coverage.objects.filter(grant=again, to_date=None, booked_from=month(6)).count() == 2
    county.month(month(7))
    assert sum(fen for m, kind, fen, _ in corrections() if kind == "arrears" and m in (5, 6)) == 120000
    assert audited(county, 7)[0]["difference_fen"] == 0


@pytest.mark.db
def test_who_was_granted_again_meanwhile_is_paid_only_the_gap(county):
    from nuanxin.kernel.grants.models import Grant

    stopped(county, 5)
    county.month(month(5))
    county.apply(HOME, county.people[0], county.home, filed=dt.date(2024, 5, 20))
    county.month(month(6))  # agreed in June, paid from July
    county.month(month(7))
    one = propose(county, 5, 7, pursuit="reinstate", reason="行政复议决定撤销停发", heard_on=None, statement="")
    assert [row.month.month.month for row in months(one)] == [5, 6]
    check(county, one)
    old, new = Grant.objects.filter(household=county.home).order_by("id")
    assert (old.to_date, new.from_date) == (month(7), month(7))
    county.month(month(8))
    assert [(m, fen) for m, kind, fen, _ in corrections() if kind == "arrears"] == [(5, 30000)] * 2 + [(6, 30000)] * 2
    assert audited(county, 8)[0]["difference_fen"] == 0


@pytest.mark.db
def test_who_is_counted_no_more_is_reinstated_only_until_then(county):
    from nuanxin.kernel.grants.models import Coverage

    stopped(county, 5)
    for number in (5, 6):
        county.month(month(number))
    gone, stays = county.people
    county.receipts.learn_home(month(6), HOME, county.home.pk, {stays.pk: {"basic": 40000}})
    one = propose(county, 5, 6, pursuit="reinstate", reason="行政复议决定撤销停发", heard_on=None, statement="")
    check(county, one)
    ends = dict(Coverage.objects.filter(grant=county.grant).values_list("person_id", "to_date"))
    assert ends == {gone.pk: month(6), stays.pk: None}
    county.month(month(7))
    assert [(m, fen) for m, kind, fen, _ in corrections()] == [(5, 30000), (5, 30000), (6, 40000)]


def late(county, kind="wage_year", valid_from=dt.date(2024, 2, 10), **more):
    """Record on the present day a verified fact that began earlier."""
    from nuanxin.kernel.registry.services import record_circumstance

    who = {"person_id": county.people[0].pk} | more
    record_circumstance(
        change=county.open("late"), kind=kind, valid_from=valid_from, amount_fen=1, standing="verified", **who
    )


def find(county):
    from nuanxin.kernel.casework.services import find_reassessments
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.changes import Author

    return find_reassessments(county=COUNTY, author=Author("每日事务"), on=clock.today())


@pytest.mark.db
def test_a_fact_told_late_is_found_once_and_put_on_a_desk(county):
    from nuanxin.kernel.casework.models import Reassessment
    from nuanxin.kernel.work.models import Task

    assert find(county) == 0
    late(county)
    assert find(county) == 0, "it changes no month"
    for number in (2, 3, 4):
        learned(county, number, 10000)
    assert find(county) == 1
    assert find(county) == 0
    one = Reassessment.objects.get()
    assert (one.first, one.last, one.less_fen, one.state) == (month(3), month(4), 80000, "open")
    assert '"wage_year"' in one.found
    assert Task.objects.get(kind="reassessment").state == "open"
    taken = propose(county)
    assert taken.pk == one.pk
    assert Task.objects.get(kind="reassessment").state == "done"
    assert check(county, taken, agrees=False, note="再核一次").state == "open"
    check(county, propose(county, 2, 4))
    county.month(month(5))
    assert sum(fen for *_, fen, _ in corrections()) == 120000


@pytest.mark.db
def test_a_fact_that_held_when_the_grant_began_counts_from_there(county):
    from nuanxin.kernel.casework.models import Reassessment

    late(county, valid_from=dt.date(2023, 6, 1))
    learned(county, 2, 10000)
    assert find(county) == 1
    assert Reassessment.objects.get().first == month(2)


def test_what_the_benefit_does_not_read_is_no_reason(county):
    late(county, kind="ability", person_id=county.people[0].pk)
    learned(county, 3, 10000)
    assert find(county) == 0


@pytest.mark.db
def test_a_member_who_left_and_was_told_late_is_found(county):
    from nuanxin.kernel.casework.models import Reassessment
    from nuanxin.kernel.registry.services import end_membership

    gone, stays = county.people
    end_membership(change=county.open("left"), person_id=gone.pk, on=dt.date(2024, 2, 20))
    for number in (3, 4):
        county.receipts.learn_home(month(number), HOME, county.home.pk, {stays.pk: {"basic": 30000}})
    assert find(county) == 1
    one = Reassessment.objects.get()
    assert (one.first, one.less_fen) == (month(3), 60000)
    assert '"left"' in one.found
