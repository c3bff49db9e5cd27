"""Reading the first sheet of a workbook as text, and telling formula cells and numbers that lost digits."""

import io
import re
import zipfile
from dataclasses import dataclass, field

import fastexcel

from nuanxin.kernel.core.errors import Refused

LARGEST_FILE, LARGEST_CONTENT, MOST_ROWS = 30 * 2**20, 600 * 2**20, 200_000
FORMULA = re.compile(rb'<c r="([A-Z]+)([0-9]+)"[^>]*><f[ >/]')
LOST_DIGITS = re.compile(rb'<c r="([A-Z]+)([0-9]+)"(?: s="[0-9]+")?(?: t="n")?><v>(?:[0-9.]+E\+1[5-9]|[0-9]{16,})</v>')


@dataclass
class Sheet:
    """A header, the rows that hold anything with their numbers, and the cells nobody may rely on."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    formulas: set[tuple[int, int]] = field(default_factory=set)
    lost_digits: set[tuple[int, int]] = field(default_factory=set)

    def refuse_bad_cell(self, row: int, column: int) -> None:
        """Refuse a cell that is a formula or a number too long for a number (columns count from 0)."""
        if (row, column) in self.formulas:
            raise Refused("cell.formula", "这一格是公式，不是填写的内容。", "请复制后“只粘贴数值”。")
        if (row, column) in self.lost_digits:
            raise Refused("cell.lost_digits", "这一格的长号码被存成了数字，末几位已失真。", "请把该列设为文本后重填。")


def read_sheet(file: bytes) -> Sheet:
    """Return the first sheet; Refused when the bytes are no xlsx workbook or it is too large."""
    xml = _sheet_xml(file)
    try:
        table = fastexcel.read_excel(file).load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_arrow()
    except fastexcel.FastExcelError as error:
        raise _no_workbook() from error
    columns = [column.to_pylist() for column in table.columns]
    lines = [[(text or "").strip() for text in cells] for cells in zip(*columns, strict=True)]
    if len(lines) > MOST_ROWS:
        raise Refused("workbook.rows", f"工作表超过 {MOST_ROWS} 行。", "请分成几份导入。")
    start = _first_row(xml)
    rows = [(number, cells) for number, cells in enumerate(lines[1:], start + 1) if any(cells)]
    header = lines[0] if lines else []
    shift = _first_column(xml)
    return Sheet(header, rows, _cells(FORMULA, xml, shift), _cells(LOST_DIGITS, xml, shift))


def _no_workbook() -> Refused:
    return Refused("workbook.format", "这不是可读的 xlsx 工作簿。", "请另存为 .xlsx（不加密）后重试。")


def _sheet_xml(file: bytes) -> bytes:
    """Return the XML of the first sheet."""
    if len(file) > LARGEST_FILE:
        raise Refused("workbook.size", "文件超过 30 MB。", "请分成几份导入。")
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST_CONTENT:
                raise Refused("workbook.size", "文件展开后太大。", "请分成几份导入。")
            return archive.read(_first_sheet(archive))
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
        raise _no_workbook() from error


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """Return the path of the sheet that stands first in the workbook."""
    first = re.search(rb"<(?:\w+:)?sheet [^>]*r:id=\"([^\"]+)\"", archive.read("xl/workbook.xml"))
    links = archive.read("xl/_rels/workbook.xml.rels")
    if first:
        for link in re.findall(rb"<Relationship [^>]*>", links):
            if b'Id="' + first[1] + b'"' in link and (target := re.search(rb'Target="/?(?:xl/)?([^"]+)"', link)):
                return f"xl/{target[1].decode()}"
    return "xl/worksheets/sheet1.xml"


def _first_row(xml: bytes) -> int:
    """Return the number of the first row that holds a cell, 1 for an empty sheet."""
    first = re.search(rb'<c r="[A-Z]+([0-9]+)"', xml)
    return int(first[1]) if first else 1


def _first_column(xml: bytes) -> int:
    """Return the number (from 0) of the leftmost column that holds a cell."""
    used = set(re.findall(rb'<c r="([A-Z]+)[0-9]+"', xml[:200_000]))
    return min(map(_column_number, used), default=0)


def _column_number(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number - 1


def _cells(pattern: re.Pattern[bytes], xml: bytes, shift: int) -> set[tuple[int, int]]:
    """Return (row, column) of the cells that match, the column as the reader numbers it."""
    found = pattern.finditer(xml)
    return {(int(cell[2]), _column_number(cell[1]) - shift) for cell in found}
