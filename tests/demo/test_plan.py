"""The plan's arithmetic: scaling, stocks and flows, ratios."""

import pytest

from nuanxin.demo.plan import FULL, PUBLISHED, plan_for, scaled, spread

SIZES = (3_000, 20_000, 100_000, FULL)


def test_full_size_is_the_published_counts() -> None:
    assert plan_for(FULL).n == PUBLISHED


@pytest.mark.parametrize(
    ("count", "people", "expected"), [(415, 20_000, 15), (441, 20_000, 16), (7, 3_000, 1), (0, 9, 0)]
)
def test_scaling_rounds_half_up_with_a_minimum_of_one(count: int, people: int, expected: int) -> None:
    assert scaled(count, people) == expected


def test_spread_keeps_the_total() -> None:
    assert spread(10, [1, 1, 1]) == [4, 3, 3]
    assert sum(spread(1954, [0.19, 0.18, 0.17, 0.16, 0.155, 0.145])) == 1954


@pytest.mark.parametrize("people", SIZES)
def test_exits_add_up(people: int) -> None:
    plan = plan_for(people)
    lone, over, over_persons, leaving = plan.dibao_exits
    assert lone + over == plan.n["dibao_households_out"]
    assert lone + over_persons + leaving == plan.n["dibao_persons_out"]
    assert over_persons >= over
    assert leaving >= 0


def test_opening_stock_is_the_identity() -> None:
    assert plan_for(FULL).dibao_opening == (12_946, 18_827)
    assert plan_for(FULL).tekun_opening == 3_861


@pytest.mark.parametrize("people", [20_000, FULL])
def test_central_rate_rounds_to_the_published_one(people: int) -> None:
    failing, central = plan_for(people).tekun_care
    assert round(central / failing, 4) == 0.6947


@pytest.mark.parametrize("people", SIZES)
def test_monthly_credits_add_up(people: int) -> None:
    plan = plan_for(people)
    assert sum(plan.jujia_stocks) == plan.n["jujia_person_times"]


def test_allowance_months_meet_the_published_money() -> None:
    plan = plan_for(FULL)
    months = sum(plan.canji_stocks("canji_shenghuo")[1:]) + sum(plan.canji_stocks("canji_huli")[1:])
    assert abs(months * 86 / 8_329_400 - 1) < 0.02


@pytest.mark.parametrize("people", SIZES)
def test_nearly_everybody_is_cremated(people: int) -> None:
    plan = plan_for(people)
    assert plan.n["cremations"] / plan.deaths >= 0.999
