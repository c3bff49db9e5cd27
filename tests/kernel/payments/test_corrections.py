"""Retroactive money: month by month what is due as known now less what was booked, by household, with its cause."""

import datetime as dt
import json

import pytest

YEAR = 2024


def month(number: int) -> dt.date:
    return dt.date(YEAR, number, 1)


def change_of(verb="test"):
    from nuanxin.kernel.core.changes import Author, open_change

    return open_change(author=Author("测试"), verb=verb, reason="测试", source="tests")


def elders(county, people=1, fen=5000):
    """Grant the old-age allowance from January."""
    from nuanxin.kernel.cycle.services import run_month
    from tests.factories.month import COUNTY

    old = [county.person(f"张{n}", birth=dt.date(1940, 1, 1 + n)) for n in range(people)]
    for person in old:
        county.apply("gaoling_jintie", person)
        county.receipts.say("gaoling_jintie", person.pk, fen)
    run_month(county=COUNTY, month=month(1), author=county.author)
    county.decide(month(1))
    return old


def through(county, last, bounce=None):
    """Run and pay months up to `last`; January is assessed already."""
    for number in range(1, last + 1):
        if number > 1:
            county.month(month(number))
        else:
            county.pay(month(1), bounce=bounce)


def corrections(kind=None):
    from nuanxin.kernel.payments.models import Due

    rows = Due.objects.filter(state="live", kind__in=[kind] if kind else ["arrears", "recovery"])
    return list(
        rows.order_by("kind", "entitlement_month", "id").values_list("kind", "entitlement_month", "amount_fen", "cause")
    )


def settled(first=1, last=12):
    """Audit and return the row; it must add up."""
    from nuanxin.kernel.cycle.audit import audit_money
    from tests.factories.month import COUNTY

    found = audit_money(COUNTY, month(first), month(last))
    assert found.mismatches == [], found.mismatches
    row = found.as_row()
    assert row["difference_fen"] == 0
    return row


def letters():
    """Return what arrears and recovery letters say."""
    from nuanxin.kernel.work.models import Letter

    said = ("amount", "cause", "months")
    rows = Letter.objects.filter(kind__in=("arrears", "recovery")).order_by("id")
    return [(row.kind, {key: json.loads(row.values)[key] for key in said}) for row in rows]


@pytest.mark.db
def test_t_r08_2_a_death_reported_late_is_recovered(county):
    """T-R08-2: death 2024-09-03, reported 2024-11-20, paid to November: October and November, 100.00, 死亡."""
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.registry import services as registry
    from tests.factories.month import COUNTY

    old = elders(county)
    through(county, 11)
    clock.move_to(dt.date(2024, 11, 20))
    change = change_of()
    event = registry.report_event(
        change=change, kind="death", person_id=old[0].pk, on=dt.date(2024, 9, 3), source="殡仪馆"
    )
    registry.confirm_event(change=change, event_id=event.pk)
    assert settled()["recovery_owed_fen"] == 10000, "known at once, booked with the next build"
    clock.move_to(dt.date(2024, 12, 10))
    cycle.run_month(county=COUNTY, month=month(12), author=county.author)
    cycle.build_dues(county=COUNTY, month=month(12), author=county.author)
    assert corrections() == [("recovery", month(10), 5000, "death"), ("recovery", month(11), 5000, "death")]
    assert settled() == {
        "households": 1, "benefits": 1, "due_fen": 45000, "paid_fen": 55000, "in_transit_fen": 0, "failed_fen": 0,
        "arrears_owed_fen": 0, "recovery_owed_fen": 10000, "difference_fen": 0, "mismatches": 0,
    }  # fmt: skip
    cycle.build_dues(county=COUNTY, month=month(12), author=county.author)
    assert letters() == [("recovery", {"amount": "10000", "cause": "死亡", "months": "2024-10、2024-11"})]


@pytest.mark.db
def test_a_standard_raised_from_january_published_in_march(county):
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import change_grants
    from nuanxin.kernel.grants.values import Covered, GrantChange

    old = elders(county, people=2)
    through(county, 2)
    grant = Grant.objects.get(person=old[0])
    target = GrantChange(grant.pk, month(1), (Covered(old[0].pk, (("amount", 6000),)),))
    county.receipts.say("gaoling_jintie", old[0].pk, 6000)
    county.receipts.fresh_standards = frozenset({"gaoling_jintie"})
    change_grants(change=change_of("publish"), changes=[target])
    county.month(month(3))
    assert corrections() == [("arrears", month(1), 1000, "standard"), ("arrears", month(2), 1000, "standard")]
    row = settled()
    assert (row["due_fen"], row["paid_fen"], row["arrears_owed_fen"]) == (33000, 33000, 0)


