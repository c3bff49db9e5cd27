"""The months assessed anew: every difference from what was decided has its work item or its rule; a planted one is found."""

import datetime as dt

import pytest

from tests.factories.county import COUNTY

OLD, HOME, CARE, ONCE = "gaoling_jintie", "dibao", "canji_huli", "linshi_jiuzhu"


def month(number):
    return dt.date(2024, number, 1)


@pytest.fixture
def county(db, tmp_path):
    from tests.factories.month import MonthCounty

    made = MonthCounty(tmp_path)
    made.old = [made.person(f"张{n}", birth=dt.date(1940, 1, 1 + n)) for n in range(3)]
    for person in made.old:
        made.apply(OLD, person)
        made.receipts.say(OLD, person.pk, 5000)
    made.people = [made.person(f"王{n}", birth=dt.date(1970, 1, 1 + n)) for n in range(2)]
    made.home = made.household(*made.people)
    made.apply(HOME, made.people[0], made.home)
    poor(made, 30000)
    made.month(month(1))
    made.month(month(2))
    return made


def poor(county, fen, **more):
    """Let the rules give the household so much for each of its two."""
    county.receipts.household(HOME, county.home.pk, {one.pk: {"basic": fen} for one in county.people}, **more)


def audit(last=12):
    """Return the books and what the facts say of them."""
    from nuanxin.kernel.cycle.audit import audit_facts, audit_money

    books = audit_money(COUNTY, month(1), month(last))
    return books, audit_facts(books)


def found(last=12):
    """Return by month of each differing pair: (benefit, month, missing fen, reason, kind of work item)."""
    _, facts = audit(last)
    return [
        (pair.unit[0], cell.month.month, cell.fen, why.code, why.item.partition(":")[0])
        for pair in facts.pairs
        for cell, why in pair.months
    ]


def share_of(person):
    from nuanxin.kernel.grants.models import Share

    return Share.objects.filter(coverage__person=person)


def restated(county, person, shares):
    """Write a share anew as a service does, which the books cannot tell from a decision."""
    from nuanxin.kernel.grants.models import Coverage
    from nuanxin.kernel.grants.services import restate_shares
    from nuanxin.kernel.grants.values import Restatement

    grant = Coverage.objects.get(person=person).grant_id
    one = Restatement(grant, person.pk, month(1), None, shares)
    restate_shares(change=county.open("planted"), restatements=[one])


@pytest.mark.db
def test_when_everything_was_decided_nothing_differs(county):
    books, facts = audit()
    assert books.mismatches == []
    row = facts.as_row()
    assert (row["differing"], row["undecided"], row["unexplained"], row["reasons"]) == (0, 0, 0, {})


@pytest.mark.db
def test_a_wrong_share_of_an_apply_benefit_is_unexplained_and_a_mismatch(county):
    share_of(county.old[0]).update(amount_fen=6000)
    county.month(month(3))  # the run finds it wrong and moves it: months before stay as they were written
    assert found() == [(OLD, 1, -1000, "unexplained", ""), (OLD, 2, -1000, "unexplained", "")]
    books, facts = audit()
    assert facts.as_row()["unexplained_fen"] == -2000
    assert [(unit, one.due) for unit, one in books.mismatches] == [((OLD, None, county.old[0].pk), 15000)]


@pytest.mark.db
def test_a_wrong_share_after_month_end_is_found_in_every_month(county):
    restated(county, county.old[0], (("amount", 6000),))
    books, _ = audit()
    assert [one.difference for _, one in books.mismatches] == [-2000], "to the books alone it is money owed"
    assert found() == [(OLD, 1, -1000, "unexplained", ""), (OLD, 2, -1000, "unexplained", "")]


@pytest.mark.db
def test_a_wrong_share_of_a_propose_benefit_is_unexplained(county):
    restated(county, county.people[1], (("basic", 29999),))
    books, facts = audit()
    assert [pair.unit for pair in facts.unexplained] == [(HOME, county.home.pk, None)]
    assert books.mismatches == [], "what people decide is not moved by the rules alone"
    assert facts.as_row()["unexplained"] == 1


@pytest.mark.parametrize("wrong", ["no decision", "another's decision", "another month", "no list"])
def test_a_grant_that_nobody_decided_is_unexplained_though_the_rules_would_give_it(county, wrong):
    from nuanxin.kernel.casework.models import Decision
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.grants.services import award_grant
    from nuanxin.kernel.grants.values import Award, Covered

    if wrong == "another's decision":
        own = Grant.objects.get(person=county.old[0])
        decision = Decision.objects.get(pk=own.decision_id)
        Decision.objects.filter(pk=decision.pk).update(person=county.old[1])
        expected = county.old[0]
    elif wrong == "another month":
        grant = Grant.objects.get(person=county.old[0])
        Decision.objects.filter(pk=grant.decision_id).update(effective_from=month(2))
        expected = county.old[0]
    else:
        expected = county.person("赵", birth=dt.date(1941, 1, 1))
        for number in (1, 2):
            county.receipts.learn(month(number), OLD, expected.pk, 5000)
        assert found() == [], "who never applied is owed nothing"
        award_grant(
            change=county.open("planted"),
            award=Award(
                county=COUNTY, township="340223100", division="340223100001", benefit=OLD, pays="person",
                from_date=month(1), persons=(Covered(expected.pk, (("amount", 5000),)),), person_id=expected.pk,
                basis="takeover" if wrong == "no list" else "decision", payee_id=county.payee(expected),
            ),
        )  # fmt: skip
    assert found() == [(OLD, 1, -5000, "unexplained", ""), (OLD, 2, -5000, "unexplained", "")]
    books, facts = audit()
    assert [pair.unit[2] for pair in facts.unexplained] == [expected.pk]
    assert [unit[2] for unit, _ in books.mismatches] == [expected.pk]


