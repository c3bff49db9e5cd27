"""Two people decide; what they agree to takes effect at once, with its receipt frozen."""

import datetime as dt
import json

import pytest

JANUARY, FEBRUARY, MARCH = dt.date(2024, 1, 1), dt.date(2024, 2, 1), dt.date(2024, 3, 1)


def run(county, month=JANUARY):
    from nuanxin.kernel.cycle.services import run_month
    from tests.factories.month import COUNTY

    run_month(county=COUNTY, month=month, author=county.author)


def poor_home(county, people=2):
    members = [county.person(f"王{n}", birth=dt.date(1970, 1, 1 + n)) for n in range(people)]
    home = county.household(*members)
    county.receipts.household("dibao", home.pk, {one.pk: {"basic": 40000} for one in members})
    return home, members


@pytest.mark.db
def test_the_maker_is_never_the_checker(county):
    from django.db import IntegrityError, transaction

    from nuanxin.kernel.access.models import Account
    from nuanxin.kernel.casework import selectors, services
    from nuanxin.kernel.casework.models import Decision
    from nuanxin.kernel.core.errors import Refused

    home, members = poor_home(county)
    county.apply("dibao", members[0], home)
    run(county)
    (made,) = services.make_decisions(maker=county.maker, proposal_ids=selectors.open_proposal_ids("340223", JANUARY))
    with pytest.raises(Refused, match="权限"):
        services.check_decisions(checker=county.maker, decision_ids=[made])
    Account.objects.filter(pk=county.maker.pk).update(role="section_chief")
    county.maker.refresh_from_db()
    with pytest.raises(Refused, match="经办人不能复核"):
        services.check_decision(checker=county.maker, decision_id=made)
    assert services.check_decisions(checker=county.maker, decision_ids=[made]) == []
    leader = county.account("township_leader", area="34.3402.340223.340223100")
    with pytest.raises(Refused, match="由县局复核"):
        services.check_decisions(checker=leader, decision_ids=[made])
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=made).update(checker=county.maker)
    decision = services.check_decision(checker=county.checker, decision_id=made)
    assert (decision.outcome, decision.effective_from) == ("approved", FEBRUARY)


@pytest.mark.db
def test_a_decision_keeps_its_receipt(county):
    from nuanxin.kernel.casework.models import Application, Decision
    from nuanxin.kernel.core.crypto import sm3_hex
    from nuanxin.kernel.grants.models import Coverage, Grant

    home, members = poor_home(county)
    county.apply("dibao", members[0], home)
    run(county)
    county.decide(JANUARY)
    decision = Decision.objects.get()
    receipt = json.loads(decision.receipt)
    assert (receipt["amount_fen"], len(receipt["member_rows"])) == (80000, 2)
    assert (sm3_hex(decision.receipt), decision.release_id) == (decision.receipt_sm3, "0" * 64)
    grant = Grant.objects.get()
    assert (grant.household_id, grant.from_date, grant.booked_from) == (home.pk, FEBRUARY, FEBRUARY)
    assert Coverage.objects.filter(grant=grant).count() == 2
    assert Application.objects.get().state == "approved"


def test_refused_applications_get_no_grant(county):
    from nuanxin.kernel.casework.models import Application, Proposal
    from nuanxin.kernel.grants.models import Grant

    person = county.person("张某", birth=dt.date(1970, 1, 1))
    county.apply("canji_huli", person)
    county.receipts.say("canji_huli", person.pk, 0, granted=False)
    run(county)
    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.cause) == ("refuse", "not_eligible")
    county.decide(JANUARY)
    assert Application.objects.get().state == "refused"
    assert not Grant.objects.exists()


def test_unknown_is_a_question_not_a_no(county):
    from nuanxin.kernel.casework.models import Proposal
    from nuanxin.kernel.cycle.models import MonthRun, MonthStep
    from nuanxin.kernel.cycle.selectors import open_questions

    person = county.person("张某", birth=dt.date(1970, 1, 1))
    county.apply("canji_huli", person)
    county.receipts.say("canji_huli", person.pk, None)
    run(county)
    assert not Proposal.objects.exists()
    assert "护理补贴 1" in MonthStep.objects.get(name="compare").note
    (question,) = open_questions(MonthRun.objects.get())
    assert (question.benefit, question.subject_id) == ("canji_huli", person.pk)


def test_who_asks_in_the_month_of_the_birthday_waits(county):
    from nuanxin.kernel.casework.models import Proposal
    from nuanxin.kernel.grants.models import Grant

    old = county.person("张老", birth=dt.date(1944, 1, 20))
    county.apply("gaoling_jintie", old)
    county.receipts.say("gaoling_jintie", old.pk, 0, granted=False)
    county.month(JANUARY)
    assert not Proposal.objects.exists()
    county.receipts.say("gaoling_jintie", old.pk, 5000)
    county.month(FEBRUARY)
    assert Grant.objects.get().from_date == FEBRUARY


def test_disagreeing_and_giving_back(county):
    from nuanxin.kernel.casework import selectors, services
    from nuanxin.kernel.casework.models import Application, Decision, Proposal
    from nuanxin.kernel.grants.models import Grant

    home, members = poor_home(county)
    county.apply("dibao", members[0], home)
    run(county)
    (proposal,) = selectors.open_proposal_ids("340223", JANUARY)
    decision = services.make_decision(maker=county.maker, proposal_id=proposal)
    services.return_decision(checker=county.checker, decision_id=decision.pk, reason="请补入户调查")
    assert Proposal.objects.get().state == "open"
    decision = services.make_decision(
        maker=county.maker, proposal_id=proposal, outcome="rejected", reason="查明隐瞒收入"
    )
    services.check_decision(checker=county.checker, decision_id=decision.pk)
    assert Decision.objects.get().outcome == "rejected"
    assert (Proposal.objects.get().state, Application.objects.get().state) == ("rejected", "refused")
    assert not Grant.objects.exists()


