"""Text tables: UTF-8 (with or without a mark), UTF-16 with a mark, or GB18030; comma or tab."""

import csv
import io
import re
from typing import Any

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.spreadsheets.limits import Limits, too_large
from nuanxin.kernel.core.spreadsheets.sheet import CellKind

MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
SHORTENED = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?[eE]\+?(?:1[1-9]|[2-9][0-9]|[0-9]{3,})")
QUOTED_TEXT = re.compile(r'="([^"]*)"')
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")


def read_text(data: bytes, limits: Limits, say: Any) -> None:
    """Say the rows of a text table, numbered as a table program would; Refused when it is no text."""
    if len(data) > limits.file:
        raise too_large(f"文件超过 {limits.file // 2**20} MB")
    text = _decoded(data)
    head = text[: text.find("\n")] if "\n" in text else text
    csv.field_size_limit(limits.cell_text)
    delimiter = "\t" if "\t" in head and "," not in head else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    say(["names", ["CSV"]])
    say(["sheet", "CSV"])
    try:
        for number, values in enumerate(rows, 1):
            _say_row(number, values, limits, say)
    except csv.Error as error:
        raise Refused(
            "workbook.csv", f"第 {rows.line_num} 行读不出来。", "请检查引号是否成对，或另存为 xlsx。"
        ) from error


def _say_row(number: int, values: list[str], limits: Limits, say: Any) -> None:
    if number > limits.rows:
        raise too_large(f"表格超过 {limits.rows} 行", "workbook.rows")
    if len(values) > limits.columns and any(value.strip() for value in values[limits.columns :]):
        raise too_large(f"第 {number} 行超过 {limits.columns} 列", "workbook.columns")
    cells = [_cell(value) for value in values[: limits.columns]]
    while cells and not cells[-1][1] and cells[-1][0] == CellKind.TEXT:
        cells.pop()
    if cells:
        kinds = {at: kind for at, (kind, _) in enumerate(cells) if kind != CellKind.TEXT}
        say(["row", number, [text for _, text in cells], kinds])


def _cell(value: str) -> tuple[str, str]:
    """Return kind and text: a table program shortens long numbers when it saves text, and `="0012"` keeps one whole."""
    plain = value.strip()
    if whole := QUOTED_TEXT.fullmatch(plain):
        return CellKind.TEXT, whole[1].strip()
    if plain.startswith("=") and len(plain) > 1:
        return CellKind.FORMULA, plain
    return (CellKind.LOST_DIGITS if SHORTENED.fullmatch(plain) else CellKind.TEXT), plain


def _decoded(data: bytes) -> str:
    marked = [name for mark, name in MARKS.items() if data.startswith(mark)]
    for encoding in marked or ["utf-8", "gb18030"]:
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if not CONTROLS.search(text):
            return text
    raise Refused("workbook.csv", "这份文本不是可读的 CSV。", "请另存为“CSV UTF-8”或 xlsx 后重试。")
