"""The same fen today, tomorrow and after the YAML changed: a decision, a whole month, an upgrade."""

import json

import pytest
from typer.testing import CliRunner

from nuanxin.interfaces.cli.main import app
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework import services as deciding
from nuanxin.kernel.casework.models import Decision
from nuanxin.kernel.casework.recomputing import recompute_decision
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.engine import store
from nuanxin.kernel.rulebook import books, releases
from nuanxin.kernel.rulebook.models import AssessmentRun
from tests.factories.county import COUNTY
from tests.kernel.cycle.test_standards import JANUARY, Bureau

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db]


@pytest.fixture(scope="session")
def commands():
    from nuanxin.interfaces.cli.commands import register_commands

    register_commands(app)
    return app


@pytest.fixture
def bureau():
    return Bureau()


@pytest.fixture
def decided(bureau):
    """A household's change, decided by two, and a person's start."""
    bureau.grant_another_amount()
    bureau.month(JANUARY, close=False)
    ids = casework.open_proposal_ids(COUNTY, JANUARY)
    made = deciding.make_decisions(maker=bureau.maker, proposal_ids=ids)
    assert deciding.check_decisions(checker=bureau.checker, decision_ids=made)
    return Decision.objects.order_by("id")


def run(commands, *words):
    return CliRunner().invoke(commands, list(words))


def todays_law_is_gone(monkeypatch, tmp_path):
    """Change every declaration: what was decided must not notice. Caches start afresh."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setattr(books, "PACKAGE", empty)
    monkeypatch.setattr(books.Roots, "given", lambda self: iter(()))
    monkeypatch.setattr(books.Roots, "own", lambda self: iter(()))
    releases._read.cache_clear()


def test_a_decision_gives_the_same_fen_after_the_law_changed(commands, decided, monkeypatch, tmp_path):
    assert {one.kind for one in decided} == {"start", "change"}
    before = [recompute_decision(one.pk) for one in decided]
    assert all(one.same and one.found for one in before), before
    bureau_value = run(commands, "recompute", str(decided[0].pk), "--json")
    assert bureau_value.exit_code == 0, bureau_value.output
    todays_law_is_gone(monkeypatch, tmp_path)
    for one, then in zip(decided, before, strict=True):
        again = run(commands, "recompute", str(one.pk), "--json")
        assert again.exit_code == 0, again.output
        told = json.loads(again.output)
        assert (told["same"], told["found"]) == (True, then.found)
        assert told["found"]["amount_fen"] == one.amount_fen
        assert "完全一致" in run(commands, "recompute", str(one.pk)).output


def test_what_was_altered_is_told_and_the_exit_code_is_one(commands, decided):
    one = decided[0]
    receipt = json.loads(one.receipt)
    receipt["amount_fen"] += 1
    one.receipt = json.dumps(receipt, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    one.receipt_sm3 = sm3_hex(one.receipt)
    one.save()
    told = run(commands, "recompute", str(one.pk))
    assert told.exit_code == 1
    assert "不同: amount_fen" in told.output
    one.receipt_sm3 = "0" * 64
    one.save()
    assert "receipt_sm3" in run(commands, "recompute", str(one.pk)).output


def test_a_taken_over_grant_says_so(commands, bureau):
    from nuanxin.kernel.grants.models import Grant

    Grant.objects.update(basis="takeover", takeover_list_id=3, decision_id=None)
    grant = Grant.objects.first()
    told = run(commands, "recompute", "--grant", str(grant.pk))
    assert (told.exit_code, "接管来的" in told.output) == (0, True)


def test_a_month_runs_again_under_its_own_law(commands, decided, monkeypatch, tmp_path):
    todays_law_is_gone(monkeypatch, tmp_path)
    told = run(commands, "rerun", "2024-01", "--county", COUNTY, "--json")
    assert told.exit_code == 0, told.output
    (again,) = json.loads(told.output)
    assert again["receipts"] > 0
    assert again["differing"] == 0
    assert AssessmentRun.objects.count() == 1


def test_a_stored_receipt_that_was_altered_is_found_by_rerunning(commands, decided):
    import duckdb

    folder = store.absolute(AssessmentRun.objects.get().folder)
    path, other = folder / "dibao.parquet", folder / "dibao.new"
    duckdb.execute(
        f"copy (select * replace (amount_fen + 1 as amount_fen) from '{path}') to '{other}' (format parquet)"
    )
    other.replace(path)
    told = run(commands, "rerun", "2024-01", "--county", COUNTY)
    assert told.exit_code == 1
    assert "不同: dibao.parquet" in told.output
    (folder / "tekun.parquet").unlink()
    assert "tekun.parquet" in run(commands, "rerun", "2024-01", "--county", COUNTY).output


def test_an_upgrade_check_without_an_upgrade_finds_nothing(commands, bureau):
    bureau.month(JANUARY, close=False)
    told = run(commands, "upgrade-check", "--county", COUNTY, "--month", "2024-01")
    assert (told.exit_code, "没有在享待遇" in told.output) == (0, True)


def test_files_nobody_published_are_told_by_check(commands, bureau):
    from nuanxin.kernel.rulebook import layers

    bureau.month(JANUARY, close=False)
    path = layers.home() / COUNTY / "parameters" / "x.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("values:\n  dibao_standard:\n    - {from: 2024-02-01, value: 900 元/月, document: 手写}\n", "utf-8")
    assert "x.yaml 没有发布" in run(commands, "check", "--no-examples").output