def test_a_household_that_changes_or_no_longer_qualifies(county):
    from nuanxin.kernel.casework.models import Proposal
    from nuanxin.kernel.grants.models import Coverage, Grant, Share

    home, members = poor_home(county, people=3)
    county.apply("dibao", members[0], home)
    county.month(JANUARY)
    staying = members[:2]
    county.receipts.household("dibao", home.pk, {one.pk: {"basic": 45000} for one in staying})
    county.month(FEBRUARY)
    change = Proposal.objects.get(month=FEBRUARY)
    assert (change.kind, change.cause, change.before_fen, change.after_fen) == ("change", "membership", 120000, 90000)
    assert (change.persons_before, change.persons_after) == (3, 2)
    gone = Coverage.objects.get(person=members[2])
    assert (gone.to_date, gone.booked_to, gone.end_cause) == (MARCH, MARCH, "left")
    assert set(Share.objects.filter(to_date=None, coverage__to_date=None).values_list("amount_fen", "from_date")) == {
        (45000, MARCH)
    }
    county.receipts.household("dibao", home.pk, {}, granted=False, amount_fen=0)
    county.month(MARCH)
    grant = Grant.objects.get()
    assert (grant.to_date, grant.end_cause) == (dt.date(2024, 4, 1), "not_eligible")


def test_a_new_standard_counts_from_its_month(county):
    from nuanxin.kernel.grants.models import Share

    home, members = poor_home(county)
    county.apply("dibao", members[0], home)
    county.month(JANUARY)
    county.receipts.household("dibao", home.pk, {one.pk: {"basic": 50000} for one in members})
    county.receipts.fresh_standards = frozenset({"dibao"})
    county.month(FEBRUARY)
    assert set(Share.objects.filter(to_date=None).values_list("amount_fen", "from_date")) == {(50000, FEBRUARY)}


def test_what_is_paid_once_makes_a_due_and_no_grant(county):
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.payments.models import Due

    person = county.person("赵急", birth=dt.date(1980, 1, 1))
    county.apply("linshi_jiuzhu", person)
    county.receipts.say("linshi_jiuzhu", person.pk, 231000)
    county.month(JANUARY)
    due = Due.objects.get()
    assert (due.kind, due.component, due.amount_fen, due.grant_id) == ("event", "amount", 231000, None)
    assert not Grant.objects.exists()
    county.month(FEBRUARY)
    assert Due.objects.count() == 1


def test_what_people_rejected_is_not_proposed_again(county):
    from nuanxin.kernel.casework import selectors, services
    from nuanxin.kernel.casework.models import Proposal

    home, members = poor_home(county)
    county.apply("dibao", members[0], home)
    county.month(JANUARY)
    county.receipts.household("dibao", home.pk, {one.pk: {"basic": 30000} for one in members})
    run(county, FEBRUARY)
    ids = selectors.open_proposal_ids("340223", FEBRUARY)
    made = services.make_decisions(maker=county.maker, proposal_ids=ids, outcome="rejected", reason="核实后收入未变")
    services.check_decisions(checker=county.checker, decision_ids=made)
    county.pay(FEBRUARY)
    county.month(MARCH)
    assert not Proposal.objects.filter(month=MARCH).exists()


def test_one_open_application_per_subject(county):
    import pyarrow as pa

    from nuanxin.kernel.casework.services import load_applications, withdraw_application
    from nuanxin.kernel.core.errors import Refused

    person = county.person("张某", birth=dt.date(1970, 1, 1))
    first = county.apply("canji_huli", person)
    with pytest.raises(Refused, match="正在办理"):
        county.apply("canji_huli", person)
    row = {"county": ["340223"], "benefit": ["canji_huli"], "person_id": [person.pk], "filed_on": [JANUARY]}
    with pytest.raises(Refused, match="正在办理"):
        load_applications(change=county.change, table=pa.table(row))
    withdraw_application(author=county.author, application_id=first)
    assert load_applications(change=county.change, table=pa.table(row)) == 1
    with pytest.raises(Refused, match="列不对"):
        load_applications(change=county.change, table=pa.table({**row, "other": [1]}))


@pytest.mark.db
def test_many_are_checked_in_short_transactions_each_with_its_change(county, monkeypatch):
    from nuanxin.kernel.casework import selectors, services
    from nuanxin.kernel.casework.models import Decision
    from nuanxin.kernel.casework.services import checking
    from nuanxin.kernel.core.models import Change
    from nuanxin.kernel.grants.models import Grant

    assert checking.BATCH <= 500, "measured: more of them keep the writer longer than 300 ms"
    monkeypatch.setattr(checking, "BATCH", 2)
    for _ in range(5):
        home, members = poor_home(county)
        county.apply("dibao", members[0], home)
    run(county)
    ids = selectors.open_proposal_ids("340223", JANUARY)
    made = services.make_decisions(maker=county.maker, proposal_ids=ids)
    assert services.check_decisions(checker=county.checker, decision_ids=made) == made
    assert Grant.objects.count() == 5
    changes = Change.objects.filter(verb="check_decision").order_by("pk")
    assert [change.rows for change in changes] == [2, 2, 1]
    assert set(Decision.objects.values_list("change_id", flat=True)) == {change.pk for change in changes}
