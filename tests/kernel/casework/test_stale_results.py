"""Nothing is decided on a result whose inputs changed: it is void, said why, and computed anew."""

import datetime as dt

import pytest

from nuanxin.kernel.casework import selectors, services
from nuanxin.kernel.casework.models import Decision, Proposal
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.cycle.services import run_month
from nuanxin.kernel.grants.models import Grant
from nuanxin.kernel.registry import services as registry
from tests.factories.month import COUNTY

JANUARY, FEBRUARY = dt.date(2024, 1, 1), dt.date(2024, 2, 1)
pytestmark = pytest.mark.db


@pytest.fixture
def home(county):
    """Return a household on dibao (two people, 800 yuan) and its members, whose money February would lower."""
    members = [county.person(f"王{n}", birth=dt.date(1970, 1, 1 + n)) for n in range(2)]
    unit = county.household(*members)
    pays(county, unit, members, 40000)
    county.apply("dibao", members[0], unit)
    county.month(JANUARY)
    pays(county, unit, members, 30000)
    return unit, members


def pays(county, unit, members, fen):
    county.receipts.household("dibao", unit.pk, {one.pk: {"basic": fen} for one in members})


def february(county):
    clock.move_to(dt.date(2024, 2, 5))
    run_month(county=COUNTY, month=FEBRUARY, author=county.author)
    return selectors.open_proposal_ids(COUNTY, FEBRUARY)


def act(county):
    return open_change(author=county.author, verb="test", reason="测试", source="测试")


def dies(county, person, confirmed=True):
    event = registry.report_event(
        change=act(county), person_id=person.pk, kind="death", on=dt.date(2024, 2, 3), source="测试"
    )
    return registry.confirm_event(change=act(county), event_id=event.pk) if confirmed else event


def income(county, person, kind="wage_year", **more):
    registry.record_circumstance(
        change=act(county), kind=kind, person_id=person.pk, valid_from=dt.date(2024, 1, 31), amount_fen=120_000,
        standing="verified", source="核对", **more,
    )  # fmt: skip


def agree(county, ids):
    return services.make_decisions(maker=county.maker, proposal_ids=ids)


@pytest.mark.parametrize("what", ["death", "reported", "income", "member"])
def test_what_changed_before_the_maker_agreed_makes_the_proposal_void(county, home, what):
    unit, members = home
    (old,) = february(county)
    pays(county, unit, members[:1], 25000)
    if what == "income":
        income(county, members[1])
    elif what == "member":
        registry.end_membership(change=act(county), person_id=members[1].pk, on=dt.date(2024, 2, 3))
    else:
        dies(county, members[1], confirmed=what == "death")
    with pytest.raises(Refused, match="已作废") as refused:
        agree(county, [old])
    assert "重新测算" in refused.value.todo
    assert not Decision.objects.filter(proposal__month=FEBRUARY).exists()
    void = Proposal.objects.get(pk=old)
    words = {"death": "死亡", "reported": "死亡", "income": "工资", "member": "家庭成员"}[what]
    assert void.state == "superseded"
    assert words in void.void_because
    (anew,) = selectors.open_proposal_ids(COUNTY, FEBRUARY)
    renewed = Proposal.objects.get(pk=anew)
    assert (renewed.after_fen, renewed.persons_after) == (25000, 1)
    assert len(agree(county, [anew])) == 1


def test_what_changed_before_the_checker_agreed_goes_back_to_the_maker(county, home):
    unit, members = home
    made = agree(county, february(county))
    pays(county, unit, members[:1], 25000)
    dies(county, members[1])
    with pytest.raises(Refused, match="已作废"):
        services.check_decision(checker=county.checker, decision_id=made[0])
    assert services.check_decisions(checker=county.checker, decision_ids=made) == []
    assert selectors.pending_decision_ids(COUNTY) == []
    (anew,) = selectors.open_proposal_ids(COUNTY, FEBRUARY)
    assert Proposal.objects.get(pk=anew).after_fen == 25000


