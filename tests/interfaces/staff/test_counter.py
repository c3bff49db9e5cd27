"""The counter: registering people, changing households, typing facts with a live receipt, events confirmed and withdrawn."""

import datetime as dt
from typing import Any

import pytest

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.identifiers import make_citizen_id
from nuanxin.kernel.grants.models import Coverage, Grant
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.models import Circumstance, Household, LifeEvent, Person
from tests.interfaces.staff.world import World, make_world

TODAY = dt.date(2024, 3, 15)


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    clock.move_to(TODAY)
    return make_world(accounts["county_examiner"])


@pytest.fixture
def clerk(sign_in: Any) -> Any:
    return sign_in("township_clerk")


def change(client: Any, household: Household, act: str, **typed: Any) -> Any:
    data = {"act": act, "on": "2024-03-15", "reason": "入户核实", **typed}
    return client.post(f"/households/{household.pk}/change/", data)


def newcomer(client: Any, village: str, **typed: Any) -> Any:
    number = make_citizen_id("340223", dt.date(1980, 5, 6), 11)
    data = {"name": "李新来", "number": number, "division": village, "hukou_here": "1", **typed}
    return client.post("/people/new/", data)


@pytest.mark.django_db
def test_a_newcomer_founds_a_household_and_the_number_tells_birth_and_sex(world: World, clerk: Any) -> None:
    answer = newcomer(clerk, world.mine.household.division_id)
    person = Person.objects.get(name="李新来")
    assert (person.birth, person.sex) == (dt.date(1980, 5, 6), 1)
    home = registry.household_of(person.pk, TODAY)
    assert home is not None
    assert answer.url == f"/households/{home.pk}/"


@pytest.mark.django_db
@pytest.mark.parametrize("typed", [{"number": "340223198005060000"}, {"name": ""}, {"household": "999999"}])
def test_a_faulty_newcomer_leaves_nothing_behind_and_the_form_keeps_what_was_typed(
    world: World, clerk: Any, typed: dict[str, str]
) -> None:
    people = Person.objects.count()
    answer = newcomer(clerk, world.mine.household.division_id, phone="13800000000", **typed)
    assert answer.status_code in (200, 404)
    assert Person.objects.count() == people
    if answer.status_code == 200:
        assert "13800000000" in answer.content.decode()


@pytest.mark.django_db
def test_a_village_elsewhere_is_refused(world: World, clerk: Any) -> None:
    assert "不在您的辖区" in newcomer(clerk, world.other.household.division_id).content.decode()


@pytest.mark.django_db
def test_members_join_leave_and_split_off(world: World, clerk: Any) -> None:
    newcomer(clerk, world.mine.household.division_id)
    person = Person.objects.get(name="李新来")
    lone = registry.household_of(person.pk, TODAY)
    assert lone is not None
    home = world.mine.household
    assert change(clerk, lone, "merge", into=home.pk).status_code == 302
    assert {m.person_id for m in registry.members_of(home.pk, TODAY)} == {person.pk, world.mine.person.pk}
    assert change(clerk, home, "split", persons=[person.pk], on="2024-03-16").status_code == 409  # not before it is
    clock.move_to(dt.date(2024, 3, 16))
    assert change(clerk, home, "split", persons=[person.pk], on="2024-03-16").status_code == 302
    assert registry.household_of(person.pk, dt.date(2024, 3, 16)) != home
    clock.move_to(dt.date(2024, 3, 20))
    own = registry.household_of(person.pk, dt.date(2024, 3, 20))
    assert own is not None
    assert change(clerk, own, "leave", person=person.pk, on="2024-03-20").status_code == 302
    assert registry.household_of(person.pk, dt.date(2024, 3, 20)) is None


