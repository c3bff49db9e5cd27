import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import events, selectors, services
from nuanxin.kernel.registry.models import Household, Membership
from nuanxin.kernel.registry.timeline import standing

pytestmark = [pytest.mark.db, pytest.mark.django_db]

JAN, MARCH, JUNE = dt.date(2024, 1, 1), dt.date(2024, 3, 1), dt.date(2024, 6, 1)


def members(household: Household, on: dt.date) -> list[str]:
    return [row.person.name for row in selectors.members_of(household.pk, on)]


def test_a_person_belongs_to_one_household_at_a_time(county):
    man = county.person()
    county.household(man)
    other = services.register_household(change=county.change, division="340223100001")
    with pytest.raises(Refused, match="一个人同一时间只能属于一个家庭"):
        services.add_member(
            change=county.change, household_id=other.pk, person_id=man.pk, role="other", valid_from=MARCH
        )


def test_the_database_itself_refuses_a_second_open_membership(county):
    man = county.person()
    home = county.household(man)
    row = Membership.objects.get(person=man)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(
            household=home, person=man, role="other", valid_from=MARCH, recorded_at=row.recorded_at, change=row.change
        )


def test_leaving_is_dated_and_what_was_known_before_stays_readable(county):
    man = county.person()
    home = county.household(man)
    first = Membership.objects.get(person=man)
    services.end_membership(change=county.change, person_id=man.pk, on=MARCH)
    assert selectors.household_of(man.pk, dt.date(2024, 2, 29)) == home
    assert selectors.household_of(man.pk, MARCH) is None
    assert selectors.household_of(man.pk, MARCH, known_at=first.recorded_at) == home
    first.refresh_from_db()
    assert first.valid_to is None
    assert first.superseded_at is not None


def test_leaving_twice_or_from_nowhere_is_refused(county):
    with pytest.raises(Refused, match="不属于任何家庭"):
        services.end_membership(change=county.change, person_id=county.person().pk, on=MARCH)


def test_whether_a_member_counts_may_become_unknown(county):
    man = county.person()
    county.household(man)
    services.correct_membership(change=county.change, person_id=man.pk, on=MARCH, counted=None, reason="待核实")
    assert selectors.membership_of(man.pk, JAN).counted is True
    assert selectors.membership_of(man.pk, JUNE).counted is None


def test_a_split_is_one_act_with_its_succession(county, monkeypatch):
    told = []
    monkeypatch.setattr(events, "_succession_handlers", [told.append])
    man, wife, son = county.person("王大"), county.person("李二"), county.person("王小")
    home = county.household(man, wife, son)
    new = services.split_household(
        change=county.change, household_id=home.pk, on=MARCH, person_ids=[son.pk], head_id=son.pk
    )
    assert members(home, JAN) == ["王大", "李二", "王小"]
    assert members(home, MARCH) == ["王大", "李二"]
    assert [(m.person.name, m.role) for m in selectors.members_of(new.pk, MARCH)] == [("王小", "head")]
    (link,) = selectors.successions_of(new.pk)
    assert (link.predecessor, link.successor, link.kind, link.on) == (home, new, "split", MARCH)
    assert (told[-1].predecessor_id, told[-1].successor_id) == (home.pk, new.pk)


@pytest.mark.parametrize("everybody", [True, False])
def test_a_split_leaves_somebody_behind_and_takes_somebody(county, everybody):
    man, wife = county.person("王大"), county.person("李二")
    home = county.household(man, wife)
    people = [man.pk, wife.pk] if everybody else []
    with pytest.raises(Refused, match="分户"):
        services.split_household(
            change=county.change, household_id=home.pk, on=MARCH, person_ids=people, head_id=man.pk
        )
    assert Household.objects.count() == 1


def test_a_merger_closes_the_one_and_ends_its_circumstances(county):
    one, two = county.household(county.person("王大")), county.household(county.person("李二"))
    services.record_circumstance(change=county.change, household_id=one.pk, kind="property_ok", level=1, valid_from=JAN)
    services.merge_households(change=county.change, household_id=one.pk, into_id=two.pk, on=MARCH)
    one.refresh_from_db()
    assert one.closed == MARCH
    assert [(m.person.name, m.role) for m in selectors.members_of(two.pk, MARCH)] == [
        ("李二", "head"),
        ("王大", "other"),
    ]
    assert not selectors.circumstances_of(household_id=one.pk, on=MARCH)
    with pytest.raises(Refused):
        services.merge_households(change=county.change, household_id=one.pk, into_id=two.pk, on=JUNE)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add_until", "end", "correct"]),
        st.integers(0, 2),
        st.integers(0, 1),
        st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 12)),
        st.integers(1, 6),
    ),
    max_size=12,
)


def perform(county, homes, people, act) -> None:
    verb, person, home, day, days = act
    common = {"change": county.change, "person_id": people[person].pk}
    if verb == "end":
        services.end_membership(**common, on=day)
    elif verb == "correct":
        services.correct_membership(**common, on=day, counted=days % 2 == 0)
    else:
        end = day + dt.timedelta(days) if verb == "add_until" else None
        services.add_member(**common, household_id=homes[home].pk, role="other", valid_from=day, valid_to=end)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_at_any_two_times_there_is_at_most_one_membership_and_history_never_disappears(county, acts):
    with transaction.atomic():
        homes = [services.register_household(change=county.change, division="340223100001") for _ in range(2)]
        people = [county.person(f"人{n}") for n in range(3)]
        seen: list[dict[str, object]] = []
        for act in acts:
            try:
                perform(county, homes, people, act)
            except Refused:
                continue
            rows = {row["id"]: row for row in Membership.objects.filter(person__in=people).values()}
            assert all(rows[old["id"]] | {"superseded_at": None} == old | {"superseded_at": None} for old in seen)
            seen = list(rows.values())
        moments = sorted({row["recorded_at"] for row in seen})
        days = [dt.date(2024, 1, 1) + dt.timedelta(n) for n in range(20)]
        for known_at in [*moments, None]:
            for day in days:
                for person in people:
                    assert Membership.objects.filter(standing(day, known_at), person=person).count() <= 1
        transaction.set_rollback(True)
