"""A figure's record is walked down, and nobody is shown more than the post allows."""

import pytest

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.statistics.selectors import figure_records, trace
from tests.factories.walk import COUNTY, TOWNSHIPS, Walk

AREA = "34.3402.340223"
pytestmark = pytest.mark.db


def kinds(code: str, **options: object) -> list[str]:
    return [step.kind for step in trace(code, COUNTY, "2024Q1", **options)]  # type: ignore[arg-type]


def test_money_is_walked_from_the_figure_to_the_batch_the_due_and_the_grant(closed: Walk) -> None:
    assert kinds("assistance_funds_paid")[:7] == ["figure", "definition", "closed", "record", "line", "due", "grant"]


@pytest.mark.parametrize("code", ["dibao_persons", "dibao_households", "dibao_households_exited", "tekun_persons"])
def test_people_and_households_are_walked_to_their_grant(closed: Walk, code: str) -> None:
    assert kinds(code)[:5] == ["figure", "definition", "closed", "record", "grant"]


def test_the_closed_month_names_its_head_and_the_files_digest(closed: Walk) -> None:
    step = next(step for step in trace("dibao_persons", COUNTY, "2024Q1") if step.kind == "closed")
    told = dict(step.lines)
    assert told["月份"] == "2024-03"
    assert len(told["链头"]) == len(told["SM3"]) == 64
    assert "coverage-stock.parquet" in told["文件"]


def test_the_same_figure_shows_the_same_record(closed: Walk) -> None:
    assert trace("assistance_funds_paid", COUNTY, "2024Q1") == trace("assistance_funds_paid", COUNTY, "2024Q1")


def test_a_clerk_is_shown_a_record_of_the_own_township(closed: Walk) -> None:
    clerk = closed.account("township_clerk", f"{AREA}.{TOWNSHIPS[1]}")
    step = next(s for s in trace("assistance_funds_paid", COUNTY, "2024Q1", clerk) if s.kind == "record")
    assert dict(step.lines)["乡镇"] == TOWNSHIPS[1]
    mine = figure_records("assistance_funds_paid", COUNTY, "2024Q1", clerk)
    assert dict(step.lines)["记录"].split()[-1] in {str(record.id) for record in mine.records}


def test_names_are_masked(closed: Walk) -> None:
    lines = [value for step in trace("dibao_persons", COUNTY, "2024Q1") for _, value in step.lines]
    assert any("张*" in value for value in lines)
    assert not any("张三" in value for value in lines)


def test_a_figure_without_records_says_so(closed: Walk) -> None:
    steps = trace("marriage_registrations", COUNTY, "2024Q1")
    assert (steps[-1].kind, steps[-1].lines[0][1]) == ("record", "期内(或您的范围内)没有记录")


def test_without_the_permission_it_is_refused(closed: Walk) -> None:
    with pytest.raises(Refused):
        trace("dibao_persons", COUNTY, "2024Q1", closed.account("nobody"))


def test_a_target_and_a_standard_have_no_records(closed: Walk) -> None:
    assert kinds("tekun_disabled_central_support_required") == ["figure", "definition"]
    steps = trace("disability_allowance_standard_monthly", COUNTY, "2024Q1")
    assert [step.kind for step in steps] == ["figure", "definition", "law"]
    assert "86.00" in dict(steps[-1].lines)["参数"]
