"""Unknown stays unknown: through facts, members, sums, `case`, exclusions; nothing is granted on it or refused."""

import datetime as dt
from pathlib import Path

from nuanxin.kernel.rulebook.receipts import make_receipt
from nuanxin.kernel.rulebook.words import receipt_in_words
from tests.kernel.rulebook.rows import Rows
from tests.kernel.rulebook.small import HOME, JUNE, OLD, answers, person_benefit, small_law

ADULT, OLD_DAY = dt.date(1980, 1, 1), dt.date(1940, 1, 1)


def home(*, ok: int | None = 1, people: int = 2) -> Rows:
    rows = Rows()
    rows.household(1)
    rows.note("file", household=1)
    if ok is not None:
        rows.note("ok", household=1, level=ok)
    for n in range(1, people + 1):
        rows.person(n, 1, birth=ADULT)
    return rows


def test_a_person_of_unknown_age_is_kept_and_unknown(tmp_path: Path) -> None:
    rows = Rows()
    rows.person(1, None)
    rows.person(2, None, birth=OLD_DAY)
    old = answers(small_law(tmp_path, old_benefits=OLD), rows)["old"]
    assert (old[1]["granted"], old[1]["amount_fen"]) == (None, None)
    assert (old[2]["granted"], old[2]["amount_fen"]) == (True, 5000)


def test_a_condition_that_fails_decides_although_another_is_unknown(tmp_path: Path) -> None:
    rows = Rows()
    rows.person(1, None, death=dt.date(2024, 1, 1))
    old = answers(small_law(tmp_path, old_benefits=OLD), rows)["old"]
    assert old[1]["granted"] is False


def test_a_member_of_unknown_membership_makes_the_household_unknown(tmp_path: Path) -> None:
    rows = home()
    rows.person(3, 1, counted=None, birth=ADULT)
    found = answers(small_law(tmp_path, home_benefits=HOME), rows)
    assert (found["home"][1]["granted"], found["home"][1]["members"]) == (None, None)
    assert found["home__shares"][3]["c_basic"] is None


def test_a_member_without_birth_date_does_not_leave_the_household(tmp_path: Path) -> None:
    rows = home()
    rows.person(3, 1)
    found = answers(small_law(tmp_path, home_benefits=HOME), rows)["home"][1]
    assert (found["members"], found["granted"], found["more"]) == (3, None, None)


def test_a_member_who_is_not_counted_may_be_unknown(tmp_path: Path) -> None:
    rows = home()
    rows.person(3, 1, counted=False)
    found = answers(small_law(tmp_path, home_benefits=HOME), rows)["home"][1]
    assert (found["members"], found["granted"], found["amount_fen"]) == (2, True, 200_000)


def test_an_unknown_fact_is_a_question_with_its_addressee(tmp_path: Path) -> None:
    law = small_law(tmp_path, home_benefits=HOME)
    found = answers(law, home(ok=None))
    receipt = make_receipt(law, JUNE, law.plan.benefits["home"], found["home"][1], list(found["home__shares"].values()))
    assert receipt.granted is None
    assert [(q.fact, q.ask, q.blocks) for q in receipt.questions] == [("ok", "核对", ("ok",))]
    assert "待核实: 财产, 请问核对" in receipt_in_words(receipt)


def test_an_amount_with_unknown_value_is_not_zero(tmp_path: Path) -> None:
    rows = home()
    rows.note("wage", 1)
    found = answers(small_law(tmp_path, home_benefits=HOME), rows)["home"][1]
    assert (found["income"], found["granted"], found["amount_fen"]) == (None, None, None)


def test_two_records_that_contradict_each_other_are_unknown(tmp_path: Path) -> None:
    rows = home()
    rows.note("ok", household=1, level=0)
    assert answers(small_law(tmp_path, home_benefits=HOME), rows)["home"][1]["granted"] is None


def test_a_household_without_members_is_refused_not_lost(tmp_path: Path) -> None:
    found = answers(small_law(tmp_path, home_benefits=HOME), home(people=0))["home"][1]
    assert (found["members"], found["granted"]) == (0, False)


def test_an_unknown_related_person_makes_the_count_unknown(tmp_path: Path) -> None:
    child = person_benefit("child", condition="parents_gone >= 2")
    rows = Rows()
    for n in (1, 2, 3):
        rows.person(n, None, birth=dt.date(2015, 1, 1))
    rows.person(10, None, birth=ADULT, death=dt.date(2023, 1, 1))
    rows.person(11, None, birth=ADULT, death=dt.date(2023, 1, 1))
    for child_id, parent in ((1, 10), (1, 11), (2, 10), (2, 999)):
        rows.add("relation", person_id=child_id, other_id=parent, kind="parent")
    found = answers(small_law(tmp_path, child_benefits=child), rows)["child"]
    assert [found[n]["granted"] for n in (1, 2, 3)] == [True, None, False]


def test_an_unknown_keep_makes_the_drop_unknown(tmp_path: Path) -> None:
    matrix = """
    exclusions:
      - {id: cell, how: refuse, drop: low, keep: high, says: 不同享, from: 2020-01-01, basis: [{document: 文}]}
    """
    files = {
        "low_benefits": person_benefit("low", "extra"),
        "high_benefits": person_benefit("high", condition="level >= 1"),
        "_exclusions_benefits": matrix,
    }
    rows = Rows()
    for n, level in ((1, 1), (2, 0), (3, None)):
        rows.person(n, None, birth=ADULT)
        if level is not None:
            rows.note("level", n, level=level)
    low = answers(small_law(tmp_path, **files), rows)["low"]
    assert [low[n]["granted"] for n in (1, 2, 3)] == [False, True, None]
    assert [low[n]["excluded_by"] for n in (1, 2, 3)] == ["high", None, None]
    assert [low[n]["amount_fen"] for n in (1, 2, 3)] == [0, 10001, None]
