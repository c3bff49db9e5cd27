"""From files to declared tables of plain text: workbooks, csv and Parquet; what is not read is said."""

import csv
import difflib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.spreadsheets import Limits, Sheet, Spreadsheet, read_spreadsheet
from nuanxin.kernel.core.spreadsheets.sheet import column_name
from nuanxin.kernel.cycle.loading.schema import NUMBERS, TableSpec, table_of_title, tables

GUIDE, OPTIONS = "说明", "选项"
OUR_SHEETS = frozenset({GUIDE, OPTIONS})
"""Sheets of the template that hold no rows."""
PROBLEM = "问题"
"""The column of a workbook of faulty rows; brought back, it is not read."""
MOST_ROWS = 3_000_000
LARGEST_CONTENT = 3 * 2**30
LIMITS = Limits(
    file=120 * 2**20, unpacked=1500 * 2**20, rows=1_048_576, cells=15_000_000, text=400_000_000, memory=4 * 2**30,
    processor_seconds=600, wall_seconds=900,
)  # fmt: skip
FAULT, NOTICE = "fault", "notice"
UNSEEN = {
    "hidden_rows": "请取消隐藏，核对后再导入。",
    "hidden_columns": "请取消隐藏，核对后再导入。",
    "hidden_read": "请取消隐藏，核对后再导入。",
    "merged_cells": "请取消合并，每一格都填写。",
    "no_heading": "请补上表头或删去这些列。",
}


@dataclass(frozen=True)
class Finding:
    """What is wrong (or not read, or otherwise than registered) in one cell, row or sheet (row 0): and what to do."""

    file: str
    sheet: str
    row: int
    column: str
    message: str
    level: str = FAULT
    value: str = ""


@dataclass
class Raw:
    """One table as it stood in one file: a text column for each declared column, and the row's number in the file."""

    table: str
    file: str
    data: pa.Table


@dataclass
class Reading:
    """Everything the files held."""

    raws: list[Raw] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def note(self, file: str, sheet: str, row: int, column: str, message: str, level: str = FAULT) -> None:
        """Keep a finding."""
        self.findings.append(Finding(file, sheet, row, column, message, level))


def read_files(files: Sequence[tuple[str, bytes]]) -> Reading:
    """Read files given as (name, bytes); a file that cannot be read at all is a finding, the others are still read."""
    reading = Reading()
    for name, data in files:
        try:
            _read_file(name, data, reading)
        except Refused as error:
            reading.note(name, "", 0, "", f"{error.message}{error.todo}")
    if not reading.raws and not reading.findings:
        reading.note("", "", 0, "", "这些文件里没有可读的表。请按模板整理后重新上传。")
    return reading


def _read_file(name: str, data: bytes, reading: Reading) -> None:
    if not data:
        raise Refused("load.empty", "文件是空的。", "请重新选择文件。")
    kind = PurePath(name).suffix.lower()
    if kind in (".xlsx", ".xlsm") or data[:2] == b"PK":
        _read_workbook(name, data, reading)
    elif kind in (".parquet", ".pq") or data[:4] == b"PAR1":
        _read_parquet(name, data, reading)
    elif kind in (".csv", ".txt", ".tsv"):
        _read_csv(name, data, reading)
    else:
        raise Refused(
            "load.kind", f"不认识“{kind or name}”这种文件。", "请用 xlsx、csv 或 Parquet；旧的 .xls 请另存为 .xlsx。"
        )


def _read_workbook(name: str, data: bytes, reading: Reading) -> None:
    """Read the declared sheets; of a workbook with a single sheet this one, whatever it is called."""
    titles = [spec.title for spec in tables().values()]
    book = read_spreadsheet(data, sheets=titles, limits=LIMITS)
    strange = [sheet for sheet in book.names if sheet not in titles and sheet not in OUR_SHEETS]
    if not book.sheets and len(strange) == 1:
        book = read_spreadsheet(data, limits=LIMITS)
        sheet = book.first
        table = _need_table([_label(label) for label in sheet.header], name)
        _take_sheet(name, sheet, table, reading)
        strange = []
    _tell_unread(name, book, reading)
    for unknown in strange:
        reading.note(name, unknown, 0, "", _unknown_sheet(unknown), NOTICE)
    for title in titles:
        if title in book.sheets and book.sheets[title].lines:
            _take_sheet(name, book.sheets[title], table_of_title(title) or "", reading)
    if not any(sheet.lines for sheet in book.sheets.values()):
        reading.note(name, "", 0, "", "工作簿里没有可读的表。请按模板填写。")


def _tell_unread(file: str, book: Spreadsheet, reading: Reading) -> None:
    """Two people sign the totals: what they do not see on the screen is a fault, what lies beside the rows is told."""
    for item in book.unread:
        if item.what in UNSEEN:
            reading.note(file, item.sheet, 0, "", f"{item.sentence}{UNSEEN[item.what]}")
        elif item.sheet not in OUR_SHEETS and item.what != "other_sheet":
            reading.note(file, item.sheet, 0, "", item.sentence, NOTICE)


