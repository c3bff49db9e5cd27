"""Reading the takeover workbook as text, and telling cells not to rely on: formulas, numbers that lost digits."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import fastexcel

from nuanxin.kernel.core.errors import Refused

HEADERS: dict[str, tuple[str, ...]] = {
    "家庭": ("家庭编号", "村(社区)代码", "地址"),
    "成员": ("家庭编号", "身份证号", "姓名", "与户主关系", "是否计入", "不计入原因"),
    "待遇": ("待遇", "家庭编号", "身份证号", "姓名", "村(社区)代码", "构成", "月金额", "开始日期", "收款账号"),
    "账户": ("身份证号", "银行代码", "账号"),
    "欠款": ("身份证号", "待遇", "种类", "所属月份", "金额", "说明"),
}
NUMBERS = {"身份证号", "账号", "收款账号", "家庭编号", "村(社区)代码", "银行代码"}
LARGEST_FILE, LARGEST_CONTENT, MOST_ROWS = 60 * 2**20, 1200 * 2**20, 400_000
FORMULA, CELL = re.compile(rb"<f[ >/]"), re.compile(rb'<c r="([A-Z]+)([0-9]+)"')
LOST = re.compile(rb'<c r="([A-Z]+)([0-9]+)"(?: s="[0-9]+")?(?: t="n")?><v>(?:[0-9.]+E\+1[0-9]|[0-9]{16,})</v>')


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
    """Return the rows of each sheet and the faults of its shape; Refused when the bytes are no xlsx workbook."""
    names, parts = _sheet_parts(data)
    try:
        book = fastexcel.read_excel(data)
    except fastexcel.FastExcelError as error:
        raise _no_workbook() from error
    faults = [RowFault(name, 0, "", "不认识这个工作表，请删去。") for name in names if name not in HEADERS]
    sheets: dict[str, list[Row]] = {}
    for name in HEADERS:
        if name not in names:
            faults.append(RowFault(name, 0, "", f"缺少工作表“{name}”，没有内容时也请保留表头。"))
            continue
        sheets[name] = []
        lines = _lines(book, name)
        found = _header_faults(name, lines[0] if lines else [])
        faults += found
        if not found:
            sheets[name] = list(_rows(lines))
            faults += _bad_cells(name, lines[0], parts[name])
    return sheets, faults


def _no_workbook() -> Refused:
    return Refused("takeover.format", "这不是可读的 xlsx 工作簿。", "请另存为 .xlsx(不加密)后重试。")


def _sheet_parts(data: bytes) -> tuple[list[str], dict[str, bytes]]:
    """Return the sheets' names in order and the XML of those we know."""
    if len(data) > LARGEST_FILE:
        raise Refused("takeover.size", "文件太大。", "请按乡镇分成几份。")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST_CONTENT:
                raise Refused("takeover.size", "文件展开后太大。", "请按乡镇分成几份。")
            paths = dict(_sheet_paths(archive))
            return list(paths), {name: archive.read(path) for name, path in paths.items() if name in HEADERS}
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
        raise _no_workbook() from error


def _sheet_paths(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    links = {}
    for link in re.findall(rb"<Relationship [^>]*>", archive.read("xl/_rels/workbook.xml.rels")):
        key, target = re.search(rb'Id="([^"]+)"', link), re.search(rb'Target="/?(?:xl/)?([^"]+)"', link)
        if key and target:
            links[key[1]] = f"xl/{target[1].decode()}"
    for tag in re.findall(rb"<(?:\w+:)?sheet [^>]*>", archive.read("xl/workbook.xml")):
        name, key = re.search(rb'name="([^"]*)"', tag), re.search(rb'r:id="([^"]+)"', tag)
        if name and key:
            yield name[1].decode(), links[key[1]]


def _lines(book: fastexcel.ExcelReader, name: str) -> list[list[str]]:
    table = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_arrow()
    if table.num_rows > MOST_ROWS:
        raise Refused("takeover.rows", f"工作表“{name}”超过 {MOST_ROWS} 行。", "请按乡镇分成几份。")
    columns = [column.to_pylist() for column in table.columns]
    return [[(text or "").strip() for text in cells] for cells in zip(*columns, strict=True)]


def _header_faults(name: str, header: list[str]) -> list[RowFault]:
    given = [label for label in header if label]
    faults = [RowFault(name, 1, label, f"缺少“{label}”列。") for label in HEADERS[name] if label not in given]
    faults += [
        RowFault(name, 1, label, f"不认识“{label}”列，请改名或删去。") for label in given if label not in HEADERS[name]
    ]
    doubled = sorted({label for label in given if given.count(label) > 1})
    return faults + [RowFault(name, 1, label, f"“{label}”列有两列，请删去一列。") for label in doubled]


def _rows(lines: list[list[str]]) -> Iterator[Row]:
    header = lines[0]
    for number, cells in enumerate(lines[1:], start=2):
        if any(cells):
            yield Row(number, dict(zip(header, cells, strict=True)))


def _bad_cells(name: str, header: list[str], xml: bytes) -> list[RowFault]:
    faults = [
        RowFault(name, row, column, "这一格是公式，请复制后“只粘贴数值”。") for row, column in _formulas(header, xml)
    ]
    return faults + [
        RowFault(name, row, column, "这一格的长号码被存成了数字，末几位已失真，请把该列设为文本后重填。")
        for row, column in _cells(LOST, header, xml)
        if column in NUMBERS
    ]


def _formulas(header: list[str], xml: bytes) -> Iterator[tuple[int, str]]:
    """Yield where formulas stand: from each one back to the cell that holds it."""
    for formula in FORMULA.finditer(xml):
        cell = CELL.match(xml, xml.rfind(b"<c r=", 0, formula.start()))
        if cell:
            yield _place(cell, header)


def _cells(pattern: re.Pattern[bytes], header: list[str], xml: bytes) -> Iterator[tuple[int, str]]:
    for cell in pattern.finditer(xml):
        yield _place(cell, header)


def _place(cell: re.Match[bytes], header: list[str]) -> tuple[int, str]:
    number = _column_number(cell[1])
    return int(cell[2]), header[number] if number < len(header) else cell[1].decode()


def _column_number(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number - 1
