"""The world in memory: exactly so many people, real numbers, the same for the same seed, another for another."""

import datetime as dt
from collections import Counter

import pytest

from nuanxin.demo.plan import MONTHS, OPENING
from nuanxin.demo.roll import YOUNGEST_OF_OLD
from nuanxin.demo.world import World, build_world
from nuanxin.kernel.core.identifiers import check_citizen_id, check_disability_card

PEOPLE = 20_000
VILLAGES = {f"3402231{town:02d}{village:03d}": f"{village}村委会" for town in range(8) for village in range(1, 12)}


def make(seed: int) -> World:
    return build_world(people=PEOPLE, seed=seed, villages=VILLAGES)


@pytest.fixture(scope="module")
def world() -> World:
    return make(1)


def columns(world: World, name: str) -> list[object]:
    return [value for table in world.person_tables for value in table[name].to_pylist()]


def test_there_are_exactly_so_many_people(world: World) -> None:
    ids = columns(world, "id")
    assert ids == list(range(1, PEOPLE + 1))


def test_citizen_ids_are_good_and_unique(world: World) -> None:
    numbers = [str(n) for n in columns(world, "citizen_id")]
    assert len(set(numbers)) == PEOPLE
    assert not [n for n in numbers if check_citizen_id(n, OPENING)]
    assert {n[:6] for n in numbers} >= {"340223", "340221"}


def test_disability_cards_belong_to_their_holders(world: World) -> None:
    cards = [
        (str(row["disability_card"]), str(row["citizen_id"]))
        for row in world.person_tables[0].to_pylist()
        if row["disability_card"]
    ]
    assert len(cards) > 300
    assert not [card for card, number in cards if check_disability_card(card, number)]


def test_every_household_has_one_head(world: World) -> None:
    rows = world.membership_table.to_pylist()
    heads = Counter(row["household_id"] for row in rows if row["role"] == "head")
    assert set(heads.values()) == {1}
    assert set(heads) == {row["household_id"] for row in rows}


def test_resettlers_are_living_locals_of_two_villages_and_draw_on_no_chance_of_others(world: World) -> None:
    resettled = world.resettled
    assert len({one.village for one in resettled}) == 2
    assert len({one.person_id for one in resettled}) == len(resettled) >= 6
    assert {one.village[:9] for one in resettled} == {"340223100"}
    dying = {world.person_id(position) for position in world.county.deaths}
    assert not dying & {one.person_id for one in resettled}
    assert make(1).resettled == resettled != make(2).resettled


def test_nobody_unplanned_turns_eighty_in_the_half_year(world: World) -> None:
    county = world.county
    planned = {*county.old_holders, *county.old_unasked, *(p for month in county.old_entrants for p in month)}
    first_old = dt.date(1944, 7, 1).toordinal()
    assert first_old == YOUNGEST_OF_OLD
    old = [p for p in range(len(county.roll.sex)) if county.roll.birth[p] < first_old and county.roll.local[p]]
    assert set(old) == planned


def test_opening_stocks_follow_the_plan(world: World) -> None:
    county, plan = world.county, world.county.plan
    households = county.households_before["dibao"]
    persons = sum(len(county.roll.members(h)) for h in households)
    assert (len(households), persons) == plan.dibao_opening
    assert len(county.persons_before["tekun"]) == plan.tekun_opening
    assert len(county.deaths) == plan.deaths


@pytest.mark.parametrize("benefit", ["canji_shenghuo", "canji_huli"])
def test_allowances_reach_their_stock_in_june(world: World, benefit: str) -> None:
    county = world.county
    held = county.living if benefit == "canji_shenghuo" else county.care
    gone = [p for p in held.opening if county.deaths.get(p, 5) < 5]
    assert len(held.everybody) - len(gone) == county.plan.n[benefit]
    assert len(set(held.everybody)) == len(held.everybody)


def test_old_age_allowance_reaches_its_stock_in_june(world: World) -> None:
    county = world.county
    gone = [p for p in county.old_holders if county.deaths.get(p, 5) < 5]
    entered = sum(len(month) for month in county.old_entrants[: len(MONTHS)])
    assert len(county.old_holders) - len(gone) + entered == county.plan.n["gaoling"]


def test_divorces_follow_an_application_by_thirty_days(world: World) -> None:
    asked = {(a.first, a.second): a.on for a in world.acts if a.kind == "divorce_application"}
    divorces = [a for a in world.acts if a.kind == "divorce"]
    assert len(divorces) == world.county.plan.n["divorces"]
    assert all(asked[a.first, a.second] + dt.timedelta(days=30) <= a.on for a in divorces)


def test_the_same_seed_gives_the_same_county(world: World) -> None:
    again = make(1)
    assert all(a.equals(b) for a, b in zip(world.person_tables, again.person_tables, strict=True))
    assert world.needs.opening.table(world.numbered).equals(again.needs.opening.table(again.numbered))
    assert [month.asked for month in world.months] == [month.asked for month in again.months]


def test_another_seed_gives_the_same_counts_and_other_people(world: World) -> None:
    other = make(2)

    def asked(one: World) -> Counter[str]:
        return Counter(a.benefit for month in one.months for a in month.asked if a.benefit != "linshi_jiuzhu")

    fixed = {"dibao", "tekun", "huimin_binzang", "gaoling_jintie"}
    assert {b: n for b, n in asked(other).items() if b in fixed} == {
        b: n for b, n in asked(world).items() if b in fixed
    }
    assert Counter(a.kind for a in other.acts if a.on >= MONTHS[0]) == Counter(
        a.kind for a in world.acts if a.on >= MONTHS[0]
    )
    assert columns(other, "citizen_id") != columns(world, "citizen_id")
