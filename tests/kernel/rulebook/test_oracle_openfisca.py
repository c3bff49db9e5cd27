"""OpenFisca as a second opinion: four benefits written twice must agree to the fen for random households."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nuanxin.kernel.rulebook.household import run_rows
from nuanxin.kernel.rulebook.releases import Law, law_of
from tests.kernel.rulebook.oracle import OracleHousehold, OraclePerson, ask_openfisca
from tests.kernel.rulebook.rows import Rows, run_in_duckdb

COUNTY, ELSEWHERE, JUNE = "340223", "330522", dt.date(2024, 6, 1)
BENEFITS = ("dibao", "gaoling_jintie", "canji_shenghuo", "canji_huli")
Run = Callable[[Law, dt.date, Rows], dict[str, list[dict[str, Any]]]]
# Amounts close to the lines, ordinary ones, and one that a 32-bit number cannot hold.
FEN = st.one_of(
    st.just(0), st.integers(0, 2_000_000), st.sampled_from([923_999, 924_000, 924_001]), st.just(3_600_000_000_000)
)
BIRTHS = st.one_of(
    st.dates(dt.date(1915, 1, 1), dt.date(2024, 6, 30)),
    st.sampled_from(
        [dt.date(1944, 5, 31), dt.date(1944, 6, 1), dt.date(1944, 2, 29), dt.date(1954, 6, 30), dt.date(2006, 7, 1)]
    ),
)


@st.composite
def people(draw: st.DrawFn) -> OraclePerson:
    """Draw a member; a class goes with a level."""
    level = draw(st.integers(0, 4))
    rarely = st.sampled_from([False, False, False, True])
    return OraclePerson(
        birth=draw(BIRTHS), wage=draw(FEN), transfer=draw(FEN), illness_cost=draw(FEN), level=level,
        kind=draw(st.integers(1, 7)) if level else 0, ill=draw(rarely), custody=draw(rarely), counted=not draw(rarely),
        on_dibao=draw(st.booleans()), local=not draw(rarely), work_injury=draw(rarely),
    )  # fmt: skip


HOUSEHOLDS = st.lists(
    st.builds(OracleHousehold, property_ok=st.booleans(), people=st.lists(people(), min_size=1, max_size=6)),
    min_size=1,
    max_size=12,
)


def rows_of(households: list[OracleHousehold]) -> Rows:
    """Return the rows of the registry for the households: household n + 1, people numbered through from 1."""
    rows, number = Rows(), 0
    for n, home in enumerate(households, 1):
        rows.household(n)
        rows.note("assistance_file", household=n)
        rows.note("property_ok", household=n, level=int(home.property_ok))
        for person in home.people:
            number += 1
            _add_person(rows, number, n, person)
    return rows


def _add_person(rows: Rows, number: int, household: int, person: OraclePerson) -> None:
    hukou = COUNTY if person.local else ELSEWHERE
    rows.person(number, household, counted=person.counted, birth=person.birth, hukou_county=hukou)
    for kind, fen in (
        ("wage_year", person.wage),
        ("transfer_year", person.transfer),
        ("illness_cost_year", person.illness_cost),
    ):
        if fen:
            rows.note(kind, number, amount_fen=fen)
    for kind, holds in (
        ("severe_illness", person.ill),
        ("in_custody", person.custody),
        ("injury_care", person.work_injury),
    ):
        if holds:
            rows.note(kind, number)
    if person.level:
        rows.note("disability", number, level=person.level, code=str(person.kind))
    if person.on_dibao:
        rows.add("coverage", person_id=number, benefit="dibao")


def ask_ourselves(households: list[OracleHousehold], run: Run) -> dict[str, list[int | None]]:
    """Return what our rulebook pays, in OpenFisca's shape."""
    found = run(law_of(COUNTY, JUNE), JUNE, rows_of(households))
    count = {True: len(households), False: sum(len(h.people) for h in households)}
    answers = {}
    for benefit in BENEFITS:
        paid = {r["subject_id"]: r["amount_fen"] for r in found[benefit] if r["granted"]}
        answers[benefit] = [paid.get(i) for i in range(1, count[benefit == "dibao"] + 1)]
    return answers


def in_sqlite(law: Law, month: dt.date, rows: Rows) -> dict[str, list[dict[str, Any]]]:
    """Run the program as at the counter."""
    return run_rows(law, month, rows.tables)  # type: ignore[arg-type]


@settings(max_examples=80, deadline=None)
@given(HOUSEHOLDS)
def test_openfisca_and_the_rulebook_agree_to_the_fen(households: list[OracleHousehold]) -> None:
    assert ask_ourselves(households, in_sqlite) == ask_openfisca(households)


def _ordinary(chance: random.Random) -> OraclePerson:
    """Draw a member as a county has them."""
    level = chance.choice((0, 0, 0, 1, 2, 3, 4))
    return OraclePerson(
        birth=dt.date(1920, 1, 1) + dt.timedelta(days=chance.randrange(38_000)),
        wage=chance.choice((0, 0, chance.randrange(3_000_000))),
        transfer=chance.randrange(900_000),
        illness_cost=chance.choice((0, 0, chance.randrange(500_000))),
        level=level,
        kind=chance.randint(1, 7) if level else 0,
        ill=chance.random() < 0.1,
        custody=chance.random() < 0.03,
        counted=chance.random() < 0.95,
        on_dibao=chance.random() < 0.5,
        local=chance.random() < 0.95,
        work_injury=chance.random() < 0.03,
    )


def test_both_renderings_agree_with_openfisca_on_a_thousand_households() -> None:
    chance = random.Random(20240630)
    households = [
        OracleHousehold(chance.random() < 0.9, [_ordinary(chance) for _ in range(chance.choice((1, 1, 2, 3, 4)))])
        for _ in range(1000)
    ]
    expected = ask_openfisca(households)
    assert ask_ourselves(households, in_sqlite) == expected
    assert ask_ourselves(households, run_in_duckdb) == expected
    assert all(sum(v is not None for v in expected[b]) > 50 for b in BENEFITS), (
        "a benefit that nobody gets proves nothing"
    )