def test_arrears_are_parted_by_the_periods_of_the_standard(county):
    """One amount in January, another from February: each month is made up to its own."""
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import restate_shares
    from nuanxin.kernel.grants.values import Restatement

    old = elders(county)
    through(county, 3)
    grant = Grant.objects.get(person=old[0])
    pieces = ((month(1), month(2), 5500), (month(2), None, 6500))
    restate_shares(
        change=change_of(),
        restatements=[Restatement(grant.pk, old[0].pk, first, last, (("amount", fen),)) for first, last, fen in pieces],
    )
    county.receipts.say("gaoling_jintie", old[0].pk, 6500)
    county.month(month(4))
    assert [(row[1], row[2]) for row in corrections("arrears")] == [
        (month(1), 500), (month(2), 1500), (month(3), 1500),
    ]  # fmt: skip
    assert settled()["due_fen"] == 5500 + 3 * 6500


def test_a_lower_amount_found_late_is_recovered_and_a_second_finding_gives_back(county):
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import change_grants
    from nuanxin.kernel.grants.values import Covered, GrantChange
    from tests.factories.month import COUNTY

    old = elders(county)
    through(county, 2)
    grant = Grant.objects.get(person=old[0])

    def say(fen, number):
        target = GrantChange(grant.pk, month(1), (Covered(old[0].pk, (("amount", fen),)),))
        county.receipts.say("gaoling_jintie", old[0].pk, fen)
        change_grants(change=change_of(), changes=[target])
        cycle.run_month(county=COUNTY, month=month(number), author=county.author)
        cycle.build_dues(county=COUNTY, month=month(number), author=county.author)

    say(3000, 3)
    assert corrections() == [("recovery", month(1), 2000, "income"), ("recovery", month(2), 2000, "income")]
    say(4000, 3)
    assert [row[:3] for row in corrections()] == [("recovery", month(1), 1000), ("recovery", month(2), 1000)]
    assert settled()["due_fen"] == 12000
    say(5000, 4)
    assert corrections("recovery") == [], "what nobody has paid back yet is void"
    assert settled()["due_fen"] == 20000


def test_a_month_built_again_corrects_itself(county):
    """A share changed after the month's dues were built, before they were paid: the due is made anew, not doubled."""
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import change_grants
    from nuanxin.kernel.grants.values import Covered, GrantChange
    from nuanxin.kernel.payments.models import Due
    from tests.factories.month import COUNTY

    old = elders(county)
    cycle.build_dues(county=COUNTY, month=month(1), author=county.author)
    grant = Grant.objects.get(person=old[0])
    change_grants(
        change=change_of(), changes=[GrantChange(grant.pk, month(1), (Covered(old[0].pk, (("amount", 4000),)),))]
    )
    cycle.build_dues(county=COUNTY, month=month(1), author=county.author)
    live = Due.objects.filter(state="live").values_list("kind", "amount_fen")
    assert list(live) == [("regular", 4000)]
    assert cycle.build_dues(county=COUNTY, month=month(1), author=county.author) == 0
    county.receipts.say("gaoling_jintie", old[0].pk, 4000)
    county.pay(month(1))
    assert settled()["paid_fen"] == 4000


def test_a_new_payee_changes_no_amount(county):
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import change_payee

    old = elders(county)
    through(county, 2)
    grant = Grant.objects.get(person=old[0])
    assert change_payee(change=change_of(), grant_id=grant.pk, account_id=county.payee(old[0], "6217999900001"))
    county.month(month(3))
    assert corrections() == []
    assert settled()["paid_fen"] == 15000


@pytest.mark.db
def test_a_split_found_late_moves_the_money_between_the_households(county):
    """The person left the first household in February: it gives February back, the second is made up for it."""
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import award_grant, end_coverage
    from nuanxin.kernel.grants.values import Award, Covered
    from nuanxin.kernel.payments.models import Due
    from tests.factories.month import COUNTY, VILLAGE

    first, second = county.person("王甲"), county.person("王乙")
    home = county.household(first, second)
    county.apply("dibao", first, home)
    shares = {first.pk: {"basic": 30000, "extra": 0}, second.pk: {"basic": 20000, "extra": 0}}
    county.receipts.household("dibao", home.pk, shares)
    county.month(month(1))
    county.month(month(2))
    county.month(month(3))
    grant = Grant.objects.get(household=home)
    change, other = change_of(), county.household(county.person("王丙"))
    end_coverage(change=change, grant_id=grant.pk, person_id=second.pk, to_date=month(3), cause="left")
    award_grant(
        change=change,
        award=Award(
            county=COUNTY, township=VILLAGE[:9], division=VILLAGE, benefit="dibao", pays="household",
            from_date=month(3), persons=(Covered(second.pk, (("basic", 25000),)),), basis="decision",
            household_id=other.pk, payee_id=county.payee(second, "6217999900002"),
        ),
    )  # fmt: skip
    county.receipts.household("dibao", home.pk, {first.pk: {"basic": 30000, "extra": 0}})
    county.receipts.household("dibao", other.pk, {second.pk: {"basic": 25000, "extra": 0}})
    county.month(month(4))
    rows = Due.objects.filter(state="live", kind__in=["arrears", "recovery"], entitlement_month=month(3))
    found = {(row.kind, row.household_id, row.amount_fen) for row in rows}
    assert found == {("recovery", home.pk, 20000), ("arrears", other.pk, 25000)}
    row = settled()
    assert row["households"] == 2
    assert row["mismatches"] == 0


