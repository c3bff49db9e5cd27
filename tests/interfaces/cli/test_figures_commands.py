"""`nuanxin close | figures | trace | verify` over a closed quarter."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from nuanxin.kernel.core.errors import Refused
from tests.factories.walk import COUNTY

KEYS = ["id", "indicator", "title", "unit", "published", "qualifier", "computed", "difference", "difference_pct"]
KEYS += ["records", "status", "assumption", "note"]


@pytest.fixture
def run() -> Any:
    from nuanxin.interfaces.cli.commands import figures

    app = typer.Typer()
    figures.register(app)
    return lambda *words: CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def once(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimpleNamespace]:
    from tests.factories.closing import closed_once

    yield from closed_once(django_db_blocker, tmp_path_factory.mktemp("closed") / "store")


@pytest.fixture
def closed(once: SimpleNamespace, db: None, settings: Any) -> None:
    settings.STORE = once.store


def test_json_is_one_object_per_figure(closed: None, run: Any) -> None:
    done = run("figures", COUNTY, "2024H1", "--json")
    assert done.exit_code == 0
    rows = json.loads(done.output)
    assert len(rows) == 78
    assert [key for key in rows[0] if key != "computed_fen"] == KEYS
    paid = rows[12]
    assert (paid["indicator"], paid["unit"], paid["published"]) == ("assistance_funds_paid", "万元", 9558.86)
    assert (paid["computed"], paid["computed_fen"], paid["records"]) == (0.85, 850000, 13)
    assert rows[13]["computed"] is None
    assert rows[13]["status"] == "uncounted"


def test_the_table_is_printed_with_its_assumptions_and_head(closed: None, run: Any) -> None:
    told = run("figures", COUNTY, "2024H1").output
    assert "nanling-2024-008  城乡低保人数" in told
    assert "尚未计数" in told
    assert "* 高龄津贴支出额: 假定" in told
    assert "月结链头" in told


def test_trace_prints_the_walk(closed: None, run: Any) -> None:
    told = run("trace", "assistance_funds_paid", COUNTY, "2024H1").output
    assert all(word in told for word in ("指标定义", "月结", "冻结的记录", "发放明细", "应发", "待遇"))


def test_a_figure_is_traced_by_the_number_that_the_table_prints(closed: None, run: Any) -> None:
    told = run("trace", "nanling-2024-013", COUNTY, "2024H1").output
    assert told == run("trace", "assistance_funds_paid", COUNTY, "2024H1").output
    assert "救助资金发放额" in told


def test_verify_says_that_nothing_changed(closed: None, run: Any) -> None:
    done = run("verify", COUNTY)
    assert (done.exit_code, "核验 3 个月" in done.output) == (0, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("close", "2024/03", "--county", COUNTY), "month.format"),
        (("close", "2024-05", "--county", COUNTY), "close.order"),
        (("figures", COUNTY, "2024H3"), "period.format"),
        (("trace", "nothing_such", COUNTY, "2024H1"), "indicator.unknown"),
        (("trace", "nanling-2024-014", COUNTY, "2024H1"), "indicator.unknown"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(closed: None, run: Any, words: tuple[str, ...], code: str) -> None:
    done = run(*words)
    assert isinstance(done.exception, Refused)
    assert done.exception.code == code
