"""What nobody verified is unknown for every decision: never nought, never granted on, and never a reason to pay more."""

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuanxin.kernel.core.errors import DeclarationError
from nuanxin.kernel.rulebook import standing
from nuanxin.kernel.rulebook.frozen import read_inputs
from nuanxin.kernel.rulebook.household import run_rows
from nuanxin.kernel.rulebook.inputs import COLUMNS
from nuanxin.kernel.rulebook.releases import law_of
from nuanxin.kernel.rulebook.services import assess_case
from tests.kernel.rulebook.rows import Rows
from tests.kernel.rulebook.small import HOME, answers, person_benefit, small_law
from tests.kernel.rulebook.worlds import World

COUNTY, MONTH, DAY = "340223", dt.date(2024, 6, 1), 20240630
PLACE = COLUMNS["circumstance"].index("unverified")


def home(**values: Any) -> Rows:
    rows = Rows()
    rows.household(1)
    rows.note("file", household=1)
    rows.note("ok", household=1, level=1)
    rows.person(1, 1, birth=dt.date(1980, 1, 1))
    rows.note("wage", 1, amount_fen=840_000, **values)
    return rows


def test_a_declared_income_is_not_nought(tmp_path: Path) -> None:
    law = small_law(tmp_path, home_benefits=HOME)
    found = answers(law, home(unverified=True))["home"][1]
    assert (found["income"], found["granted"], found["amount_fen"]) == (None, None, None)
    assert answers(law, home())["home"][1]["amount_fen"] == 30_000


@pytest.mark.parametrize("kind", ["file", "ok"])
def test_a_declared_yes_is_not_a_yes_whatever_absence_means(tmp_path: Path, kind: str) -> None:
    rows = home()
    rows.tables["circumstance"] = [[*r[:-1], r[2] == kind] for r in rows.tables["circumstance"]]
    assert answers(small_law(tmp_path, home_benefits=HOME), rows)["home"][1]["granted"] is None


def test_a_declared_fact_of_a_parent_makes_the_childs_count_unknown(tmp_path: Path) -> None:
    facts = "facts:\n  lost: {label: 失联, of: person, type: yesno, circumstance: lost, take: exists}\n"
    facts += "  parents_lost: {label: 失联父母, of: person, type: number, relation: parent, where: lost}\n"
    law = small_law(tmp_path, more_facts=facts, child_benefits=person_benefit("child", condition="parents_lost >= 1"))
    rows = Rows()
    for n in (1, 10):
        rows.person(n, None, birth=dt.date(2015, 1, 1))
    rows.add("relation", person_id=1, other_id=10, kind="parent")
    assert answers(law, rows)["child"][1]["granted"] is False
    rows.note("lost", 10, unverified=True)
    assert answers(law, rows)["child"][1]["granted"] is None


def test_known_of_a_recorded_fact_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"known\(level"):
        small_law(tmp_path, old_benefits=person_benefit("old", condition="known(level)"))


def record(number: int, said: str, *, value: int = 1, start: int = 20240101, end: int | None = None) -> list[Any]:
    return [1, None, "wage", value, None, None, start, end, said, number]


@pytest.mark.parametrize(
    ("records", "month", "case"),
    [
        ([record(1, "declared")], [True], [True]),
        ([record(1, "observed")], [True], [True]),
        ([record(1, "declared", start=20240701)], [], []),
        ([record(1, "verified"), record(2, "declared")], [False], [False]),
        ([record(1, "verified"), record(2, "declared", value=2)], [False, True], [False, True]),
        ([record(1, "verified"), record(2, "observed", value=2)], [False], [False, True]),
        ([record(1, "declared", value=2), record(2, "verified")], [False], [False]),
        ([record(1, "verified", end=20240601), record(2, "observed")], [False, True], [False, True]),
    ],
)
def test_who_is_asked_when_records_stand_side_by_side(records: list[Any], month: list[bool], case: list[bool]) -> None:
    assert [row[PLACE] for row in standing.settle(records, standing.MONTH, DAY)] == month
    assert [row[PLACE] for row in standing.settle(records, standing.CASE, DAY)] == case


