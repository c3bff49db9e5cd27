"""Reviews: proposed by the month with what changed, confirmed in bulk, looked at by a second person, made cases."""

import datetime as dt
import json

import pytest

from tests.factories.county import COUNTY, OTHER_TOWNSHIP, OTHER_VILLAGE, SmallCounty

JUNE = dt.date(2024, 6, 1)
TAKEN = dt.date(2023, 12, 31)


class Reviewed(SmallCounty):
    """A county with a clerk per township, a chief, and grants written straight in."""

    def __init__(self):
        from nuanxin.kernel.core import clock

        super().__init__()
        clock.move_to(TAKEN)
        self.change = self.open("load")
        self.clerk = self.account("township_clerk", "34.3402.340223.340223100")
        self.chief = self.account("section_chief")
        self.examiner = self.account("county_examiner")

    def home(self, name="王某", fen=50_000, benefit="dibao", division=None, people=1):
        from nuanxin.kernel.grants.services import award_grant
        from nuanxin.kernel.grants.values import Award, Covered
        from tests.factories.county import VILLAGE

        place = division or VILLAGE
        members = [self.person(name, birth=dt.date(1950, 1, 1), division=place) for _ in range(people)]
        home = self.household(*members, division=place)
        award = Award(
            county=COUNTY, township=place[:9], division=place, benefit=benefit, pays="household",
            from_date=dt.date(2023, 7, 1), persons=tuple(Covered(one.pk, (("basic", fen),)) for one in members),
            basis="decision", household_id=home.pk,
        )  # fmt: skip
        return award_grant(change=self.change, award=award), home, members

    def propose(self, month=JUNE, on=None):
        from nuanxin.kernel.casework.services import propose_reviews
        from nuanxin.kernel.core import clock
        from nuanxin.kernel.core.changes import Author

        clock.move_to(on or month)
        return propose_reviews(county=COUNTY, month=month, author=Author("复核"))


@pytest.fixture
def county(db):
    return Reviewed()


def reviews(**which):
    from nuanxin.kernel.casework.models import Review

    return list(Review.objects.filter(**which).order_by("id"))


@pytest.mark.db
def test_a_stable_household_is_due_after_a_year_and_once(county):
    grant, *_ = county.home()
    assert county.propose(dt.date(2024, 6, 1)) == 0
    assert county.propose(dt.date(2024, 12, 1)) == 1
    (review,) = reviews()
    assert (review.grant_id, review.kind, review.state, review.changed) == (grant, "stable", "open", False)
    assert (review.month, review.due_on, review.since, review.paid_fen) == (
        dt.date(2024, 12, 1), dt.date(2024, 12, 31), TAKEN, 50_000,
    )  # fmt: skip
    assert county.propose(dt.date(2024, 12, 1)) == 0
    assert county.propose(dt.date(2025, 1, 1)) == 0  # one open review per grant


@pytest.mark.db
def test_able_bodied_members_make_it_half_yearly(county):
    from nuanxin.kernel.casework.reviewing import Assessed, Due, _due, cycles, standing_grants

    grant, *_ = county.home()
    cycle = cycles(COUNTY, JUNE)["dibao"]
    (standing,) = standing_grants(COUNTY, ["dibao"])
    stable = _due(standing, cycle, Assessed(50_000, unstable=False), (TAKEN, True))
    unstable = _due(standing, cycle, Assessed(50_000, unstable=True), (TAKEN, True))
    assert isinstance(stable, Due)
    assert (stable.month, unstable.month) == (dt.date(2024, 12, 1), JUNE)
    assert (stable.kind, unstable.kind, standing.grant_id) == ("stable", "unstable", grant)


@pytest.mark.db
def test_the_two_disability_subsidies_follow_the_place(county):
    from nuanxin.kernel.casework.reviewing import cycles

    assert set(cycles("330522", JUNE)["canji_huli"].months.values()) == {6}
    assert set(cycles(COUNTY, JUNE)["canji_huli"].months.values()) == {12}
    assert "linshi_jiuzhu" not in cycles(COUNTY, JUNE)