def test_a_grant_that_ended_by_nobody_and_one_that_was_agreed_and_is_not_there_are_found(county):
    from nuanxin.kernel.grants.models import Coverage, Grant, Share

    Grant.objects.filter(person=county.old[0]).update(to_date=month(2))
    for model, which in ((Share, "coverage__grant__person"), (Coverage, "grant__person"), (Grant, "person")):
        rows = model.objects.filter(**{which: county.old[1]})
        if model is Share:
            Share.objects.filter(pk__in=[one.pk for one in rows]).update(amount_fen=0)
    assert found() == [
        (OLD, 2, 5000, "unexplained", ""), (OLD, 1, 5000, "unexplained", ""), (OLD, 2, 5000, "unexplained", ""),
    ]  # fmt: skip


@pytest.mark.db
def test_an_open_proposal_stands_for_it_then_the_decision_and_the_month_it_counts_from(county):
    from nuanxin.kernel.cycle import services as cycle

    poor(county, 20000)
    cycle.run_month(county=COUNTY, month=month(3), author=county.author)
    county.pay(month(3))
    assert found() == [(HOME, 3, -20000, "proposal", "proposal")]
    _, facts = audit()
    row = facts.as_row()
    assert (row["undecided"], row["undecided_fen"], row["undecided_less_fen"], row["waiting"]) == (1, -20000, 20000, 1)
    county.decide(month(3))
    assert found() == [(HOME, 3, -20000, "from_decision", "proposal")]
    county.month(month(4))
    row = audit()[1].as_row()
    assert (row["differing"], row["undecided"], row["standing"]) == (1, 0, 1)


def test_what_people_refused_to_change_stands_by_their_decision(county):
    from nuanxin.kernel.casework import selectors, services
    from nuanxin.kernel.cycle import services as cycle

    poor(county, 20000)
    cycle.run_month(county=COUNTY, month=month(3), author=county.author)
    ids = selectors.open_proposal_ids(COUNTY, month(3))
    made = services.make_decisions(
        maker=county.maker, proposal_ids=ids, outcome="rejected", reason="入户核实收入未变，维持原额"
    )
    services.check_decisions(checker=county.checker, decision_ids=made)
    county.pay(month(3))
    assert found() == [(HOME, 3, -20000, "kept_by_decision", "proposal")]
    poor(county, 10000)
    county.receipts.months[month(3)] = (county.receipts.found, county.receipts.members)
    assert found() == [(HOME, 3, -40000, "unexplained", "")], "another amount was not looked at"


@pytest.mark.db
def test_facts_learned_after_month_end_wait_for_the_next_and_then_count_from_its_month(county):
    who = county.old[0].pk
    county.receipts.learn(month(2), OLD, who, 8000)
    assert found() == [(OLD, 2, 3000, "awaits_month_end", "")]
    county.receipts.say(OLD, who, 8000)
    county.month(month(3))
    assert found() == [(OLD, 2, 3000, "learned_later", "")]
    books, facts = audit()
    assert (books.mismatches, facts.as_row()["undecided"]) == ([], 0)
    assert facts.as_row()["reasons"]["learned_later"] == {"pairs": 1, "more_fen": 3000, "less_fen": 0}


def test_a_month_end_that_did_not_move_what_it_should_have_is_a_mismatch(county):
    who = county.old[0].pk
    county.month(month(3))
    county.receipts.say(OLD, who, 8000)
    county.receipts.months[month(3)][0][OLD][who]["amount_fen"] = 8000  # what the run itself was told
    folder = county.receipts.receipts(county.receipts.runs)
    county.receipts.write_to(folder)
    assert found() == [(OLD, 3, 3000, "unexplained", "")]
    books, _ = audit()
    assert len(books.mismatches) == 1


@pytest.mark.db
def test_a_stop_and_a_death_count_from_the_next_month(county):
    from nuanxin.kernel.registry import services as registry

    county.receipts.forget(OLD, county.old[0].pk)
    change = county.open("death")
    event = registry.report_event(
        change=change, kind="death", person_id=county.old[1].pk, on=dt.date(2024, 2, 20), source="殡仪馆"
    )
    registry.confirm_event(change=change, event_id=event.pk)
    county.receipts.learn(month(2), OLD, county.old[1].pk, 0, granted=False)
    county.receipts.forget(OLD, county.old[1].pk)
    county.month(month(3))
    assert found() == [
        (OLD, 3, -5000, "stops_next_month", ""), (OLD, 2, -5000, "stops_next_month", ""),
    ]  # fmt: skip


