"""The whole walk on small counties: the figures are the plan, whatever the seed; unfinished ones start over."""

import json
from pathlib import Path
from typing import Any

import pytest

from nuanxin.demo.plan import plan_for
from tests.demo.counties import PEOPLE, build, figures, planned, run

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


def test_another_seed_gives_the_same_counts(first: Figures, tmp_path: Path) -> None:
    second = build(tmp_path / "second", seed=2)
    assert counts(second) == counts(first)
    assert second["assistance_funds_paid"]["computed_fen"] != first["assistance_funds_paid"]["computed_fen"]


def test_a_finished_county_is_used_as_it_is(first: Figures, home: Path) -> None:
    before = (home / "demo.json").stat().st_mtime_ns
    run(home, "demo", "--no-serve", "--people", str(PEOPLE))
    assert (home / "demo.json").stat().st_mtime_ns == before
    assert figures(home) == first


def test_planted_differences_are_the_takeover_work_list(first: Figures, home: Path) -> None:
    truth = json.loads((home / "truth" / "takeover.json").read_text(encoding="utf-8"))
    assert isinstance(truth["differences"], list)


def test_an_unfinished_county_starts_over(first: Figures, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    told = {
        "county": "340223",
        "people": PEOPLE,
        "of": 550_000,
        "seed": 1,
        "state": "building",
        "seconds": 1,
        "phases": {},
    }
    (broken / "demo.json").write_text(json.dumps(told), encoding="utf-8")
    (broken / "nuanxin.sqlite3").write_bytes(b"")
    assert counts(build(broken, seed=1)) == counts(first)
