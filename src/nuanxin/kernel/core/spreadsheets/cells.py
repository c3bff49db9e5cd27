"""The cells of one worksheet: exact addresses, kinds by meaning, row by row."""

import re
from collections.abc import Callable

from nuanxin.kernel.core.spreadsheets.limits import Limits, damaged, too_large
from nuanxin.kernel.core.spreadsheets.sheet import CellKind, Unread, column_name
from nuanxin.kernel.core.spreadsheets.strings import unescaped
from nuanxin.kernel.core.spreadsheets.styles import iso_text, number_text
from nuanxin.kernel.core.spreadsheets.xml import Attributes, Handler

ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
LAST_ROW, LAST_COLUMN, MOST_NAMED = 1_048_576, 16_384, 20
Line = Callable[[int, list[str], dict[int, str]], None]


class Cells(Handler):
    """Hands each row that holds anything to `line`: its number, its texts from column A on, the kinds of others."""

    def __init__(
        self, name: str, shared: list[str], formats: list[str | int | None], from_1904: bool, limits: Limits, line: Line
    ) -> None:
        """Begin before the first row."""
        self.name, self.shared, self.formats, self.from_1904 = name, shared, formats, from_1904
        self.limits, self.line = limits, line
        self.row = self.count = self.lines = self.total = self.length = 0
        self.column = -1
        self.texts: list[str] = []
        self.kinds: dict[int, str] = {}
        self.kind, self.style, self.formula = "n", "0", False
        self.value: list[str] = []
        self.in_row = self.in_cell = self.taking = self.ruby = False
        self.hidden_rows: list[int] = []
        self.hidden_columns: list[str] = []
        self.merged: list[str] = []

    def start(self, tag: str, attributes: Attributes) -> None:
        """Meet a row, a cell, what a cell holds, or what hides and joins them."""
        if tag == "c":
            self._start_cell(attributes)
        elif tag == "v" or tag == "t":
            self.taking = self.in_cell and not self.ruby
        elif tag == "row":
            self._start_row(attributes)
        elif tag == "f":
            self.formula = self.in_cell
        elif tag == "rPh":
            self.ruby = True
        elif tag == "mergeCell":
            self.merged.append(attributes.get("ref", "")[:20])
        elif tag == "col" and _true(attributes.get("hidden", "")):
            self.hidden_columns.append(_columns(attributes))

    def text(self, text: str) -> None:
        """Take a cell's text; Refused when it is longer than a cell can be."""
        if self.taking:
            self.value.append(text)
            self.length += len(text)
            if self.length > self.limits.cell_text:
                raise too_large(f"{self._place()}的文字超过 {self.limits.cell_text} 个字")

    def end(self, tag: str) -> None:
        """Leave a cell or a row."""
        if tag == "v" or tag == "t":
            self.taking = False
        elif tag == "c":
            self._end_cell()
        elif tag == "row":
            self._end_row()
        elif tag == "rPh":
            self.ruby = False

    def unread(self) -> list[Unread]:
        """Return what hides and joins cells."""
        many = [("hidden_rows", [str(number) for number in self.hidden_rows])]
        many += [("hidden_columns", self.hidden_columns), ("merged_cells", self.merged)]
        return [Unread(what, self.name, _some(names)) for what, names in many if names]

    def _start_row(self, attributes: Attributes) -> None:
        number = attributes.get("r", "")
        if self.in_row or (number and not (number.isascii() and number.isdecimal() and len(number) < 8)):
            raise damaged(f"工作表“{self.name}”的行号")
        row = int(number) if number else self.row + 1
        if not self.row < row <= LAST_ROW:
            raise damaged(f"工作表“{self.name}”的行号 {row}")
        self.row, self.column, self.in_row = row, -1, True
        self.texts, self.kinds = [], {}
        if _true(attributes.get("hidden", "")):
            self.hidden_rows.append(row)

    def _end_row(self) -> None:
        self.in_row = False
        if not self.texts:
            return
        self.lines += 1
        if self.lines > self.limits.rows or self.row > self.limits.rows * 2:
            raise too_large(
                f"工作表“{self.name}”超过 {self.limits.rows} 行（到第 {self.row} 行还有内容）", "workbook.rows"
            )
        self.line(self.row, self.texts, self.kinds)

    def _start_cell(self, attributes: Attributes) -> None:
        if not self.in_row or self.in_cell:
            raise damaged(f"工作表“{self.name}”的单元格不在行里")
        self.count += 1
        if self.count > self.limits.cells:
            raise too_large(f"工作表“{self.name}”的单元格太多")
        address = attributes.get("r")
        column = self._column(address) if address else self.column + 1
        if not self.column < column < LAST_COLUMN:
            raise damaged(f"工作表“{self.name}”第 {self.row} 行的单元格地址")
        self.column, self.in_cell, self.formula, self.value, self.length = column, True, False, [], 0
        self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")

    def _column(self, address: str) -> int:
        parts = ADDRESS.fullmatch(address)
        if parts is None or int(parts[2]) != self.row:
            raise damaged(f"工作表“{self.name}”第 {self.row} 行的单元格地址“{address[:20]}”")
        number = 0
        for letter in parts[1]:
            number = number * 26 + ord(letter) - 64
        return number - 1

    def _end_cell(self) -> None:
        self.in_cell = False
        value = self.value
        raw = value[0] if len(value) == 1 else "".join(value)
        kind, text = self._read(raw) if raw else (CellKind.TEXT, "")
        kind = CellKind.FORMULA if self.formula else kind
        if not text and kind == CellKind.TEXT:
            return
        self.total += len(text)
        if self.total > self.limits.text:
            raise too_large(f"工作表“{self.name}”的文字太多")
        if self.column >= self.limits.columns:
            raise too_large(f"{self._place()}还有内容，超过 {self.limits.columns} 列", "workbook.columns")
        texts = self.texts
        texts.extend([""] * (self.column - len(texts)))
        texts.append(text)
        if kind != CellKind.TEXT:
            self.kinds[self.column] = kind

    def _read(self, raw: str) -> tuple[str, str]:
        """Return the kind and the text of what a cell holds, by the type it states."""
        kind = self.kind
        if kind == "s":
            if not (raw.isascii() and raw.isdecimal() and len(raw) < 10 and int(raw) < len(self.shared)):
                raise damaged(f"{self._place()}引用的文字不存在")
            return CellKind.TEXT, self.shared[int(raw)]
        if kind == "n":
            return number_text(raw, self._format(), self.from_1904)
        if kind in ("str", "inlineStr"):
            return CellKind.TEXT, unescaped(raw).strip()
        if kind == "b":
            return CellKind.BOOLEAN, "是" if _true(raw.strip()) else "否"
        if kind == "d":
            return iso_text(raw[:40])
        if kind == "e":
            return CellKind.ERROR, raw[:40]
        raise damaged(f"{self._place()}的类型“{kind[:20]}”")

    def _format(self) -> str | int | None:
        style = self.style
        known = style.isdecimal() and len(style) < 7 and int(style) < len(self.formats)
        return self.formats[int(style)] if known else None

    def _place(self) -> str:
        return f"工作表“{self.name}”{column_name(self.column)}{self.row} 单元格"


def _true(text: str) -> bool:
    return text in ("1", "true", "on")


def _columns(attributes: Attributes) -> str:
    first, last = attributes.get("min", ""), attributes.get("max", "")
    if not (first.isdecimal() and last.isdecimal() and len(first) < 6 and len(last) < 6):
        return ""
    names = column_name(int(first) - 1), column_name(int(last) - 1)
    return names[0] if first == last else f"{names[0]}–{names[1]}"


def _some(names: list[str]) -> str:
    rest = f" 等 {len(names)} 处" if len(names) > MOST_NAMED else ""
    return "、".join(names[:MOST_NAMED]) + rest