@pytest.mark.usefixtures("home")
def test_in_bulk_only_what_changed_is_void(county, django_assert_max_num_queries):
    others = []
    for n in range(6):
        person = county.person(f"李{n}", birth=dt.date(1980, 1, 1 + n))
        other = county.household(person)
        pays(county, other, [person], 30000)
        county.apply("dibao", person, other, filed=dt.date(2024, 2, 2))
        others.append(person)
    ids = february(county)
    assert len(ids) == 7
    income(county, others[0])
    income(county, others[1], kind="smoking")  # nothing that dibao reads
    with django_assert_max_num_queries(90):
        made = agree(county, ids)
    assert len(made) == 6
    assert Proposal.objects.filter(state="superseded").exclude(void_because="").count() == 1
    assert len(selectors.open_proposal_ids(COUNTY, FEBRUARY)) == 1


def test_a_proposal_for_nothing_any_more_is_not_made_anew(county, home):
    unit, members = home
    ids = february(county)
    pays(county, unit, members, 40000)  # the income was entered in the wrong year: all as before
    income(county, members[0])
    with pytest.raises(Refused, match="已作废") as refused:
        agree(county, ids)
    assert "没有需要办理的" in refused.value.todo
    assert selectors.open_proposal_ids(COUNTY, FEBRUARY) == []
    assert Grant.objects.get().to_date is None


def test_a_fact_taken_back_without_another_makes_void_too(county, home):
    _unit, members = home
    income(county, members[0])
    ids = february(county)
    registry.end_circumstance(
        change=act(county), kind="wage_year", person_id=members[0].pk, household_id=None, on=dt.date(2024, 1, 31)
    )
    assert ids
    with pytest.raises(Refused, match="已作废"):
        agree(county, ids)


def test_another_law_of_the_benefit_makes_void(county, home, monkeypatch):
    ids = february(county)
    monkeypatch.setattr(type(county.receipts), "law_moved", lambda self, release, place, month, benefit: True)
    with pytest.raises(Refused, match="标准或政策规则已更新"):
        agree(county, ids)


def test_a_review_is_not_confirmed_as_unchanged_on_what_was_known_before(county, home):
    from nuanxin.kernel.casework.models import Review

    unit, members = home
    pays(county, unit, members, 40000)
    county.month(FEBRUARY)
    services.propose_reviews(county=COUNTY, month=dt.date(2025, 6, 1), author=county.author)
    review = Review.objects.get()
    Review.objects.update(changed=False, found="[]", since=dt.date(2024, 2, 20))
    clock.move_to(dt.date(2024, 3, 4))
    income(county, members[0])
    assert services.confirm_reviews(account=county.maker, review_ids=[review.pk]) == []
    review.refresh_from_db()
    assert (review.state, review.changed) == ("open", True)
    assert "wage_year" in review.found


def cut(desk, home):
    """Let the clerk propose a cut of the household's grant as a case."""
    unit, members = home
    clock.move_to(dt.date(2024, 2, 5))
    case = services.open_case(
        author=desk.county.author, county=COUNTY, kind="change", benefit="dibao", person_id=members[0].pk,
        household_id=unit.pk, grant_id=Grant.objects.get().pk, cause="circumstance", opened_on=clock.today(),
    )  # fmt: skip
    return desk.move(case, "propose_cut", note="收入增加")


def test_a_case_is_not_decided_on_what_was_frozen_before_an_income_was_verified(desk, home):
    unit, members = home
    case = cut(desk, home)
    income(desk.county, members[0])
    pays(desk.county, unit, members, 20000)
    with pytest.raises(Refused, match=r"原测算600\.00元作废，现在为400\.00元"):
        desk.move(case, "agree", desk.examiner)
    desk.move(case, "send_back", desk.examiner, note="收入有新核定")
    desk.move(case, "propose_cut", note="收入增加")
    desk.move(case, "agree", desk.examiner)
    income(desk.county, members[1])
    with pytest.raises(Refused, match="不能据此审定"):
        desk.move(case, "approve", desk.chief)
    desk.move(case, "return", desk.chief, note="收入有新核定")
    desk.move(case, "agree", desk.examiner)  # the same amount from the new rows: frozen anew by itself
    desk.move(case, "approve", desk.chief)
    decision = Decision.objects.get(proposal__case=case)
    assert (decision.outcome, decision.amount_fen) == ("approved", 40000)
    assert decision.proposal.inputs.count("[") - 1 == 2  # both incomes lie among the rows it was computed from