def _unknown_sheet(name: str) -> str:
    titles = [spec.title for spec in tables().values()]
    near = difflib.get_close_matches(name, titles, 1, 0.3)
    return f"没有读取：不认识这个工作表。要导入请改名为{'、'.join(near or titles)}。"


def _label(text: str | None) -> str:
    """Return a heading without blanks, half-width brackets: as the declared labels are written."""
    plain = "".join((text or "").split()).strip("*\ufeff\u200b")
    return plain.replace("（", "(").replace("）", ")")


def _take_sheet(file: str, sheet: Sheet, table: str, reading: Reading) -> None:
    header = [_label(label) for label in sheet.header]
    places = _places(file, table, header, reading)
    if places is None:
        return
    spec = tables()[table]
    names = {place: name for name, place in places.items()}
    for row, place, _, sentence in sheet.bad_cells():
        if place in names:
            reading.note(file, spec.title, row, spec.column(names[place]).label, sentence)
        elif place >= len(header) or not header[place]:
            reading.note(file, spec.title, row, column_name(place), sentence)
    for item in sheet.unread_columns():
        reading.note(file, spec.title, 0, "", f"{item.sentence}{UNSEEN['no_heading']}")
    rows = sheet.rows
    numbers = pa.array([number for number, _ in rows], pa.int64())
    columns = {
        name: pa.chunked_array([pa.array([texts[place] for _, texts in rows], pa.string())])
        for name, place in places.items()
    }
    _take(Raw(table, file, _whole(spec, columns, numbers)), reading)


def _places(file: str, table: str, header: list[str], reading: Reading) -> dict[str, int] | None:
    """Return where each declared column stands; None when one that is needed is missing or stands twice."""
    spec = tables()[table]
    sheet = spec.title
    places: dict[str, int] = {}
    strange, sound = [], True
    for at, label in enumerate(header):
        name = spec.labels.get(label)
        if name in places:
            reading.note(file, sheet, 1, label, f"“{label}”列有两列，请删去一列。")
            sound = False
        elif name is not None:
            places[name] = at
        elif label and label != PROBLEM:
            strange.append(label)
    for column in spec.columns:
        if column.key and column.name not in places:
            near = difflib.get_close_matches(column.label, strange, 1, 0.5)
            hint = f"是不是“{near[0]}”列？请改名。" if near else "请补上这一列。"
            reading.note(file, sheet, 1, column.label, f"缺少“{column.label}”列。{hint}")
            sound = False
    for label in strange:
        reading.note(file, sheet, 1, label, f"没有读取：不认识“{label}”列。", NOTICE)
    return places if sound else None


def _whole(spec: TableSpec, columns: dict[str, pa.ChunkedArray], rows: pa.Array) -> pa.Table:
    """Return a text column for every declared column, empty where the file has none, and the rows' numbers."""
    empty = pa.nulls(len(rows), pa.string())
    return pa.table({"row": rows} | {c.name: columns.get(c.name, empty) for c in spec.columns})


def _take(raw: Raw, reading: Reading) -> None:
    """Keep a table without its blank rows and without the template's example."""
    spec, data = tables()[raw.table], raw.data
    blank = pa.array([True] * data.num_rows) if data.num_rows else pa.array([], pa.bool_())
    for column in spec.columns:
        blank = pc.and_(blank, pc.equal(pc.utf8_trim_whitespace(pc.fill_null(data[column.name], "")), ""))
    data = data.filter(pc.invert(blank))
    if data.num_rows and _is_example(spec, data.slice(0, 1).to_pylist()[0]):
        row = data["row"][0].as_py()
        reading.note(raw.file, spec.title, row, "", f"没有读取：第 {row} 行是模板的示例行。", NOTICE)
        data = data.slice(1)
    raw.data = data
    reading.raws.append(raw)


def _is_example(spec: TableSpec, row: dict[str, str | None]) -> bool:
    """Tell whether a row is the template's example: its fixed texts; some numbers are filled in by the county."""
    fixed = [c for c in spec.columns if c.example and not c.example.startswith("{")]
    return all((row[c.name] or "").strip() == c.example for c in fixed) and "示例" in "".join(
        text or "" for text in row.values() if isinstance(text, str)
    )


def _table_of(header: Sequence[str], name: str) -> str | None:
    """Return the table a file holds, by its name or by its headings; None when that is not clear."""
    stem = PurePath(name).stem
    titled = [table for table, spec in tables().items() if spec.title in stem or stem.lower() == table]
    if len(titled) == 1:
        return titled[0]
    given = set(header)
    fits = {}
    for table, spec in tables().items():
        named = {spec.labels[label] for label in given if label in spec.labels}
        if spec.keys <= named:
            fits[table] = len(named) - len(spec.columns) / 100
    best = sorted(fits, key=lambda table: -fits[table])
    return best[0] if best and (len(best) == 1 or fits[best[0]] - fits[best[1]] >= 1) else None


def _need_table(header: Sequence[str], name: str) -> str:
    table = _table_of(header, name)
    if table is None:
        titles = "、".join(spec.title for spec in tables().values())
        raise Refused("load.which", "看不出这个文件是哪张表。", f"请用表名作文件名(如 居民.csv)；可用：{titles}。")
    return table


