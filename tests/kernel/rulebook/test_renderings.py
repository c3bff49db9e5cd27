"""One text, three renderings: DuckDB, SQLite and Spark give the same receipts in every column."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.engine.relations import Column, Output, Program, Relation
from nuanxin.kernel.engine.running import SqliteRunner
from nuanxin.kernel.rulebook.household import run_rows
from nuanxin.kernel.rulebook.releases import law_of
from tests.kernel.rulebook.rows import run_in_duckdb
from tests.kernel.rulebook.worlds import World

MONTHS = [dt.date(2024, 2, 1), dt.date(2024, 6, 1), dt.date(2026, 7, 1)]
COUNTIES = ["340223", "330522", "440303"]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(MONTHS), st.sampled_from(COUNTIES))
def test_duckdb_and_sqlite_agree_in_every_column(seed: int, month: dt.date, county: str) -> None:
    law = law_of(county, month)
    rows = World(county, seed).populate(20)
    assert run_rows(law, month, rows.tables) == run_in_duckdb(law, month, rows)


def test_a_thousand_households_agree_and_every_verdict_occurs() -> None:
    month, county = MONTHS[1], COUNTIES[0]
    law = law_of(county, month)
    rows = World(county, 1).populate(1000)
    lite, duck = run_rows(law, month, rows.tables), run_in_duckdb(law, month, rows)
    assert lite == duck
    verdicts = {code: {row["granted"] for row in duck[code]} for code in law.plan.benefits}
    assert all(found >= {True, False} for found in verdicts.values()), verdicts
    assert sum(None in found for found in verdicts.values()) >= len(verdicts) - 2, verdicts
    for code, plan in law.plan.benefits.items():
        for row in duck[code]:
            _check_row(row, plan.components)


def _check_row(row: dict[str, Any], components: tuple[tuple[str, str], ...]) -> None:
    """What must hold of every receipt: parts add up, nothing is paid without a yes, nothing refused on unknown."""
    parts = [row[f"c_{id_}"] for id_, _ in components]
    if row["granted"] is None:
        assert row["amount_fen"] is None or not components
        assert False not in [v for k, v in row.items() if k.startswith("k_")]
        return
    assert sum(parts) == row["amount_fen"]
    if row["granted"]:
        assert all(v is True for k, v in row.items() if k.startswith("k_"))
        assert row["amount_fen"] > 0 or not components
    else:
        assert row["amount_fen"] == 0


def test_members_shares_add_up_in_every_household() -> None:
    law = law_of(COUNTIES[0], MONTHS[1])
    found = run_in_duckdb(law, MONTHS[1], World(COUNTIES[0], 2).populate(400))
    for code in (c for c, p in law.plan.benefits.items() if p.pays == "household" and p.components):
        shares: dict[int, int] = {}
        for row in found[f"{code}__shares"]:
            brought = [row[f"c_{id_}"] or 0 for id_, _ in law.plan.benefits[code].components]
            shares[row["household_id"]] = shares.get(row["household_id"], 0) + sum(brought)
        paid = {r["subject_id"]: r["amount_fen"] or 0 for r in found[code]}
        assert {h: fen for h, fen in shares.items() if fen} == {h: fen for h, fen in paid.items() if fen}


def test_no_refused_pair_is_paid_together() -> None:
    law = law_of(COUNTIES[0], MONTHS[1])
    found = run_in_duckdb(law, MONTHS[1], World(COUNTIES[0], 3, chance=0.6).populate(600))
    paid = {code: {r["subject_id"] for r in found[code] if r["granted"]} for code in law.plan.benefits}
    lost = 0
    for code, plan in law.plan.benefits.items():
        assessed = {x.keep for x in plan.exclusions if x.how == "refuse" and x.reads == "assessed"}
        for keep in assessed:
            assert not paid[code] & paid[keep], (code, keep)
        for row in (r for r in found[code] if r["excluded_by"] in assessed):
            lost += 1
            assert row["subject_id"] in paid[row["excluded_by"]], (code, row["excluded_by"])
    assert lost


def test_an_overflow_in_sqlite_is_a_fault() -> None:
    """SQLite turns an overflow into REAL without a word."""
    program = Program(
        (Relation("product", "select a * b as total, a from t", kept=True),),
        (Output("product", (Column("total", "money"),), ("a",)),),
    )
    runner = SqliteRunner(program, {"t": ("a", "b")})
    assert runner.run({"t": [(2, 3)]}) == {"product": [{"total": 6}]}
    with pytest.raises(Fault, match="overflow"):
        runner.run({"t": [(2**62, 4)]})


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_spark_agrees_in_every_column(tmp_path: Path) -> None:
    from nuanxin.kernel.engine.spark import run_spark, start_session

    month, county = MONTHS[1], COUNTIES[0]
    law = law_of(county, month)
    rows = World(county, 4).populate(1000)
    session = start_session(tmp_path, compiled=False)
    try:
        found = run_spark(session, law.plan.program, _spark_inputs(law, month, rows.tables))
    finally:
        session.stop()
    assert found == run_in_duckdb(law, month, rows)


def _spark_inputs(law: Any, month: dt.date, tables: dict[str, Any]) -> dict[str, tuple[list[Column], list[Any]]]:
    from nuanxin.kernel.rulebook.inputs import COLUMNS, PERIOD, period_row
    from tests.kernel.rulebook.rows import TEXT

    kinds = {"counted": "yesno", "unverified": "yesno", **dict.fromkeys(TEXT, "code")}
    inputs = {n: ([Column(c, kinds.get(c, "number")) for c in cs], tables[n]) for n, cs in COLUMNS.items()}
    period, cells = period_row(law.county, month), law.row(month)
    inputs["period"] = (list(PERIOD), [[period[c.name] for c in PERIOD]])
    inputs["parameter"] = (list(law.plan.parameter_columns), [[cells[c.name] for c in law.plan.parameter_columns]])
    return inputs
