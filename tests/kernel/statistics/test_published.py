import json
from decimal import Decimal
from pathlib import Path

import pytest

from nuanxin.kernel.core.errors import DeclarationError
from nuanxin.kernel.statistics.catalogue import catalogue
from nuanxin.kernel.statistics.periods import parse_period
from nuanxin.kernel.statistics.published import read_file, read_published, scale

H1 = parse_period("2024H1")


def test_the_half_year_report_is_read_whole_and_in_order() -> None:
    rows = read_published("340223", H1)
    assert [row.id for row in rows] == [f"nanling-2024-{n:03d}" for n in range(1, 79)]
    assert rows[12].number == Decimal("9558.86")
    assert rows[12].unit == "万元"


def test_the_file_holds_figures_and_no_sentences() -> None:
    text = (Path(__file__).parents[3] / "src/nuanxin/counties/340223/published/2024h1.csv").read_text()
    assert text.splitlines()[0] == "id,indicator,number,qualifier,unit,period"
    assert max(len(cell) for line in text.splitlines() for cell in line.split(",")[4:]) <= 6


def test_every_published_indicator_is_counted_or_awaited_in_the_same_unit() -> None:
    known = catalogue()
    for row in read_published("340223", H1):
        declared = known.indicators.get(row.indicator) or known.awaited[row.indicator]
        assert declared.unit == row.unit, row.id


def test_a_county_without_a_report_has_none() -> None:
    assert read_published("330522", H1) == []


def test_an_instance_may_bring_its_own_file(settings) -> None:
    folder = Path(settings.NUANXIN_HOME) / "counties/330522/published"
    folder.mkdir(parents=True)
    (folder / "2024h1.csv").write_text(
        "id,indicator,number,qualifier,unit,period\nx-1,dibao_households,12,exact,户,2024H1\n"
    )
    assert [row.id for row in read_published("330522", H1)] == ["x-1"]


def test_faulty_lines_are_all_told(tmp_path: Path) -> None:
    path = tmp_path / "2024h1.csv"
    path.write_text(
        "id,indicator,number,qualifier,unit,period\na,b,x,exact,户,2024H1\na,b,1,exact,斤,2024H1\na,b,1,maybe,户,2024H1\n"
    )
    with pytest.raises(DeclarationError) as error:
        read_file(path)
    assert [fault.line for fault in error.value.faults] == [2, 3, 4]


def test_a_smaller_demo_says_how_much_smaller(settings) -> None:
    home = Path(settings.NUANXIN_HOME)
    home.mkdir(parents=True, exist_ok=True)
    assert scale("340223") is None
    (home / "demo.json").write_text(json.dumps({"people": 20000, "of": 550000}))
    told = scale("340223")
    assert told is not None
    assert (told.people, told.of) == (20000, 550000)
    (home / "demo.json").write_text(json.dumps({"people": 550000, "of": 550000}))
    assert scale("340223") is None