def test_what_was_said_counts_in_the_stated_result_instead_of_what_it_contradicts() -> None:
    rows = standing.settle([record(1, "verified"), record(2, "declared", value=2)], standing.STATED, DAY)
    assert rows == [[1, None, "wage", 2, None, None, 20240101, None, False]]


SAID = st.lists(
    st.tuples(
        st.sampled_from(["verified", "declared", "observed"]), st.integers(1, 2), st.sampled_from([20240101, 20240701]),
        st.sampled_from([None, 20240601, 20250101]),
    ),
    max_size=5,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(SAID)
def test_the_stored_month_asks_exactly_what_the_live_month_asks(said: list[Any]) -> None:
    records = [record(n, how, value=v, start=a, end=b) for n, (how, v, a, b) in enumerate(said, 1) if not b or a < b]
    sides: dict[bool, list[Any]] = {True: [], False: []}
    for row in records:
        sides[row[8] == "verified"].append(row)
    live = [row[9] for row in standing.open_records(sides[True], sides[False], standing.MONTH, DAY)]
    con = duckdb.connect()
    con.execute(
        "create table c (person_id bigint, household_id bigint, kind text, amount_fen bigint, level bigint, code text,"
        " valid_from date, valid_to date, standing text, id bigint, superseded_at timestamp)"
    )
    day = "strptime(cast(? as text), '%Y%m%d')::date"
    for row in records:
        con.execute(f"insert into c values (?, ?, ?, ?, ?, ?, {day}, {day}, ?, ?, null)", row)
    found = con.execute(standing.open_sql("c", "u.id", "'wage'", "2024-06-30") + " order by 1").fetchall()
    assert [r[0] for r in found] == live


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**9), st.floats(0.05, 0.6))
def test_nothing_unverified_ever_raises_what_is_granted(seed: int, share: float) -> None:
    """Beside the same county without it, and beside the same county where all of it proves true."""
    law = law_of(COUNTY, MONTH)
    tables = World(COUNTY, seed, chance=0.3, unverified=share).populate(12).tables
    unsure = tables["circumstance"]
    found = run_rows(law, MONTH, tables)
    without = run_rows(law, MONTH, {**tables, "circumstance": [r for r in unsure if not r[PLACE]]})
    proved = run_rows(law, MONTH, {**tables, "circumstance": [[*r[:PLACE], False] for r in unsure]})
    for code in law.plan.benefits:
        held = {row["subject_id"]: row for row in found[code]}
        for other in (without, proved):
            rows = {row["subject_id"]: row for row in other[code]}
            for subject, row in held.items():
                if row["granted"] is not None:
                    same = rows.get(subject, {"granted": False, "amount_fen": 0})  # not asked at all
                    assert (same["granted"], same["amount_fen"]) == (row["granted"], row["amount_fen"])
            assert not [s for s, row in rows.items() if row["granted"] and s not in held]


def test_rows_frozen_before_standing_was_read_are_verified() -> None:
    old = '{"circumstance":[[1,null,"wage",5,null,null,20240101,null]],"person":[]}'
    assert read_inputs(old)["circumstance"] == [[1, None, "wage", 5, None, None, 20240101, None, False]]


def test_a_condition_that_concerns_nobody_is_told_apart_from_one_that_holds() -> None:
    people = [{"name": "甲", "birth": "1980-01-01"}, {"name": "乙", "birth": "1982-01-01"}]
    found = assess_case(
        county=COUNTY, month=MONTH, people=people, household={"assistance_file": "true", "property_ok": "true"}
    )
    dibao = next(one for one in found if one.benefit == "dibao")
    single = next(one for one in dibao.conditions if one.id == "single")
    assert (single.holds, single.concerns) == (True, False)