@pytest.mark.django_db
def test_a_household_moves_and_its_grants_go_with_it(world: World, sign_in: Any) -> None:
    here, there = world.mine, world.other
    answer = change(
        sign_in("county_examiner"),
        here.household,
        "move",
        division=there.household.division_id,
        address="新居1号",
        cause="family",
    )
    assert answer.status_code == 302
    grant = Grant.objects.get(pk=here.grant.pk)
    assert (grant.division_id, grant.township) == (there.household.division_id, there.grant.township)
    assert Coverage.objects.get(grant=grant).township == there.grant.township
    assert sign_in("township_clerk").get(f"/households/{here.household.pk}/").status_code == 404


@pytest.mark.django_db
def test_a_death_is_reported_holds_the_money_and_can_be_withdrawn(world: World, clerk: Any) -> None:
    person = world.mine.person
    change(clerk, world.mine.household, "event", person=person.pk, kind="death")
    event = LifeEvent.objects.get(person=person)
    assert event.state == "reported"
    assert Coverage.objects.get(person=person).held_since == TODAY
    page = f"/people/{person.pk}/events/{event.pk}/"
    assert clerk.post(page, {"act": "withdraw", "reason": "认错人"}).status_code == 302
    assert Coverage.objects.get(person=person).held_since is None
    assert clerk.post(f"/people/{world.other.person.pk}/events/{event.pk}/", {"reason": "x"}).status_code == 404


@pytest.mark.django_db
def test_an_act_without_reason_or_by_another_township_changes_nothing(world: World, clerk: Any) -> None:
    assert change(clerk, world.mine.household, "move", reason="").status_code == 409
    assert change(clerk, world.other.household, "move").status_code == 404


def fields(world: World, **typed: str) -> dict[str, str]:
    prefix = f"p{world.mine.person.pk}-"
    stands = {f"{prefix}wage_year": "9600.00"}
    return stands | {f"{prefix}{name}": value for name, value in typed.items()}


@pytest.mark.django_db
def test_facts_are_tried_live_and_kept_only_when_asked(world: World, clerk: Any) -> None:
    place = f"/households/{world.mine.household.pk}/facts/"
    before = Circumstance.objects.count()
    assert "9600.00" in clerk.get(place).content.decode()
    live = clerk.post(f"{place}live/", fields(world, wage_year="很多"))
    assert "很多" in live.content.decode()
    assert clerk.post(f"{place}live/", fields(world, disability_level="1", disability_class="4")).status_code == 200
    assert Circumstance.objects.count() == before
    kept = {"since": "2024-03-01", "standing": "declared", "source": "本人申报"}
    assert clerk.post(place, fields(world, wage_year="12000", in_school="true") | kept).status_code == 302
    wage = Circumstance.objects.get(kind="wage_year", standing="declared", superseded_at=None)
    assert (wage.amount_fen, wage.valid_from) == (1_200_000, dt.date(2024, 3, 1))
    assert Circumstance.objects.filter(kind="in_school", standing="declared").count() == 1


@pytest.mark.django_db
def test_an_emptied_fact_ends_and_nothing_changed_is_said(world: World, clerk: Any) -> None:
    place = f"/households/{world.mine.household.pk}/facts/"
    kept = {"since": "2024-03-01", "standing": "verified", "source": "核实"}
    assert clerk.post(place, fields(world) | kept).status_code == 409
    assert clerk.post(place, fields(world, wage_year="") | kept).status_code == 302
    rows = registry.circumstances_of(person_id=world.mine.person.pk, on=TODAY)
    assert not rows.filter(kind="wage_year").exists()


@pytest.mark.django_db
def test_odd_digits_are_refused_in_words(world: World, clerk: Any) -> None:
    assert change(clerk, world.mine.household, "merge", into="²").status_code == 409
    answer = change(clerk, world.mine.household, "split", persons=[world.mine.person.pk], head="½")
    assert answer.status_code == 409
    assert (
        change(clerk, world.mine.household, "join", person=f"居民{world.other.person.pk}", role="child").status_code
        == 409
    )
