"""A person and the household never lie in different villages; a move keeps to the household's own history."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuanxin.kernel.core import booking
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors, services
from nuanxin.kernel.registry.models import Membership, Person
from tests.factories.county import OTHER_VILLAGE, TODAY, VILLAGE

pytestmark = [pytest.mark.db, pytest.mark.django_db]

FIRST = dt.date(2024, 2, 1)
VILLAGES = (VILLAGE, OTHER_VILLAGE)


def move(county, home, division=OTHER_VILLAGE, on=TODAY):
    return services.move_household(change=county.change, household_id=home.pk, division=division, address="新居", on=on)


def apart():
    """Return everybody who lives elsewhere than the household of today."""
    rows = Membership.objects.filter(superseded_at=None, valid_to=None).select_related("person", "household")
    return [row.person.name for row in rows if row.person.division_id != row.household.division_id]


def test_a_move_dated_before_a_member_joined_takes_the_member_along(county):
    old, new = county.person("老"), county.person("新")
    home = county.household(old, since=dt.date(2020, 1, 1))
    services.add_member(change=county.change, household_id=home.pk, person_id=new.pk, role="child", valid_from=TODAY)
    move(county, home, on=dt.date(2024, 3, 1))
    assert not apart()
    assert {person.division_id for person in Person.objects.all()} == {OTHER_VILLAGE}


@pytest.mark.parametrize(
    ("on", "said"),
    [(dt.date(2010, 1, 1), "早于这个家庭"), (TODAY + dt.timedelta(days=1), "晚于今天"), (dt.date(1, 1, 1), "早于")],
)
def test_a_move_lies_within_the_households_history(county, on, said):
    home = county.household(county.person())
    with pytest.raises(Refused, match=said):
        move(county, home, on=on)
    assert selectors.household_by_id(home.pk).division_id == VILLAGE


def test_a_move_does_not_lie_before_the_last_one_or_in_a_closed_month(county):
    home = county.household(county.person())
    move(county, home, on=dt.date(2024, 3, 10))
    with pytest.raises(Refused, match="早于这个家庭现住址的起始日期 2024-03-10"):
        move(county, home, division=VILLAGE, on=dt.date(2024, 3, 9))
    other, readers = county.household(county.person()), list(booking._readers)
    booking.register_last_closed_month(lambda _: dt.date(2024, 2, 1))
    try:
        with pytest.raises(Refused, match="已经月结，2024-03-01 起"):
            move(county, other, on=dt.date(2024, 2, 29))
        move(county, other, on=dt.date(2024, 3, 1))
    finally:
        booking._readers[:] = readers


def test_who_joins_lives_where_the_household_does(county):
    home, guest = county.household(county.person()), county.person("客", division=OTHER_VILLAGE)
    services.add_member(change=county.change, household_id=home.pk, person_id=guest.pk, role="other", valid_from=FIRST)
    assert not apart()


@pytest.mark.parametrize("kind", ["death", "move_out"])
def test_who_comes_back_to_a_household_that_moved_meanwhile_lives_there(county, kind):
    man, wife = county.person("王大"), county.person("李二", sex=2)
    home = county.household(wife, man)
    event = services.report_event(change=county.change, kind=kind, person_id=man.pk, on=FIRST, source="村委会")
    services.confirm_event(change=county.change, event_id=event.pk)
    move(county, home)
    services.withdraw_event(change=county.change, event_id=event.pk)
    assert selectors.household_of(man.pk, TODAY) == home
    assert not apart()


def test_the_record_kept_of_two_lives_where_the_household_of_the_other_does(county):
    kept, absorbed = county.person("王大"), county.person("王大", division=OTHER_VILLAGE)
    county.household(absorbed, division=OTHER_VILLAGE)
    event = services.report_event(
        change=county.change, kind="merged", person_id=kept.pk, other_id=absorbed.pk, on=TODAY, source="核对"
    )
    services.confirm_event(change=county.change, event_id=event.pk)
    assert selectors.household_of(kept.pk, TODAY) is not None
    assert not apart()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_with_households_nobody_lives_apart_from_their_own(county, data):
    people = [county.person(f"人{number}", division=VILLAGES[number % 2]) for number in range(4)]
    homes = [county.household(people[0], people[1]), county.household(people[2], people[3], division=OTHER_VILLAGE)]
    day = FIRST
    for _ in range(data.draw(st.integers(1, 5))):
        day += dt.timedelta(days=data.draw(st.integers(0, 7)))
        act = data.draw(st.sampled_from(["move", "split", "merge", "leave", "join"]))
        home, place = data.draw(st.sampled_from(homes)), data.draw(st.sampled_from(VILLAGES))
        person = data.draw(st.sampled_from(people))
        try:
            if act == "move":
                move(county, home, place, day)
            elif act == "split":
                homes.append(
                    services.split_household(
                        change=county.change, household_id=home.pk, on=day, person_ids=[person.pk],
                        head_id=person.pk, division=place,
                    )
                )  # fmt: skip
            elif act == "merge":
                into = data.draw(st.sampled_from(homes))
                services.merge_households(change=county.change, household_id=home.pk, into_id=into.pk, on=day)
            elif act == "leave":
                services.end_membership(change=county.change, person_id=person.pk, on=day)
            else:
                services.add_member(
                    change=county.change, household_id=home.pk, person_id=person.pk, role="other", valid_from=day
                )
        except Refused:
            continue
        assert not apart()
