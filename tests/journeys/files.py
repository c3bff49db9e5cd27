"""Files as a bureau makes them: workbooks of text cells, read back cell by cell; nothing of ours is asked."""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
Rows = Sequence[Mapping[str, Any]]


def citizen_id(county: str, born: str, seq: int) -> str:
    """Return an identity number by GB 11643: an odd sequence is a man's."""
    body = f"{county}{dt.date.fromisoformat(born):%Y%m%d}{seq:03d}"
    return body + CHECKS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def fill(template: bytes, tables: Mapping[str, Rows]) -> bytes:
    """Fill a template as a clerk does: under its headings, over the example row; returns the workbook."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    for title, rows in tables.items():
        sheet = book[title]
        heads = [cell.value for cell in sheet[1]]
        for line, row in enumerate(rows, start=2):
            strange = set(row) - set(heads)
            assert not strange, f"{title} has no columns {strange}; it has {heads}"
            for at, head in enumerate(heads, start=1):
                sheet.cell(line, at).value = str(row.get(head, "")) or None
    return saved(book)


def rows_of(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every sheet of a workbook by heading."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    found: dict[str, list[dict[str, Any]]] = {}
    for sheet in book.worksheets:
        lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
        if lines:
            heads = [str(head) for head in lines[0]]
            found[sheet.title] = [dict(zip(heads, line, strict=False)) for line in lines[1:] if any(line)]
    return found


def corrected(data: bytes, changes: Mapping[str, Mapping[str, str]]) -> bytes:
    """Correct a workbook of faulty rows: in the row with this name, these cells."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book.worksheets:
        heads = {cell.value: cell.column for cell in sheet[1]}
        if "姓名" not in heads:
            continue
        for line in range(2, sheet.max_row + 1):
            for head, value in changes.get(sheet.cell(line, heads["姓名"]).value or "", {}).items():
                if head in heads:
                    sheet.cell(line, heads[head]).value = value
    return saved(book)


def saved(book: Any) -> bytes:
    """Return a workbook's bytes."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def bank_answer(sent: bytes, refused: Mapping[str, str]) -> bytes:
    """Return the bank's answer to a file: all paid but the lines of these names, each with its code."""
    head, *lines = sent.decode("gb18030").split("\r\n")
    batch, _, count, total, day = head.split("|")
    answer = [f"{batch}|{count}|{total}|{day}"]
    for line in filter(None, lines):
        seq, name, _, _, account, amount, _ = line.split("|")
        code = refused.get(name, "00")
        answer.append(f"{seq}|{account}|{amount}|{code}|{'' if code == '00' else '退回'}")
    return ("\r\n".join(answer) + "\r\n").encode("gb18030")
