"""Takeover workbooks made cell by cell."""

from pathlib import Path
from typing import Any

import xlsxwriter

HEADERS: dict[str, tuple[str, ...]] = {
    "家庭": ("家庭编号", "村(社区)代码", "地址"),
    "成员": ("家庭编号", "身份证号", "姓名", "与户主关系", "是否计入", "不计入原因"),
    "待遇": ("待遇", "家庭编号", "身份证号", "姓名", "村(社区)代码", "构成", "月金额", "开始日期", "收款账号"),
    "账户": ("身份证号", "银行代码", "账号"),
    "欠款": ("身份证号", "待遇", "种类", "所属月份", "金额", "说明"),
}
"""The layout of the first takeover lists, which keeps loading."""

Sheets = dict[str, list[list[Any]]]


def write_workbook(path: Path, sheets: Sheets, headers: dict[str, list[str]] | None = None) -> Path:
    """Write a workbook with the proper headers (or others) and these rows."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False})
    for name in HEADERS:
        sheet = book.add_worksheet(name)
        for at, row in enumerate([list((headers or {}).get(name, HEADERS[name])), *sheets.get(name, [])]):
            for column, value in enumerate(row):
                if isinstance(value, tuple):
                    sheet.write_formula(at, column, *value)
                else:
                    sheet.write(at, column, value)
    book.close()
    return path