@pytest.mark.db
def test_what_changed_since_is_told(county):
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.registry import services as registry

    _, home, (member,) = county.home()
    county.home("张某")
    clock.move_to(dt.date(2024, 5, 20))
    later = county.open("later")
    registry.record_circumstance(
        change=later, kind="wage_year", person_id=member.pk, valid_from=dt.date(2024, 5, 1), amount_fen=100
    )
    registry.record_circumstance(
        change=later, kind="business_year", person_id=member.pk, valid_from=dt.date(2024, 5, 1), amount_fen=100,
        standing="observed",
    )  # fmt: skip
    child = county.person("王小", birth=dt.date(2024, 4, 1))
    registry.add_member(
        change=later, household_id=home.pk, person_id=child.pk, role="child", valid_from=dt.date(2024, 4, 1)
    )
    assert county.propose(dt.date(2024, 12, 1)) == 2
    first, second = reviews()
    assert (first.changed, second.changed) == (True, False)
    assert json.loads(first.found) == [
        {"count": 1, "kind": "wage_year", "on": "2024-05-01", "what": "circumstance"},
        {"count": 1, "kind": "joined", "on": "2024-04-01", "what": "member"},
        {"kind": "business_year", "what": "observed"},
    ]
    assert "王" not in first.found


@pytest.mark.db
def test_the_amount_now_assessed_is_held_against_what_is_paid(county):
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.engine.services import take_snapshot
    from nuanxin.kernel.registry import services as registry
    from nuanxin.kernel.rulebook.services import assess_county

    for fen in (92_400, 50_000):  # 770.00 and a fifth more from seventy on
        _, home, (_member,) = county.home(fen=fen)
        for kind, level in (("assistance_file", None), ("property_ok", 1)):
            registry.record_circumstance(
                change=county.change, kind=kind, household_id=home.pk, valid_from=dt.date(2023, 1, 1), level=level
            )
    may = dt.date(2024, 5, 1)
    clock.move_to(may)
    assess_county(county=COUNTY, month=may, snapshot=take_snapshot(county=COUNTY))
    county.propose(dt.date(2024, 12, 1))
    same, other = reviews()
    assert (same.changed, same.assessed_fen) == (False, 92_400)
    assert json.loads(other.found) == [{"after": 92_400, "before": 50_000, "kind": "differs", "what": "amount"}]


@pytest.mark.db
def test_taken_over_grants_are_spread_over_the_cycle(county):
    from nuanxin.kernel.casework.services import check_reviews, confirm_reviews
    from nuanxin.kernel.grants.models import Grant

    for number in range(24):
        county.home(f"王{number}")
    Grant.objects.update(basis="takeover")
    found, looked = [], set()
    for number in range(1, 13):
        month = dt.date(2024, number, 1)
        county.propose(month)
        opened = reviews(month=month)
        found.append(len(opened))
        looked |= {one.grant_id for one in opened}
        confirm_reviews(account=county.examiner, review_ids=[one.pk for one in opened])
        waiting = [one.pk for one in reviews(state="confirmed")]
        check_reviews(checker=county.chief, review_ids=waiting, agrees=True)
    assert len(looked) == 24  # everybody within the year
    assert max(found) <= 4  # an even share of the half-yearly cycle


@pytest.mark.db
def test_bulk_confirmation_leaves_out_what_changed_and_draws_a_share_for_a_second_person(county):
    from nuanxin.kernel.casework.models import Review
    from nuanxin.kernel.casework.services import check_reviews, confirm_reviews
    from nuanxin.kernel.core.errors import Refused

    for number in range(20):
        county.home(f"王{number}")
    county.propose(dt.date(2024, 12, 1))
    everything = [one.pk for one in reviews()]
    Review.objects.filter(pk=everything[0]).update(changed=True)
    with pytest.raises(Refused, match="权限"):
        confirm_reviews(account=county.chief, review_ids=everything)
    assert confirm_reviews(account=county.clerk, review_ids=everything) == everything[1:]
    assert confirm_reviews(account=county.clerk, review_ids=everything) == []
    drawn = [one.pk for one in reviews(state="confirmed")]
    assert len(drawn) == 2
    assert len(reviews(state="done")) == 17
    with pytest.raises(Refused, match="理由"):
        check_reviews(checker=county.chief, review_ids=drawn, agrees=False)
    assert check_reviews(checker=county.chief, review_ids=drawn[:1], agrees=True) == drawn[:1]
    assert check_reviews(checker=county.chief, review_ids=drawn[1:], agrees=False, note="邻居说已搬走") == drawn[1:]
    assert [one.state for one in reviews(pk__in=drawn)] == ["done", "open"]
    assert confirm_reviews(account=county.clerk, review_ids=drawn) == []  # what was given back counts as changed


