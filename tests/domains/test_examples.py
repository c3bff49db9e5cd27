"""Every example by both renderings: SQLite gives the law's answer, DuckDB the same in every column."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from nuanxin.kernel.rulebook.books import Roots, open_books
from nuanxin.kernel.rulebook.cases import CaseRows, law_with
from nuanxin.kernel.rulebook.examples import run_example
from nuanxin.kernel.rulebook.household import run_rows
from nuanxin.kernel.rulebook.inputs import COLUMNS
from nuanxin.kernel.rulebook.releases import Law, local_law
from nuanxin.kernel.rulebook.schema import Example
from tests.kernel.rulebook.rows import Rows, run_in_duckdb

KEYS = ("person_id", "household_id", "other_id", "subject_id")
STRIDE = 100
# Conditions that repeat who is asked at all (`applies`): shown in the receipt with their clause, they cannot fail.
REPEATED = {
    "tekun.assessed", "jujia_yanglao.age", "jujia_yanglao.low_income",
    "canji_shenghuo.card", "guer.orphan", "huimin_binzang.cremated",
    "yimin_zhibu.roster",
}  # fmt: skip
Case = tuple[str, Example]


def cases() -> list[Case]:
    """Return every (benefit, example)."""
    return [(p.item.benefit, e) for p in open_books(Roots()).examples for e in p.item.examples]


def by_law() -> Iterator[tuple[str, list[Example]]]:
    """Return the examples that one compiled law with one set of parameters answers."""
    groups: dict[str, list[Example]] = {}
    for _, example in cases():
        chosen = json.dumps(example.parameters, sort_keys=True, ensure_ascii=False)
        groups.setdefault(f"{example.county} {example.month:%Y-%m} {chosen}", []).append(example)
    yield from groups.items()


def rows_of(example: Example) -> dict[str, list[list[Any]]]:
    """Return the input rows of an example."""
    made = CaseRows(local_law(example.county))
    made.add_people(example.people)
    made.add_household(example.household)
    return {table: [list(row) for row in rows] for table, rows in made.rows().items()}


def moved(table: str, row: list[Any], by: int) -> list[Any]:
    """Return a row with its keys moved, so that many examples stand in one database."""
    return [v + by if c in KEYS and v is not None else v for c, v in zip(COLUMNS[table], row, strict=True)]


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c[0]}:{c[1].id}")
def test_the_law_gives_what_the_example_says(case: Case) -> None:
    benefit, example = case
    result = run_example(benefit, example)
    assert list(result.differences) == [], example.says


def in_sqlite(law: Law, examples: list[Example]) -> dict[str, list[dict[str, Any]]]:
    """Return the outputs of the examples, run one after the other, with keys moved."""
    outputs: dict[str, list[dict[str, Any]]] = {o.relation: [] for o in law.plan.program.outputs}
    for n, example in enumerate(examples):
        for relation, found in run_rows(law, example.month, rows_of(example)).items():
            outputs[relation] += [{k: v + n * STRIDE if k in KEYS else v for k, v in row.items()} for row in found]
    return outputs


@pytest.mark.parametrize("examples", [pytest.param(e, id=name) for name, e in by_law()])
def test_duckdb_answers_as_sqlite_in_every_column(examples: list[Example]) -> None:
    first = examples[0]
    law = law_with(first.county, first.month, first.parameters)
    rows = Rows()
    for n, example in enumerate(examples):
        for table, given in rows_of(example).items():
            rows.tables[table] += [moved(table, row, n * STRIDE) for row in given]
    assert run_in_duckdb(law, first.month, rows) == in_sqlite(law, examples)


def test_every_condition_is_shown_to_hold_and_to_fail() -> None:
    shown: dict[str, set[bool | None]] = {}
    for benefit, example in cases():
        receipt = run_example(benefit, example).receipt
        for condition in receipt.conditions if receipt else ():
            shown.setdefault(f"{benefit}.{condition.id}", set()).add(condition.holds)
    one_sided = {name for name, values in shown.items() if not {True, False} <= values}
    assert one_sided == REPEATED
