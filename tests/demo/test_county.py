"""The whole walk on small counties: the figures are the plan, whatever the seed; each figure rests on its records."""

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from nuanxin.demo.plan import plan_for
from tests.demo.counties import PEOPLE, build, build_without_one, figures, own_database, planned, run

Figures = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("county")


@pytest.fixture(scope="module")
def first(home: Path) -> Figures:
    return build(home, seed=1)


def counts(found: Figures) -> dict[str, Any]:
    return {indicator: found[indicator]["computed"] for indicator in planned()}


def test_every_planned_count_comes_out(first: Figures) -> None:
    assert counts(first) == planned()


def test_rates_come_out(first: Figures) -> None:
    failing, central = plan_for(PEOPLE).tekun_care
    assert first["tekun_disabled_central_support_rate"]["computed"] == pytest.approx(100 * central / failing, abs=0.005)
    assert first["cremation_rate"]["computed"] >= 99.9
    assert first["marriage_registration_pass_rate"]["computed"] == 100


def test_money_is_paid(first: Figures) -> None:
    for indicator in ("assistance_funds_paid", "old_age_allowance_paid", "disability_two_allowances_paid"):
        assert first[indicator]["computed_fen"] > 0


@pytest.mark.db
def test_every_planned_count_comes_out_of_either_database(tmp_path: Path) -> None:
    with own_database() as url:
        assert counts(build(tmp_path, seed=3, url=url)) == planned()


def test_another_seed_over_an_unfinished_county_gives_the_same_counts(first: Figures, tmp_path: Path) -> None:
    broken = {"county": "340223", "people": PEOPLE, "of": 550_000, "seed": 2, "state": "building", "phases": {}}
    (tmp_path / "demo.json").write_text(json.dumps(broken | {"seconds": 1}), encoding="utf-8")
    (tmp_path / "nuanxin.sqlite3").write_bytes(b"")
    second = build(tmp_path, seed=2)
    assert counts(second) == counts(first)
    assert second["assistance_funds_paid"]["computed_fen"] != first["assistance_funds_paid"]["computed_fen"]


def test_without_one_application_only_the_figures_that_cite_it_move(first: Figures, tmp_path: Path) -> None:
    fewer = build_without_one(tmp_path, "gaoling_jintie")
    moved = {indicator for indicator, row in fewer.items() if row["computed"] != first[indicator]["computed"]}
    assert moved == {"old_age_allowance_persons", "old_age_allowance_paid"}
    assert fewer["old_age_allowance_persons"]["computed"] == first["old_age_allowance_persons"]["computed"] - 1


def test_a_finished_county_is_used_as_it_is(first: Figures, home: Path) -> None:
    before = (home / "demo.json").stat().st_mtime_ns
    run(home, "demo", "--no-serve", "--people", str(PEOPLE))
    assert (home / "demo.json").stat().st_mtime_ns == before
    assert figures(home) == first


def test_what_was_planted_is_the_work_list_of_the_takeover(first: Figures, home: Path) -> None:
    planted = json.loads((home / "truth" / "takeover.json").read_text(encoding="utf-8"))["differences"]
    with contextlib.closing(sqlite3.connect(home / "nuanxin.sqlite3")) as database:
        found = database.execute("SELECT stated_fen, assessed_fen FROM cycle_takeoverdifference").fetchall()
    assert planted
    assert sorted(s - a for s, a in found) == sorted(row["stated_fen"] - row["assessed_fen"] for row in planted)


def test_the_money_adds_up_and_whatever_the_facts_would_change_is_explained(first: Figures, home: Path) -> None:
    row = json.loads(run(home, "audit", "money", "340223", "2024H1", "--json"))
    assert (row["difference_fen"], row["mismatches"], row["unexplained"], row["questions"]) == (0, 0, 0, 0)
    assert row["differing"] > 5, "deaths and moves are paid to the end of their month"
    pairs = {code: reason["pairs"] for code, reason in row["reasons"].items()}
    late = pairs.get("reassessment", 0) + pairs.get("proposal", 0)
    assert late == 3, "three incomes told late wait: to be looked back at, or already proposed for the next month"
    assert row["waiting"] == pairs["takeover_difference"] + late > 3


def test_july_has_a_reserve_fund_that_moved_by_two_and_rosters_of_resettlers(first: Figures, home: Path) -> None:
    with contextlib.closing(sqlite3.connect(home / "nuanxin.sqlite3")) as database:
        moved = "SELECT DISTINCT state, maker_id = checker_id FROM payments_reserverequest"
        assert sorted(database.execute(moved).fetchall(), key=str) == [("approved", 0), ("open", None)]
        (early,) = database.execute("SELECT COUNT(*) FROM payments_reserveentry WHERE \"on\" < '2024-07-01'").fetchone()
        held, counted = database.execute("SELECT book_fen, counted_fen FROM payments_reservecount").fetchone()
        rosters = database.execute("SELECT state, persons FROM welfare_roster ORDER BY state").fetchall()
    assert (early, held - counted) == (0, 0)
    assert [state for state, _ in rosters] == ["approved", "posted"]
    assert all(persons >= 3 for _, persons in rosters)


def test_published_numbers_change_no_computed_figure(first: Figures, home: Path) -> None:
    own = home / "counties" / "340223" / "published"
    own.mkdir(parents=True)
    rows = ["id,indicator,number,qualifier,unit,period", "x-1,old_age_allowance_persons,5,exact,人,2024H1"]
    (own / "2024h1.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    try:
        changed = figures(home)
    finally:
        (own / "2024h1.csv").unlink()
    computed = first["old_age_allowance_persons"]["computed"]
    assert changed["old_age_allowance_persons"]["computed"] == computed
    assert changed["old_age_allowance_persons"]["published"] != first["old_age_allowance_persons"]["published"]