@pytest.mark.db
def test_nobody_checks_his_own_confirmation(county):
    from django.db import IntegrityError, transaction

    from nuanxin.kernel.access.models import Account
    from nuanxin.kernel.casework.models import Review
    from nuanxin.kernel.casework.services import check_reviews, confirm_reviews

    county.home()
    county.propose(dt.date(2024, 12, 1))
    (review,) = reviews()
    confirm_reviews(account=county.examiner, review_ids=[review.pk])
    Account.objects.filter(pk=county.examiner.pk).update(role="section_chief")
    county.examiner.refresh_from_db()
    assert check_reviews(checker=county.examiner, review_ids=[review.pk], agrees=True) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(checker=county.examiner)


@pytest.mark.db
def test_a_clerk_confirms_only_in_the_own_township(county):
    from nuanxin.kernel.casework.selectors import reviews_in
    from nuanxin.kernel.casework.services import confirm_reviews

    county.home(division=OTHER_VILLAGE)
    county.propose(dt.date(2024, 12, 1))
    (review,) = reviews()
    assert review.township == OTHER_TOWNSHIP
    assert confirm_reviews(account=county.clerk, review_ids=[review.pk]) == []
    assert not reviews_in(COUNTY, county.clerk).exists()
    assert reviews_in(COUNTY, county.examiner).count() == 1


@pytest.mark.db
def test_one_task_per_village_is_finished_with_its_last_review(county):
    from nuanxin.kernel.casework.services import confirm_reviews
    from nuanxin.kernel.work.models import Task

    for number in range(3):
        county.home(f"王{number}")
    county.propose(dt.date(2024, 12, 1))
    task = Task.objects.get()
    assert (task.role, task.due_on, task.state) == ("cases.make", dt.date(2024, 12, 31), "open")
    ids = [one.pk for one in reviews()]
    confirm_reviews(account=county.clerk, review_ids=ids[:2])
    assert Task.objects.get().state == "open"
    confirm_reviews(account=county.clerk, review_ids=ids)
    assert Task.objects.get().state == "done"


@pytest.mark.db
def test_a_review_of_a_grant_that_ended_is_dropped(county):
    from nuanxin.kernel.grants.services import end_grant
    from nuanxin.kernel.grants.values import GrantEnd

    grant, *_ = county.home()
    county.propose(dt.date(2024, 12, 1))
    end_grant(change=county.open("end"), end=GrantEnd(grant, dt.date(2025, 1, 1), "not_eligible"))
    county.propose(dt.date(2025, 1, 1))
    assert [one.state for one in reviews()] == ["dropped"]


@pytest.mark.db
def test_a_members_death_is_reviewed_within_three_months(county):
    """T-R01-6: death 2024-09-12, re-examined and decided by 2024-12-12."""
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.registry import services as registry
    from nuanxin.kernel.work.models import Task

    grant, _, (_first, second) = county.home(people=2)
    clock.move_to(dt.date(2024, 9, 20))
    event = registry.report_event(
        change=county.open("death"), kind="death", person_id=second.pk, on=dt.date(2024, 9, 12), source="殡葬"
    )
    assert reviews() == []
    registry.confirm_event(change=county.open("confirm"), event_id=event.pk)
    (review,) = reviews()
    assert (review.grant_id, review.kind, review.due_on) == (grant, "death", dt.date(2024, 12, 12))
    task = Task.objects.get(owner_kind="review")
    assert (task.due_on, task.owner_id, task.state) == (dt.date(2024, 12, 12), review.pk, "open")
    registry.withdraw_event(change=county.open("withdraw"), event_id=event.pk)
    assert [one.state for one in reviews()] == ["dropped"]
    assert Task.objects.get(owner_kind="review").state == "dropped"


