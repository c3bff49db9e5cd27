"""The workbook of the opening stock opens in the readers people use."""

from pathlib import Path

import fastexcel
import openpyxl

from nuanxin.demo.workbook import write_workbook

ROWS = [("身份证号", "金额", "说明"), ("340223195003071020", 86.5, ""), ("340223195003071039", 7, "甲<乙>&“丙”")]


def test_both_readers_see_the_same_cells(tmp_path: Path) -> None:
    path = tmp_path / "名单.xlsx"
    write_workbook(path, {"待遇": ROWS, "空": [("家庭编号",)]})
    sheet = openpyxl.load_workbook(path)["待遇"]
    assert [tuple(c.value or "" for c in row) for row in sheet.iter_rows()] == [tuple(v or "" for v in r) for r in ROWS]
    read = fastexcel.read_excel(path)
    assert read.sheet_names == ["待遇", "空"]
    assert read.load_sheet("待遇").to_arrow().column("身份证号").to_pylist() == [ROWS[1][0], ROWS[2][0]]
