"""The takeover workbook: its sheets and headings, its rows by heading, the faults of its shape."""

from collections.abc import Iterator
from dataclasses import dataclass

from nuanxin.kernel.core.spreadsheets import Limits, Sheet, Unread, read_spreadsheet
from nuanxin.kernel.core.spreadsheets.sheet import column_name

HEADERS: dict[str, tuple[str, ...]] = {
    "家庭": ("家庭编号", "村(社区)代码", "地址"),
    "成员": ("家庭编号", "身份证号", "姓名", "与户主关系", "是否计入", "不计入原因"),
    "待遇": ("待遇", "家庭编号", "身份证号", "姓名", "村(社区)代码", "构成", "月金额", "开始日期", "收款账号"),
    "账户": ("身份证号", "银行代码", "账号"),
    "欠款": ("身份证号", "待遇", "种类", "所属月份", "金额", "说明"),
}
LIMITS = Limits(
    file=60 * 2**20, unpacked=1200 * 2**20, rows=400_000, cells=8_000_000, text=160_000_000, memory=3 * 2**30
)
TODO = {
    "hidden_rows": "请取消隐藏，核对后再登记。",
    "hidden_columns": "请取消隐藏，核对后再登记。",
    "hidden_read": "请取消隐藏，核对后再登记。",
    "merged_cells": "请取消合并，每一格都填写。",
    "no_heading": "请补上表头或删去这些列。",
}


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one cell (or row, or sheet: row 0) and what to do."""

    sheet: str
    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Row:
    """One row by column name, with its number in the sheet."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """Return a cell's text, empty when there is none."""
        return self.cells.get(column, "")


def read_workbook(data: bytes) -> tuple[dict[str, list[Row]], list[RowFault]]:
    """Return the rows of each sheet and the faults of its shape; Refused when the bytes are no xlsx workbook.

    Two people sign the list's totals, so what they do not see on the screen (hidden, merged, under no heading) is a
    fault, too.
    """
    book = read_spreadsheet(data, sheets=tuple(HEADERS), limits=LIMITS)
    faults = [RowFault(name, 0, "", "不认识这个工作表，请删去。") for name in book.names if name not in HEADERS]
    faults += _unseen_faults(book.unread)
    sheets: dict[str, list[Row]] = {}
    for name in HEADERS:
        if name not in book.sheets:
            faults.append(RowFault(name, 0, "", f"缺少工作表“{name}”，没有内容时也请保留表头。"))
            continue
        sheet = book.sheets[name]
        found = _header_faults(name, sheet.header)
        faults += found
        sheets[name] = [] if found else list(_rows(sheet))
        faults += [] if found else _cell_faults(sheet)
    return sheets, faults


def _unseen_faults(unread: list[Unread]) -> list[RowFault]:
    return [RowFault(item.sheet, 0, "", f"{item.sentence}{TODO[item.what]}") for item in unread if item.what in TODO]


def _header_faults(name: str, header: list[str]) -> list[RowFault]:
    given = [label for label in header if label]
    faults = [RowFault(name, 1, label, f"缺少“{label}”列。") for label in HEADERS[name] if label not in given]
    faults += [
        RowFault(name, 1, label, f"不认识“{label}”列，请改名或删去。") for label in given if label not in HEADERS[name]
    ]
    doubled = sorted({label for label in given if given.count(label) > 1})
    return faults + [RowFault(name, 1, label, f"“{label}”列有两列，请删去一列。") for label in doubled]


def _rows(sheet: Sheet) -> Iterator[Row]:
    header = sheet.header
    for number, cells in sheet.rows:
        yield Row(number, dict(zip(header, cells, strict=False)))


def _cell_faults(sheet: Sheet) -> list[RowFault]:
    """Return the cells nobody may rely on, and the columns without a heading."""
    header = sheet.header
    faults = [
        RowFault(sheet.name, row, header[column] if column < len(header) else column_name(column), sentence)
        for row, column, _, sentence in sheet.bad_cells()
    ]
    return faults + _unseen_faults(sheet.unread_columns())
