"""Indicator files are read strictly, and one added later is counted over months closed before."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from nuanxin.kernel.core.errors import DeclarationError
from nuanxin.kernel.statistics.catalogue import DOMAINS, catalogue, load_catalogue, measure_digest
from nuanxin.kernel.statistics.counting import count_leaves
from nuanxin.kernel.statistics.reading import cursor
from nuanxin.kernel.statistics.schema import Indicator
from nuanxin.kernel.statistics.store import parquet
from tests.factories.walk import COUNTY, Walk, month

GOOD = """indicator: {code}
title: 试一试的指标
unit: 人
kind: count
over: coverage
flow: in
where: benefit = 'dibao'
definition: 试一试。
source: {{document: 试行办法}}
"""


def faults_of(tmp_path: Path, text: str, code: str = "trial_indicator") -> list[str]:
    folder = tmp_path / "assistance" / "indicators"
    folder.mkdir(parents=True)
    (folder / f"{code}.yaml").write_text(text)
    try:
        load_catalogue(tmp_path)
    except DeclarationError as error:
        return [f"{fault.line}: {fault.message}" for fault in error.faults]
    return []


def test_the_packaged_indicators_are_sound() -> None:
    known = load_catalogue(DOMAINS)
    assert len(known.indicators) >= 40
    assert len(known.awaited) >= 30


def test_a_good_file_has_no_faults(tmp_path: Path) -> None:
    assert faults_of(tmp_path, GOOD.format(code="trial_indicator")) == []


@pytest.mark.parametrize(
    ("before", "after", "line", "told"),
    [
        ("unit: 人", "unit: 斤", 3, "unit"),
        ("kind: count", "kind: average", 4, "kind"),
        ("over: coverage", "over: coverages", 5, "没有名为“coverages”的计数表"),
        ("flow: in\n", "", 5, "flow"),
        ("flow: in", "flow: sideways", 6, "flow"),
        ("where: benefit = 'dibao'", "where: benefits = 'dibao'", 7, "benefits"),
        ("where: benefit = 'dibao'", "where: upper(benefit) = 'DIBAO'", 7, "筛选式"),
        ("definition: 试一试。", "definitions: 试一试。", 8, "definition"),
        ("source: {document: 试行办法}", "source: {article: 第一条}", 9, "document"),
        ("indicator: trial_indicator", "indicator: another_name", 1, "文件名"),
        ("over: coverage\nflow: in", "over: payment\nflow: in", 5, "只有发生数"),
        ("kind: count", "kind: ratio", 1, "numerator"),
        ("kind: count\nover: coverage\nflow: in", "kind: sum\nover: payment\nof: weight", 6, "weight"),
    ],
)
def test_faults_are_told_with_their_line(tmp_path: Path, before: str, after: str, line: int, told: str) -> None:
    text = GOOD.format(code="trial_indicator")
    assert before in text
    faults = faults_of(tmp_path, text.replace(before, after))
    assert any(told in fault for fault in faults), faults
    assert any(fault.startswith(f"{line}:") for fault in faults), faults


def test_an_indicator_cannot_be_counted_and_awaited_at_once(tmp_path: Path) -> None:
    shutil.copytree(DOMAINS / "welfare" / "indicators", tmp_path / "welfare" / "indicators")
    path = tmp_path / "welfare" / "indicators" / "_awaited.yaml"
    path.write_text(path.read_text() + "  child_living_allowance_paid: {title: 重复, unit: 万元, awaits: 什么}\n")
    with pytest.raises(DeclarationError, match="请从那里删去"):
        load_catalogue(tmp_path)


def trial(**values: object) -> Indicator:
    shape = {"indicator": "trial_indicator", "title": "试一试", "unit": "人", "kind": "count", "over": "coverage"}
    shape |= {"flow": "in", "definition": "试一试。", "source": {"document": "试行办法"}} | values
    return Indicator.model_validate({key: value for key, value in shape.items() if value is not None})


@pytest.mark.db
def test_an_indicator_declared_later_is_counted_from_the_frozen_rows(closed: Walk) -> None:
    months = [month(number) for number in (1, 2, 3)]
    late = trial(where="township = '340223100'")
    assert count_leaves(cursor(), [late], COUNTY, months)["trial_indicator"].value == 1


@pytest.mark.db
def test_cells_of_an_older_definition_are_not_used(closed: Walk) -> None:
    now = catalogue().get("dibao_persons_new")
    changed = now.model_copy(update={"where": "benefit = 'tekun'"})
    assert measure_digest(now) != measure_digest(changed)
    months = [month(number) for number in (1, 2, 3)]
    assert count_leaves(cursor(), [now], COUNTY, months)["dibao_persons_new"].value == 1
    assert count_leaves(cursor(), [changed], COUNTY, months)["dibao_persons_new"].value == 0


@pytest.mark.db
def test_a_circumstance_that_was_not_frozen_is_not_read_as_none(closed: Walk) -> None:
    shape = {"kind": "stock", "flow": None, "where": "disability >= 1"}
    late = trial(circumstances={"disability": {"kind": "disability", "take": "level"}}, **shape)
    assert count_leaves(cursor(), [late], COUNTY, [month(3)]) == {}


@pytest.mark.db
def test_cells_add_up_to_the_county(closed: Walk) -> None:
    rows = pq.read_table(parquet(COUNTY, month(3), "cells")).to_pylist()
    for code in ("dibao_persons", "assistance_bank_paid", "tekun_persons"):
        county = [row["value"] for row in rows if row["indicator"] == code and row["township"] is None]
        towns = [row["value"] for row in rows if row["indicator"] == code and row["township"] is not None]
        assert county == [sum(towns)]
