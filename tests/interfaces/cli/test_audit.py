"""`nuanxin audit money`: one object, a table in words, a list of what does not add up, exit code 1 when anything differs."""

import csv
import json

import pytest
from typer.testing import CliRunner

from nuanxin.kernel.cycle.explaining import REASONS
from tests.money.test_facts import restated

KEYS = [
    "households", "benefits", "due_fen", "paid_fen", "in_transit_fen", "failed_fen", "arrears_owed_fen",
    "recovery_owed_fen", "difference_fen", "mismatches",
]  # fmt: skip
FACTS = [
    "differing", "undecided", "undecided_fen", "undecided_more_fen", "undecided_less_fen", "waiting", "standing",
    "questions", "unexplained", "unexplained_fen", "reasons",
]  # fmt: skip


@pytest.fixture
def county(db, tmp_path):
    from tests.factories.month import MonthCounty

    return MonthCounty(tmp_path)


def run(*arguments):
    import typer

    from nuanxin.interfaces.cli.commands.audit import register

    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, ["audit", "money", *arguments])


@pytest.mark.db
def test_one_object_with_exactly_the_agreed_keys(county):
    from tests.kernel.payments.test_corrections import elders, through

    old = elders(county, people=3)
    through(county, 2, bounce={old[0].pk})
    answer = run("340223", "2024H1", "--json")
    assert answer.exit_code == 0, answer.output
    row = json.loads(answer.output)
    assert list(row) == KEYS + FACTS
    assert (row["households"], row["due_fen"], row["paid_fen"], row["mismatches"]) == (3, 30000, 30000, 0)
    assert (row["undecided"], row["unexplained"], row["reasons"]) == (0, 0, {})
    assert list(json.loads(run("340223", "2024H1", "--json", "--books-only").output)) == KEYS
    words = run("340223", "2024-01")
    assert "150.00" in words.output
    assert "每一项都有待办事项" in words.output
    assert "相符" in words.output


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_does_not_add_up_is_listed(county, tmp_path, ending):
    from nuanxin.kernel.payments.models import Line
    from tests.kernel.payments.test_corrections import elders, through

    old = elders(county, people=2)
    through(county, 1)
    Line.objects.filter(person=old[0]).update(amount_fen=4000)
    path = tmp_path / f"list.{ending}"
    answer = run("340223", "2024H1", "--list", str(path))
    assert answer.exit_code == 1
    assert "不符 1 户" in answer.output
    if ending == "csv":
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
        assert rows[1][2] == str(old[0].pk)
        assert rows[1][-1] == "10.00"
    assert path.stat().st_size > 100


def test_what_the_facts_would_change_is_listed_with_what_stands_for_it(county, tmp_path):
    from tests.kernel.payments.test_corrections import elders, month, through

    old = elders(county, people=2)
    through(county, 1)
    county.receipts.learn(month(1), "gaoling_jintie", old[0].pk, 6000)
    path = tmp_path / "undecided.csv"
    answer = run("340223", "2024H1", "--undecided", str(path))
    assert answer.exit_code == 0, "a fact that came later waits for the next month"
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[1][2:8] == [str(old[0].pk), "2024-01", "50.00", "60.00", "10.00", REASONS["awaits_month_end"]]
    restated(county, old[1], (("amount", 4000),))
    answer = run("340223", "2024H1")
    assert answer.exit_code == 1
    assert "没有说明的 1 项" in answer.output


def test_before_any_dues_it_is_refused(county):
    from nuanxin.kernel.core.errors import Refused

    assert isinstance(run("340223", "2024H1", "--json").exception, Refused)