def test_an_unknown_is_a_question_without_a_sum(county):
    county.receipts.say(OLD, county.old[0].pk, None)
    county.month(month(3))
    assert found() == [(OLD, 3, 0, "question", "")]
    row = audit()[1].as_row()
    assert (row["differing"], row["questions"], row["undecided_fen"]) == (0, 1, 0)


def test_an_application_not_yet_answered_is_owed_from_the_month_it_reaches_back_to(county):
    from nuanxin.kernel.cycle import services as cycle

    disabled = county.person("李", birth=dt.date(1980, 1, 1))
    county.apply(CARE, disabled, filed=dt.date(2024, 2, 20))
    county.receipts.learn(month(2), CARE, disabled.pk, 8000)
    assert found() == [(CARE, 2, 8000, "application", "application")]
    county.receipts.say(CARE, disabled.pk, 8000)
    cycle.run_month(county=COUNTY, month=month(3), author=county.author)
    assert found() == [(CARE, 2, 8000, "proposal", "proposal")]
    county.decide(month(3))
    assert found() == []


@pytest.mark.parametrize("stands", ["case", "review"])
def test_a_case_or_a_review_of_this_amount_stands_for_it(county, stands):
    from nuanxin.kernel.casework.models import Review
    from nuanxin.kernel.grants.models import Grant

    grant = Grant.objects.get(household=county.home)
    share_of(county.people[0]).update(amount_fen=31000)
    if stands == "review":
        common = {"county": COUNTY, "township": grant.township, "division_id": grant.division_id, "benefit": HOME}
        review = Review.objects.create(
            **common, grant=grant, household=county.home, kind="regular", month=month(2), due_on=month(3),
            since=month(1), changed=True, paid_fen=60000, assessed_fen=60000, state="open", key="r1",
            change=county.change,
        )  # fmt: skip
        assert {row[3] for row in found()} == {"unexplained"}, "it looks at another amount"
        Review.objects.filter(pk=review.pk).update(paid_fen=61000)
    else:
        from nuanxin.kernel.casework.services import open_case

        open_case(
            author=county.author, county=COUNTY, kind="change", benefit=HOME, household_id=county.home.pk,
            person_id=county.people[0].pk, grant_id=grant.pk, cause="reported", opened_on=month(2),
        )  # fmt: skip
    assert {row[3:] for row in found()} == {(stands, stands)}


@pytest.mark.db
def test_what_was_granted_once_stands_by_its_receipt_and_a_wrong_decision_is_found(county):
    from nuanxin.kernel.casework.models import Decision

    county.apply(ONCE, county.people[0], filed=dt.date(2024, 3, 2))
    county.receipts.say(ONCE, county.people[0].pk, 90000)
    county.month(month(3))
    assert found() == []
    county.receipts.learn(month(3), ONCE, county.people[0].pk, 80000)
    assert found() == [(ONCE, 3, -10000, "learned_later", "")]
    Decision.objects.filter(benefit=ONCE).update(amount_fen=95000)
    assert found() == [(ONCE, 3, -15000, "unexplained", "")]


@pytest.mark.db
def test_a_taken_over_amount_is_left_alone_and_listed(db, tmp_path):
    from nuanxin.kernel.cycle.models import TakeoverDifference
    from nuanxin.kernel.grants.models import Share
    from tests.factories.month import MonthCounty
    from tests.kernel.cycle.test_takeover import sheets, sign, take

    county = MonthCounty(tmp_path)
    content = sheets()
    content["欠款"] = []
    old = county.person("赵老", birth=dt.date(1940, 1, 1))
    county.receipts.say(OLD, old.pk, 5000)
    sign(county, take(county, tmp_path, content))
    from nuanxin.kernel.grants.models import Grant

    grant = Grant.objects.get(benefit=OLD)
    county.receipts.say(OLD, grant.person_id, 6000)
    TakeoverDifference.objects.filter(grant=grant).update(assessed_fen=6000)
    home = Grant.objects.get(benefit=HOME)
    county.receipts.household(
        HOME, home.household_id,
        {pk: {"basic": 40000, "extra": 5000} for pk in home.coverages.values_list("person_id", flat=True)},
    )  # fmt: skip
    TakeoverDifference.objects.filter(grant=home).update(assessed_fen=90000)
    county.month(month(1))
    assert sorted(found()) == [
        (HOME, 1, -1, "takeover_difference", "takeover"), (OLD, 1, 1000, "takeover_difference", "takeover"),
    ]  # fmt: skip
    books, facts = audit()
    assert (books.mismatches, facts.as_row()["waiting"], facts.as_row()["unexplained"]) == ([], 2, 0)
    Share.objects.filter(coverage__grant=grant).update(amount_fen=5500)
    assert (OLD, 1, 500, "unexplained", "") in found(), "the list said another amount"
