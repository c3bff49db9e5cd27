"""Takeover workbooks made cell by cell."""

from pathlib import Path
from typing import Any

import xlsxwriter

from nuanxin.kernel.cycle.takeover.workbook import HEADERS

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
