"""Refuse, highest, top up; order by names; circles printed; shares that add up."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from nuanxin.kernel.core.errors import DeclarationError
from tests.kernel.rulebook.rows import Rows
from tests.kernel.rulebook.small import HOME, answers, person_benefit, small_law

ADULT = dt.date(1980, 1, 1)
BASIS = "says: 说明, from: 2020-01-01, basis: [{document: 文}]"


def people(levels: dict[int, int]) -> Rows:
    rows = Rows()
    for n, level in levels.items():
        rows.person(n, None, birth=ADULT)
        rows.note("level", n, level=level)
    return rows


def paid(found: dict[str, dict[int, dict[str, Any]]], code: str) -> list[int]:
    return [row["amount_fen"] for _, row in sorted(found[code].items())]


def test_the_highest_of_a_group_is_paid_and_ties_go_by_order(tmp_path: Path) -> None:
    found = answers(
        small_law(
            tmp_path,
            a_benefits=person_benefit("aa", "case when level >= 2 then standard else extra end"),
            b_benefits=person_benefit("bb", "extra"),
            c_benefits=person_benefit("cc", "extra", condition="level >= 3"),
            _exclusions_benefits=f"exclusions: [{{id: cell, how: highest, among: [bb, aa, cc], {BASIS}}}]",
        ),
        people({1: 1, 2: 2, 3: 3}),
    )
    assert paid(found, "aa") == [0, 100_000, 100_000]
    assert paid(found, "bb") == [10_001, 0, 0]
    assert paid(found, "cc") == [0, 0, 0]
    assert found["aa"][1]["excluded_by"] == "bb"


def test_a_refused_rival_shuts_nobody_out(tmp_path: Path) -> None:
    found = answers(
        small_law(
            tmp_path,
            a_benefits=person_benefit("aa"),
            b_benefits=person_benefit("bb", "extra"),
            k_benefits=person_benefit("kk", "extra", condition="level >= 2"),
            _exclusions_benefits=f"""
            exclusions:
              - {{id: cell, how: highest, among: [aa, bb], {BASIS}}}
              - {{id: other, how: refuse, drop: aa, keep: kk, {BASIS}}}
            """,
        ),
        people({1: 1, 2: 2}),
    )
    assert paid(found, "aa") == [100_000, 0]
    assert paid(found, "bb") == [0, 10_001]


def test_a_refused_keep_does_not_refuse(tmp_path: Path) -> None:
    """A drops for B, B drops for C: where C is paid, B is not, and so A is."""
    found = answers(
        small_law(
            tmp_path,
            a_benefits=person_benefit("aa"),
            b_benefits=person_benefit("bb"),
            c_benefits=person_benefit("cc", condition="level >= 2"),
            _exclusions_benefits=f"""
            exclusions:
              - {{id: cell, how: refuse, drop: aa, keep: bb, {BASIS}}}
              - {{id: other, how: refuse, drop: bb, keep: cc, {BASIS}}}
            """,
        ),
        people({1: 1, 2: 2}),
    )
    assert [paid(found, code) for code in ("aa", "bb", "cc")] == [[0, 100_000], [100_000, 0], [0, 100_000]]


def test_top_up_pays_the_difference_to_what_is_really_paid(tmp_path: Path) -> None:
    found = answers(
        small_law(
            tmp_path,
            a_benefits=person_benefit("aa"),
            b_benefits=person_benefit("bb", "extra", condition="level >= 2"),
            c_benefits=person_benefit("cc", "standard * 2", condition="level >= 3"),
            _exclusions_benefits=f"""
            exclusions:
              - {{id: cell, how: top_up, drop: aa, keep: bb, {BASIS}}}
              - {{id: other, how: top_up, drop: aa, keep: cc, {BASIS}}}
            """,
        ),
        people({1: 1, 2: 2, 3: 3}),
    )
    assert paid(found, "aa") == [100_000, 89_999, 0]
    assert [found["aa"][n]["granted"] for n in (1, 2, 3)] == [True, True, False]
    assert [found["aa"][n]["c_basic"] for n in (1, 2, 3)] == [100_000, 89_999, 0]


def test_what_is_in_force_can_shut_out_without_being_assessed(tmp_path: Path) -> None:
    rows = people({1: 1, 2: 1})
    rows.add("coverage", person_id=2, benefit="old")
    old = person_benefit("old", condition="level >= 5")
    matrix = f"exclusions: [{{id: cell, how: refuse, drop: aa, keep: old, reads: in_force, {BASIS}}}]"
    law = small_law(tmp_path, old_benefits=old, a_benefits=person_benefit("aa"), _exclusions_benefits=matrix)
    assert paid(answers(law, rows), "aa") == [100_000, 0]


def test_a_circle_is_printed(tmp_path: Path) -> None:
    files = {
        "a_benefits": person_benefit("aa", condition="not bb.granted"),
        "b_benefits": person_benefit("bb", condition="not aa.granted"),
    }
    with pytest.raises(DeclarationError, match="aa → bb → aa"):
        small_law(tmp_path, **files)


def test_a_person_and_a_household_do_not_shut_each_other_out_directly(tmp_path: Path) -> None:
    matrix = f"exclusions: [{{id: cell, how: refuse, drop: aa, keep: home, {BASIS}}}]"
    with pytest.raises(DeclarationError, match="members"):
        small_law(tmp_path, a_benefits=person_benefit("aa"), home_benefits=HOME, _exclusions_benefits=matrix)


def test_one_highest_group_a_benefit(tmp_path: Path) -> None:
    matrix = f"""
    exclusions:
      - {{id: cell, how: highest, among: [aa, bb], {BASIS}}}
      - {{id: other, how: highest, among: [aa, cc], {BASIS}}}
    """
    files = {f"{c}_benefits": person_benefit(c * 2) for c in "abc"}
    with pytest.raises(DeclarationError, match="highest"):
        small_law(tmp_path, **files, _exclusions_benefits=matrix)


def test_an_exclusion_counts_from_its_date(tmp_path: Path) -> None:
    matrix = "exclusions: [{id: cell, how: refuse, drop: aa, keep: bb, says: 说明, from: 2024-07-01, basis: [{document: 文}]}]"
    files = {"a_benefits": person_benefit("aa"), "b_benefits": person_benefit("bb"), "_exclusions_benefits": matrix}
    july = dt.date(2024, 7, 1)
    assert paid(answers(small_law(tmp_path, **files), people({1: 1})), "aa") == [100_000]
    assert paid(answers(small_law(tmp_path, july, **files), people({1: 1}), july), "aa") == [0]


def test_members_shares_add_up_to_the_fen(tmp_path: Path) -> None:
    rows = Rows()
    rows.household(1)
    rows.note("file", household=1)
    rows.note("ok", household=1, level=1)
    rows.person(7, 1, birth=dt.date(1940, 1, 1))
    rows.person(8, 1, birth=ADULT)
    rows.person(9, 1, birth=ADULT)
    rows.person(10, 1, counted=False, birth=ADULT)
    rows.note("wage", 8, amount_fen=12 * 100_001)
    found = answers(small_law(tmp_path, home_benefits=HOME), rows)
    home, shares = found["home"][1], found["home__shares"]
    assert (home["c_basic"], home["c_more"], home["amount_fen"]) == (199_999, 10_001, 210_000)
    assert [shares[n]["c_basic"] for n in (7, 8, 9, 10)] == [66_667, 66_666, 66_666, 0]
    assert [shares[n]["c_more"] for n in (7, 8, 9, 10)] == [10_001, 0, 0, 0]


def test_a_person_reads_the_share_of_the_household(tmp_path: Path) -> None:
    rows = Rows()
    rows.household(1)
    rows.note("file", household=1)
    rows.note("ok", household=1, level=1)
    for n in (1, 2):
        rows.person(n, 1, birth=ADULT)
    rows.person(3, None, birth=ADULT)
    child = person_benefit("child", "greatest(0, standard * 2 - home.share)")
    found = answers(small_law(tmp_path, home_benefits=HOME, child_benefits=child), rows)
    assert paid(found, "child") == [100_000, 100_000, 200_000]
    assert [found["child"][n]["r_home_share"] for n in (1, 2, 3)] == [100_000, 100_000, 0]
