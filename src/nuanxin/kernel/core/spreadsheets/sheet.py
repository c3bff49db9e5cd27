"""What was read: sheets of typed cells by exact address, and what the file holds besides."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from nuanxin.kernel.core.errors import Refused


class CellKind(StrEnum):
    """What a cell is; formulas, errors and numbers that lost their last digits are refused."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    BOOLEAN = "boolean"
    FORMULA = "formula"
    ERROR = "error"
    LOST_DIGITS = "lost_digits"


BAD_CELLS: dict[str, tuple[str, str]] = {
    CellKind.FORMULA: ("这一格是公式，不是填写的内容。", "请复制后“只粘贴数值”。"),
    CellKind.LOST_DIGITS: ("这一格的长号码被存成了数字，末几位已失真。", "请把该列设为文本后重新填写。"),
    CellKind.ERROR: ("这一格是错误值，不是填写的内容。", "请改正或清空这一格。"),
}
UNREAD_SENTENCES = {
    "hidden_sheet": "工作表“{sheet}”是隐藏的，没有读入。",
    "hidden_read": "工作表“{sheet}”是隐藏的，也已读入。",
    "other_sheet": "工作表“{sheet}”没有读入。",
    "hidden_rows": "工作表“{sheet}”第 {where} 行是隐藏的，也已读入。",
    "hidden_columns": "工作表“{sheet}”{where} 列是隐藏的，也已读入。",
    "merged_cells": "工作表“{sheet}”有合并单元格 {where}，只读左上角一格。",
    "comments": "工作表“{sheet}”的批注没有读入。",
    "drawings": "工作表“{sheet}”的图片、图表没有读入。",
    "no_heading": "工作表“{sheet}”{where} 列没有表头，其内容没有读入。",
    "macros": "工作簿中的宏没有读入，也不会运行。",
}


@dataclass(frozen=True)
class Unread:
    """Something of the file that did not become a cell, or did although nobody sees it on the screen."""

    what: str
    sheet: str = ""
    where: str = ""

    @property
    def sentence(self) -> str:
        """Return it in words for the person who brought the file."""
        return UNREAD_SENTENCES[self.what].format(sheet=self.sheet, where=self.where)


@dataclass
class Sheet:
    """Rows that hold anything, each with its number in the file and its texts from column A (number 0) on.

    A number's text is plain decimal, a date's ISO, a boolean's 是 or 否; `kinds` holds what is not text.
    """

    name: str
    lines: list[tuple[int, list[str]]] = field(default_factory=list)
    kinds: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def header(self) -> list[str]:
        """Return the texts of the first row that holds anything."""
        return self.lines[0][1] if self.lines else []

    @property
    def rows(self) -> list[tuple[int, list[str]]]:
        """Return the rows below the header, none shorter than it."""
        width = len(self.header)
        return [(number, texts + [""] * (width - len(texts))) for number, texts in self.lines[1:]]

    def kind(self, row: int, column: int) -> CellKind:
        """Return what a cell is (rows count from 1, columns from 0)."""
        return CellKind(self.kinds.get((row, column), CellKind.TEXT))

    def refuse_bad_cell(self, row: int, column: int) -> None:
        """Refuse a cell nobody may rely on: a formula, an error, a number that lost its last digits."""
        kind = self.kinds.get((row, column), "")
        if kind in BAD_CELLS:
            raise Refused(f"cell.{kind}", *BAD_CELLS[kind])

    def bad_cells(self) -> Iterator[tuple[int, int, CellKind, str]]:
        """Yield row, column, kind and sentence of each cell nobody may rely on."""
        for (row, column), kind in self.kinds.items():
            if kind in BAD_CELLS:
                yield row, column, CellKind(kind), "".join(BAD_CELLS[kind])

    def unread_columns(self) -> list[Unread]:
        """Return the columns that hold something below an empty heading."""
        header = self.header
        used: set[int] = set()
        for _, texts in self.lines[1:]:
            used.update(at for at, text in enumerate(texts) if text and (at >= len(header) or not header[at]))
        names = "、".join(column_name(at) for at in sorted(used)[:20])
        return [Unread("no_heading", self.name, names)] if used else []


@dataclass
class Spreadsheet:
    """The sheets that were asked for, the names of all in order, and what was not read."""

    names: list[str] = field(default_factory=list)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    @property
    def first(self) -> Sheet:
        """Return the first sheet that was read."""
        return next(iter(self.sheets.values()))


def column_name(column: int) -> str:
    """Return the letters of a column (0 is A)."""
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
