"""Workflows as declared: clocks, overlays, faults with lines, and the table people reviewed."""

import datetime as dt
from pathlib import Path

import pytest

REVIEWED = Path(__file__).parent / "matrix"
COUNTIES = ("340223", "330522")


def due(start, *working_days):
    from nuanxin.kernel.casework.clocks import due_after
    from nuanxin.kernel.casework.schema import Clock

    return [due_after(Clock(working_days=count), start).isoformat() for count in working_days]


def test_working_days_over_the_national_holiday(db):
    """T-DL-1."""
    found = due(dt.date(2024, 9, 27), 3, 5, 10, 15, 20, 30, 45)
    assert found == [
        "2024-10-08", "2024-10-10", "2024-10-16", "2024-10-23", "2024-10-30", "2024-11-13", "2024-12-04",
    ]  # fmt: skip


def test_working_days_over_spring_festival(db):
    """T-DL-2."""
    assert due(dt.date(2025, 1, 20), 3, 5, 10, 30) == ["2025-01-23", "2025-01-26", "2025-02-08", "2025-03-07"]


def test_a_year_without_a_calendar_is_estimated(db):
    from nuanxin.kernel.casework.clocks import is_estimated

    (day,) = due(dt.date(2026, 12, 28), 8)
    assert day == "2027-01-07"  # 29 to 31 December, then Monday to Friday with no holiday known
    assert is_estimated(dt.date.fromisoformat(day))
    assert not is_estimated(dt.date(2026, 12, 31))


def test_three_months_after_a_death():
    """T-R01-6."""
    from nuanxin.kernel.casework.clocks import due_after
    from nuanxin.kernel.casework.schema import Clock

    assert due_after(Clock(months=3), dt.date(2024, 9, 12)) == dt.date(2024, 12, 12)
    assert due_after(Clock(months=3), dt.date(2024, 11, 30)) == dt.date(2025, 2, 28)


@pytest.mark.parametrize(("county", "days"), [("340223", 10), ("330522", 5), ("3305", 5)])
def test_zhejiang_has_clocks_of_its_own(county, days):
    from nuanxin.kernel.casework.workflows import workflows_of

    workflow = workflows_of(county, dt.date(2024, 6, 1))["means_tested"]
    assert workflow.states["county_review"].clock.working_days == days
    assert workflow.states["investigation"].clock.working_days == 15
    assert workflow.states["notice"].notice.days == 7


def test_tekun_takes_fifteen_days_twice_and_a_sample():
    """T-R05 procedure: township 15, notice 7, objection 15 and published again, county 15, at least 30 % looked into."""
    from nuanxin.kernel.casework.workflows import workflows_of

    workflow = workflows_of("340223", dt.date(2024, 6, 1))["tekun"]
    clocks = {name: state.clock.working_days for name, state in workflow.states.items() if state.clock}
    assert [clocks[name] for name in ("investigation", "reinvestigation", "county_review")] == [15, 15, 15]
    assert (workflow.states["notice"].notice.days, workflow.sample_per_cent) == (7, 30)
    assert (workflow.moves["object"].to, workflow.moves["publish_again"].to) == ("reinvestigation", "notice")


def test_hearing_first_from_the_act_on():
    from nuanxin.kernel.casework.workflows import find_workflow

    for day, asked in ((dt.date(2026, 6, 30), False), (dt.date(2026, 7, 1), True)):
        for benefit in ("dibao", "dibao_bianyuan", "tekun"):
            assert find_workflow("340223", benefit, "stop", day).asks_hearing("stop") is asked


def test_every_shipped_workflow_is_in_order():
    from nuanxin.kernel.casework.workflow_checks import check_workflows

    count, faults = check_workflows()
    assert count > 10
    assert [str(fault) for fault in faults] == []


WRONG = """\
workflow: broken
title: 错的流程
kinds: [apply]
benefits: [dibao, no_such]
versions:
  - from: 2021-01-01
    basis: [{document: 某办法}]
    privacy: no_notice
    start: accepted
    states:
      accepted: {label: 受理, owner: nobody, clock: {working_days: 3}}
      notice: {label: 公示, owner: township_clerk, notice: {days: 7, shows: [name], minors_under: 18, article: 某条}, clock: {days: 8}}
      lost: {label: 迷路, owner: township_clerk}
      done: {label: 办结, final: granted}
    moves:
      go: {label: 走, from: [accepted], to: notice, who: [auditor], does: [dance], letters: [love]}
      skip: {label: 跳, from: [notice], to: done, who: [township_clerk]}
"""


def test_faults_of_a_workflow_are_told_with_their_lines(tmp_path):
    from nuanxin.kernel.casework.workflow_checks import check_workflows
    from nuanxin.kernel.rulebook.books import PACKAGE, Roots

    folder = tmp_path / "counties" / "340223" / "workflows"
    folder.mkdir(parents=True)
    (folder / "broken.yaml").write_text(WRONG, encoding="utf-8")
    _, faults = check_workflows(Roots(PACKAGE, tmp_path))
    told = {(fault.line, fault.message) for fault in faults}
    lines = {line for line, _ in told}
    text = "\n".join(message for _, message in told)
    for words in ("no_such", "nobody", "不能有公示环节", "notice_elapsed", "须写期限", "没有下一步", "走不到",
                  "auditor", "dance", "love", "by_clock"):  # fmt: skip
        assert words in text
    assert {4, 11, 12, 13, 16} <= lines


def test_a_county_lays_its_own_over_it(tmp_path, settings):
    from nuanxin.kernel.casework.workflows import workflows_of
    from nuanxin.kernel.rulebook.books import PACKAGE, Roots

    folder = tmp_path / "counties" / "330522" / "workflows"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        "workflow: means_tested\noverrides: true\nversions:\n  - from: 2024-01-01\n    basis: [{document: 县办法}]\n"
        "    delegated: {on: true}\n    states: {county_review: {clock: {working_days: 3, article: 县办法}}}\n"
        "    without: [extend]\n",
        encoding="utf-8",
    )
    roots = Roots(PACKAGE, tmp_path)
    mine = workflows_of("330522", dt.date(2024, 6, 1), roots)["means_tested"]
    assert (mine.delegated, mine.sample_per_cent, mine.states["county_review"].clock.working_days) == (True, 30, 3)
    assert "extend" not in mine.moves
    before = workflows_of("330522", dt.date(2023, 6, 1), roots)["means_tested"]
    assert (before.delegated, before.states["county_review"].clock.working_days) == (False, 5)
    assert workflows_of("340223", dt.date(2024, 6, 1), roots)["means_tested"].delegated is False


@pytest.mark.parametrize("county", COUNTIES)
def test_who_may_do_what_is_as_reviewed(county):
    """`nuanxin workflows --county C --write tests/kernel/casework/matrix/C` writes them anew; then review the change."""
    from nuanxin.kernel.casework.matrix import matrices

    for code, text in matrices(county).items():
        path = REVIEWED / county / f"{code}.txt"
        assert path.exists(), f"not reviewed yet: {path}"
        assert path.read_text(encoding="utf-8") == text, f"{code} changed: review and write it anew"
    assert {path.stem for path in (REVIEWED / county).glob("*.txt")} == set(matrices(county))
