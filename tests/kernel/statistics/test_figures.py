"""Figures come from closed months alone and move with the records they cite."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.statistics.enums import Status, Unit
from nuanxin.kernel.statistics.selectors import (
    Figure,
    figure,
    figures,
    monthly_values,
    parse_period,
    township_values,
)
from tests.factories.walk import COUNTY, TOWNSHIPS, Walk, month

pytestmark = pytest.mark.db
Q1 = parse_period("2024Q1")


def values(period: str = "2024Q1") -> dict[str, int | Fraction | None]:
    return {one.indicator: one.value for one in figures(COUNTY, period)}


def test_stocks_stand_at_the_end_and_flows_run_through_the_period(closed: Walk) -> None:
    found = values()
    assert found["dibao_households"] == 2
    assert found["dibao_persons"] == 3
    assert (found["dibao_households_new"], found["dibao_households_exited"]) == (1, 1)
    assert found["dibao_households_net"] == 0
    assert values("2024-02")["dibao_persons"] == 4


def test_money_is_the_sum_of_what_arrived(closed: Walk) -> None:
    paid = 3 * 2 * 40000 + 2 * 60000 + 2 * 50000 + 3 * 130000
    made = figure("assistance_funds_paid", COUNTY, "2024Q1")
    assert (made.value, made.records) == (paid, 6 + 2 + 2 + 3)
    assert made.computed == Decimal("0.85")
    assert made.as_row()["computed_fen"] == paid


def test_published_numbers_change_no_computed_figure(closed: Walk, settings) -> None:
    before = {one.indicator: (one.value, one.records) for one in figures(COUNTY, "2024H1")}
    folder = Path(settings.NUANXIN_HOME) / "counties" / COUNTY / "published"
    folder.mkdir(parents=True)
    package = Path(__file__).parents[3] / f"src/nuanxin/counties/{COUNTY}/published/2024h1.csv"
    head, *lines = package.read_text().splitlines()
    changed = [line.split(",") for line in lines]
    text = "\n".join([head, *(",".join([a, b, "77777", *rest]) for a, b, _, *rest in changed)]) + "\n"
    (folder / "2024h1.csv").write_text(text)
    after = figures(COUNTY, "2024H1")
    assert {one.published for one in after} == {Decimal(77777)}
    assert {one.indicator: (one.value, one.records) for one in after} == before


def test_the_report_table_has_every_published_row_and_says_what_is_not_counted(closed: Walk) -> None:
    table = figures(COUNTY, "2024H1")
    assert [one.id for one in table] == [f"nanling-2024-{number:03d}" for number in range(1, 79)]
    uncounted = [int(one.id[-3:]) for one in table if one.status is Status.UNCOUNTED]
    counted = {*range(1, 14), *range(18, 22), *range(31, 35), 38, 39, *range(42, 46), *range(64, 72)}
    assert set(uncounted) == set(range(1, 79)) - counted
    assert all(one.value is None for one in table if one.status is Status.UNCOUNTED)
    assert [one.id for one in table if one.status is Status.TARGET] == ["nanling-2024-011"]


def test_a_target_is_shown_beside_what_it_is_required_of(closed: Walk) -> None:
    target = figure("tekun_disabled_central_support_required", COUNTY, "2024H1")
    assert target.value is None
    assert target.published == 67
    assert "100.00 %" in target.note


def test_a_period_not_wholly_closed_says_so(closed: Walk) -> None:
    made = figure("dibao_persons", COUNTY, "2024H1")
    assert made.status is Status.PARTIAL
    assert "2024-01 至 2024-03" in made.note


def test_an_unknown_or_awaited_indicator_is_refused(closed: Walk) -> None:
    for code, why in (("nothing_such", "没有声明"), ("meal_subsidy_amount", "尚未计数")):
        with pytest.raises(Refused) as refused:
            figure(code, COUNTY, "2024H1")
        assert why in refused.value.message


def test_a_smaller_demo_scales_the_published_numbers_and_says_so(closed: Walk, settings) -> None:
    Path(settings.NUANXIN_HOME).mkdir(parents=True, exist_ok=True)
    (Path(settings.NUANXIN_HOME) / "demo.json").write_text(json.dumps({"people": 20000, "of": 550000}))
    table = {one.indicator: one for one in figures(COUNTY, "2024H1")}
    assert table["dibao_persons"].published == 665
    assert "20,000/550,000" in table["dibao_persons"].scaling
    assert "20,000/550,000" in table["dibao_persons"].as_row()["note"]
    assert table["disability_allowance_standard_monthly"].published == 86
    assert table["tekun_disabled_central_support_rate"].published == Decimal("69.47")


def test_differences_are_in_the_printed_unit() -> None:
    made = Figure(
        "x", "y", "z", Unit.WAN_YUAN, COUNTY, Q1, Status.COMPUTED, 3_100_260_00, 1902, Decimal("310.03"), "exact"
    )
    assert made.computed == Decimal("310.03")
    assert made.difference == 0
    assert made.difference_pct == Decimal("0.00")


def test_charts_read_the_same_cells(closed: Walk) -> None:
    assert monthly_values(COUNTY, ["dibao_persons"], Q1)["dibao_persons"] == [
        (month(1), 3),
        (month(2), 4),
        (month(3), 3),
    ]
    assert township_values(COUNTY, "assistance_funds_paid", Q1) == {TOWNSHIPS[0]: 340000, TOWNSHIPS[1]: 510000}
    assert township_values(COUNTY, "tekun_persons", Q1) == {TOWNSHIPS[1]: 1}
