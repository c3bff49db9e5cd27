"""`nuanxin load`: several files of any kind, faults as a workbook, totals; two sign on the page, again changes nothing."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from nuanxin.interfaces.cli.commands import load as command
from nuanxin.kernel.access.services import create_account
from nuanxin.kernel.core import clock
from nuanxin.kernel.cycle.models import TakeoverList
from nuanxin.kernel.cycle.services import run_waiting_loads, sign_takeover
from nuanxin.kernel.registry.models import Person
from nuanxin.kernel.registry.services import load_divisions
from tests.factories.loads import AS_OF, COUNTY, bureau, csv_of, parquet_of, workbook

pytestmark = pytest.mark.django_db
APP = typer.Typer()
APP.callback()(lambda: None)
command.register(APP)


@pytest.fixture(autouse=True)
def _county() -> None:
    clock.move_to(AS_OF.replace(year=2024, month=1, day=5))
    load_divisions(COUNTY)


def load(*words: str) -> Any:
    return CliRunner().invoke(APP, ["load", *words, "--county", COUNTY])


def files(folder: Path) -> list[str]:
    """Write the bureau's tables as one workbook, one csv and one Parquet file."""
    rows = bureau()
    (folder / "居民.csv").write_bytes(csv_of(rows.pop("居民"), "gb18030"))
    (folder / "情况.parquet").write_bytes(parquet_of(rows.pop("情况")))
    (folder / "其余.xlsx").write_bytes(workbook(**rows))
    return [str(folder / name) for name in ("居民.csv", "情况.parquet", "其余.xlsx")]


def test_files_of_every_kind_are_checked_and_wait_for_two_signatures(tmp_path: Path) -> None:
    told = load(*files(tmp_path))
    assert told.exit_code == 0, told.output
    for words in ("核对无误", "居民 4 行", "每月合计 850.01 元", "请两人先后在“数据导入”页面核对控制数并签字"):
        assert words in told.output
    assert not Person.objects.exists(), "a command signs for nobody"
    taken = TakeoverList.objects.get()
    for role in ("county_examiner", "section_chief"):
        account = create_account(
            username=role, display_name="王某", role=role, password="a long enough one", area="34.3402.340223"
        )
        sign_takeover(list_id=taken.pk, account=account)
    run_waiting_loads()
    people = Person.objects.count()
    again = json.loads(load(*files(tmp_path), "--json").output)
    assert {one["table"]: one["known"] for one in again["totals"]}["居民"] == people == 4


def test_faulty_rows_come_back_as_a_workbook_and_the_exit_code_is_one(tmp_path: Path) -> None:
    rows = bureau()
    rows["居民"][1]["出生日期"] = "1950-01-01"
    (tmp_path / "名册.xlsx").write_bytes(workbook(**rows))
    told = load(str(tmp_path / "名册.xlsx"), "--faults", str(tmp_path / "错.xlsx"))
    assert told.exit_code == 1
    assert "居民 第 3 行 出生日期" in told.output
    book = openpyxl.load_workbook(tmp_path / "错.xlsx")
    assert "李配偶" in [cell.value for line in book["居民"].iter_rows() for cell in line]


@pytest.mark.parametrize(
    ("name", "data"),
    [("坏.xlsx", b"PK\x03\x04broken"), ("坏.parquet", b"PAR1xx"), ("空.csv", b""), ("图.pdf", b"%PDF-1.4")],
)
def test_a_broken_file_is_refused_in_words(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    told = load(str(tmp_path / name))
    assert told.exit_code != 0
    assert "Traceback" not in told.output
    assert not Person.objects.exists()


def test_the_template_is_written(tmp_path: Path) -> None:
    assert load("--template", str(tmp_path / "模板.xlsx")).exit_code == 0
    assert {"居民", "待遇", "说明"} <= set(openpyxl.load_workbook(tmp_path / "模板.xlsx").sheetnames)