@pytest.mark.db
def test_what_another_county_pays_is_not_made_up_for_here(county):
    from nuanxin.kernel.grants.services import award_grant
    from nuanxin.kernel.grants.values import Award, Covered
    from nuanxin.kernel.payments.models import Due
    from tests.factories.month import VILLAGE

    (elder,) = elders(county)
    award_grant(
        change=change_of(),
        award=Award(
            county="330522", township="330522100", division=VILLAGE, benefit="canji_huli", pays="person",
            from_date=month(1), persons=(Covered(elder.pk, (("amount", 9900),)),), basis="decision",
            person_id=elder.pk,
        ),
    )  # fmt: skip
    through(county, 2)
    assert corrections() == []
    assert set(Due.objects.values_list("benefit", flat=True)) == {"gaoling_jintie"}


@pytest.mark.db
def test_only_those_whose_dues_differ_are_named(county):
    """Of five touched people: one raised, one raised and paid so, one with two grants, one untouched by money."""
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import change_grants
    from nuanxin.kernel.grants.values import Covered, GrantChange
    from nuanxin.kernel.payments.differing import differing
    from nuanxin.kernel.payments.models import Due
    from tests.factories.month import COUNTY

    raised, paid, restated, ended, same = (person.pk for person in elders(county, people=5))
    people = [raised, paid, restated, ended, same]
    through(county, 2)
    assert differing(COUNTY, people, month(1), month(2)) == ([], False)
    assert differing(COUNTY, [], month(1), month(2)) == ([], False)
    assert differing(COUNTY, people, month(1), month(3)) == (sorted(people), False), "March was not booked yet"
    grants = dict(Grant.objects.values_list("person_id", "id"))
    targets = [
        GrantChange(grants[person], month(2), (Covered(person, (("amount", 6000),)),)) for person in (raised, paid)
    ]
    change_grants(change=change_of(), changes=targets)
    Due.objects.filter(person_id=paid, entitlement_month=month(2)).update(amount_fen=6000)
    assert differing(COUNTY, people, month(1), month(2)) == ([raised], True)
    assert differing(COUNTY, people, month(1), month(1)) == ([], False)
    Due.objects.filter(person_id=restated, entitlement_month=month(1)).update(kind="recovery")
    Due.objects.filter(person_id=ended, entitlement_month=month(2)).update(state="void")
    assert differing(COUNTY, people, month(1), month(2)) == (sorted([raised, restated, ended]), True)
    assert differing("340999", [same], month(1), month(2)) == ([], False), "another county neither pays nor booked"


def test_a_planted_wrong_due_and_a_wrong_line_are_found(county):
    from nuanxin.kernel.cycle.audit import audit_money
    from nuanxin.kernel.payments.models import Due, Line
    from tests.factories.month import COUNTY

    old = elders(county, people=4)
    through(county, 2)
    settled()
    due = Due.objects.get(person=old[0], entitlement_month=month(1))
    Due.objects.filter(pk=due.pk).update(amount_fen=5500)
    Line.objects.filter(pk=due.line_id).update(amount_fen=5500)
    line = Line.objects.get(dues__person=old[1], dues__entitlement_month=month(2))
    Line.objects.filter(pk=line.pk).update(amount_fen=4999)
    extra = Due.objects.get(person=old[2], entitlement_month=month(2))
    extra.pk, extra.kind, extra.line_id, extra.amount_fen = None, "arrears", None, 700
    extra.save()
    found = audit_money(COUNTY, month(1), month(6))
    assert {(unit[2], one.difference) for unit, one in found.mismatches} == {
        (old[0].pk, -500), (old[1].pk, 1), (old[2].pk, -700),
    }  # fmt: skip