def _read_csv(name: str, data: bytes, reading: Reading) -> None:
    text = _utf8(data)
    head = next(csv.reader(io.StringIO(text[:65536].decode(errors="ignore"))), [])
    separator = "\t" if len(head) == 1 and "\t" in head[0] else ","
    header = [_label(label) for label in (head[0].split("\t") if separator == "\t" else head)]
    table = _need_table(header, name)
    places = _places(name, table, header, reading)
    if places is None:
        return
    lines, rows = _csv_lines(text, len(header), separator, name, reading)
    columns = {column: lines.column(place) for column, place in places.items()}
    _take(Raw(table, name, _whole(tables()[table], columns, rows)), reading)


def _utf8(data: bytes) -> bytes:
    """Return the text of a csv file as UTF-8, whichever of UTF-8 and GB18030 it is written in."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:4096]:
        raise Refused("load.encoding", "这个 csv 是 UTF-16 编码。", "请另存为 UTF-8 或 GB18030 编码的 csv。")
    try:
        data.decode()
        return data.removeprefix(b"\xef\xbb\xbf")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030").encode()
    except UnicodeDecodeError as error:
        raise Refused(
            "load.encoding", "认不出这个 csv 的文字编码。", "请另存为 UTF-8 或 GB18030 编码的 csv。"
        ) from error


def _csv_lines(text: bytes, width: int, separator: str, name: str, reading: Reading) -> tuple[pa.Table, pa.Array]:
    """Return the lines below the heading as text columns, and their numbers; a line of another width is a finding."""
    labels = [f"c{at}" for at in range(width)]
    simple = b'"' not in text and b"\n\n" not in text and b"\n\r" not in text and not text.startswith((b"\n", b"\r"))
    if simple:
        try:
            lines = arrow_csv.read_csv(
                io.BytesIO(text),
                read_options=arrow_csv.ReadOptions(column_names=labels, skip_rows=1, block_size=8 << 20),
                parse_options=arrow_csv.ParseOptions(delimiter=separator, quote_char=False),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(labels, pa.string()), strings_can_be_null=False
                ),
            )
            return lines, pa.array(range(2, 2 + lines.num_rows), pa.int64())
        except pa.ArrowInvalid:
            pass
    return _csv_slowly(text, width, separator, name, reading)


def _csv_slowly(text: bytes, width: int, separator: str, name: str, reading: Reading) -> tuple[pa.Table, pa.Array]:
    kept: list[list[str]] = []
    numbers: list[int] = []
    lines = csv.reader(io.StringIO(text.decode(), newline=""), delimiter=separator)
    try:
        for number, cells in enumerate(lines, 1):
            if number == 1 or not any(cell.strip() for cell in cells):
                continue
            if (len(cells) > width and any(cells[width:])) or len(cells) < width:
                words = f"第 {number} 行有 {len(cells)} 格，标题有 {width} 格，请核对逗号和引号。"
                reading.note(name, "", 0, "", words)
                continue
            kept.append(cells[:width])
            numbers.append(number)
    except csv.Error as error:
        raise Refused("load.csv", "这个 csv 的引号或换行不成对。", "请用表格软件另存一次。") from error
    columns = [pa.array([cells[at] for cells in kept], pa.string()) for at in range(width)]
    return pa.table(columns, names=[f"c{at}" for at in range(width)]), pa.array(numbers, pa.int64())


def _read_parquet(name: str, data: bytes, reading: Reading) -> None:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        size = sum(file.metadata.row_group(at).total_byte_size for at in range(file.metadata.num_row_groups))
        if file.metadata.num_rows > MOST_ROWS or size > LARGEST_CONTENT:
            raise Refused("load.size", f"文件超过 {MOST_ROWS:,} 行或展开后太大。", "请按乡镇分成几份。")
        found = file.read()
    except (pa.ArrowException, OSError) as error:
        raise Refused("load.parquet", "这不是可读的 Parquet 文件。", "请重新导出。") from error
    header = [_label(label) for label in found.column_names]
    table = _need_table(header, name)
    places = _places(name, table, header, reading)
    if places is None:
        return
    spec, columns = tables()[table], {}
    for column, place in places.items():
        values = found.column(place)
        declared = spec.column(column)
        if declared.type in NUMBERS and not _textual(values.type):
            reading.note(
                name, spec.title, 0, declared.label, "这一列存成了小数，号码的末几位可能已失真，请改成文本后重新导出。"
            )
            return
        columns[column] = _as_text(values)
    rows = pa.array(range(1, found.num_rows + 1), pa.int64())
    _take(Raw(table, name, _whole(spec, columns, rows)), reading)


def _textual(kind: pa.DataType) -> bool:
    return not pa.types.is_floating(kind)


def _as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_boolean(values.type):
        return pc.if_else(values, "是", "否")
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    try:
        return values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise Refused(
            "load.parquet_type", f"Parquet 里有不能读成文字的列({values.type})。", "请改成文本列。"
        ) from error