@pytest.mark.db
def test_a_review_that_found_a_change_becomes_a_case(county):
    from nuanxin.kernel.casework.services import finish_review, open_review_case
    from nuanxin.kernel.core.errors import Refused

    grant, home, _ = county.home()
    county.propose(dt.date(2024, 12, 1))
    (review,) = reviews()
    with pytest.raises(Refused, match="核查情况"):
        finish_review(account=county.clerk, review_id=review.pk, note="")
    case = open_review_case(account=county.clerk, review_id=review.pk)
    review.refresh_from_db()
    assert (case.kind, case.grant_id, case.household_id, review.state, review.case_id) == (
        "review", grant, home.pk, "case", case.pk,
    )  # fmt: skip
    with pytest.raises(Refused, match="已经办理"):
        open_review_case(account=county.clerk, review_id=review.pk)


@pytest.mark.db
def test_a_review_ends_with_its_case(county):
    from nuanxin.kernel.casework.services import close_cases_reviews, move_case, open_review_case
    from nuanxin.kernel.core.changes import Author

    county.home()
    county.propose(dt.date(2024, 12, 1))
    (review,) = reviews()
    case = open_review_case(account=county.clerk, review_id=review.pk)
    assert close_cases_reviews(county=COUNTY, author=Author("复核")) == 0
    move_case(account=county.clerk, case_id=case.pk, version=case.version, move="keep", note="情况没有变化，维持")
    assert close_cases_reviews(county=COUNTY, author=Author("复核")) == 1
    assert [(one.state, one.closed_on) for one in reviews()] == [("done", dt.date(2024, 12, 1))]


@pytest.mark.db
def test_a_phase_out_is_asked_for_in_a_review_and_registered_when_another_person_agrees(county):
    from nuanxin.kernel.casework.services import check_reviews, propose_phase_out
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.registry.models import Circumstance

    _, home, _ = county.home(fen=50_000)
    county.propose(dt.date(2024, 12, 1))
    (review,) = reviews()
    asked = {"review_id": review.pk, "over_since": dt.date(2024, 11, 5), "note": "十一月起在工地做工，人均超过标准"}
    with pytest.raises(Refused, match="晚于今天"):
        propose_phase_out(account=county.clerk, **asked | {"over_since": dt.date(2030, 1, 1)})
    done = propose_phase_out(account=county.clerk, **asked)
    assert (done.state, done.sampled, done.changed) == ("confirmed", True, True)
    assert not Circumstance.objects.filter(kind="phase_out").exists()
    assert check_reviews(checker=county.chief, review_ids=[review.pk], agrees=False, note="工资条未见") == [review.pk]
    propose_phase_out(account=county.clerk, **asked)
    assert check_reviews(checker=county.chief, review_ids=[review.pk], agrees=True) == [review.pk]
    kept = Circumstance.objects.get(kind="phase_out")
    assert (kept.household_id, kept.amount_fen, kept.valid_from) == (home.pk, 50_000, dt.date(2024, 11, 5))


@pytest.mark.db
def test_where_the_place_has_a_disregard_instead_there_is_no_phase_out(county):
    from nuanxin.kernel.casework.reviewing import phases_out

    assert phases_out(COUNTY, "dibao", JUNE)
    assert not phases_out("330522", "dibao", JUNE)
    assert not phases_out(COUNTY, "tekun", JUNE)


@pytest.mark.db
def test_a_change_too_small_to_be_visible_waits_for_the_review(county, settings):
    """57号 第三十一条: within the review period the amount changes only for a visible change."""
    from dataclasses import replace
    from pathlib import Path

    from nuanxin.kernel.casework.reviewing import visible_changes
    from nuanxin.kernel.casework.values import Draft

    small = Draft(COUNTY, "340223100", JUNE, "dibao", "change", "circumstance", 1, before_fen=50_000, after_fen=51_999)
    others = [
        replace(small, after_fen=52_000), replace(small, cause="membership"), replace(small, kind="stop", after_fen=0),
        replace(small, cause="standard"), replace(small, benefit="tekun"),
    ]  # fmt: skip
    assert visible_changes(COUNTY, JUNE, [small, *others]) == [small, *others]
    folder = Path(settings.NUANXIN_HOME) / "counties" / COUNTY / "parameters"
    folder.mkdir(parents=True)
    value = {"from": "2021-07-01", "value": "20 元/月", "document": "测试办法", "assumption": "true"}
    (folder / "visible.yaml").write_text(json.dumps({"values": {"dibao_visible_change": [value]}}, ensure_ascii=False))
    assert visible_changes(COUNTY, JUNE, [small, *others]) == others
