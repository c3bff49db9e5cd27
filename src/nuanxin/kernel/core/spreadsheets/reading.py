"""Starting the process that reads, and taking what it says; when it dies, the file is refused and nothing else."""

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import nuanxin
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.spreadsheets.limits import Limits, too_large
from nuanxin.kernel.core.spreadsheets.sheet import Sheet, Spreadsheet, Unread

START = (
    "import sys; sys.path.insert(0, sys.argv.pop()); from nuanxin.kernel.core.spreadsheets.child import main; main()"
)
AT_ONCE, QUEUE_SECONDS = 2, 60
_places = threading.BoundedSemaphore(AT_ONCE)


def read_spreadsheet(
    data: bytes, *, sheets: Sequence[str] | None = None, text: bool = False, limits: Limits | None = None
) -> Spreadsheet:
    """Return the sheets asked for by name (None: the first that is shown), with `text` also of a CSV file.

    Refused (`workbook.*`) when the bytes are no such table, or are past a bound of `limits`, or end the reading
    process. At most two files are read at once in one server process; a third waits up to a minute.
    """
    bounds = limits or Limits()
    if len(data) > bounds.file:
        raise too_large(f"文件超过 {bounds.file // 2**20} MB")
    if not _places.acquire(timeout=QUEUE_SECONDS):
        raise Refused("workbook.busy", "正在读入别的大表。", "请过一分钟再导入。")
    try:
        output = _run(data, sheets, text, bounds)
    finally:
        _places.release()
    return _taken(output)


def _run(data: bytes, sheets: Sequence[str] | None, text: bool, bounds: Limits) -> bytes:
    asked = json.dumps({"sheets": None if sheets is None else list(sheets), "text": text, "limits": asdict(bounds)})
    root = str(Path(nuanxin.__file__).parents[1])
    command = [sys.executable, "-I", "-S", "-c", START, asked, root]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=bounds.wall_seconds, env={}, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _unreadable() from error
    if done.returncode or not done.stdout.endswith(b'["end"]\n'):
        raise _unreadable()
    return done.stdout


def _taken(output: bytes) -> Spreadsheet:
    """Return what the process said, line by line."""
    book = Spreadsheet()
    sheet = Sheet("")
    for line in output.splitlines():
        word, *values = json.loads(line)
        if word == "row":
            number, texts, kinds = values
            sheet.lines.append((number, texts))
            if kinds:
                sheet.kinds.update({(number, int(column)): kind for column, kind in kinds.items()})
        elif word == "sheet":
            sheet = book.sheets[values[0]] = Sheet(values[0])
        elif word == "names":
            book.names = values[0]
        elif word == "unread":
            book.unread.append(Unread(*values))
        elif word == "refused":
            raise Refused(*values)
    return book


def _unreadable() -> Refused:
    return Refused(
        "workbook.unreadable", "这份文件读不出来：内容异常，或者大得超出限度。",
        "请用表格软件打开，只留要导入的表和行列，另存为新的 xlsx 后重试。",
    )  # fmt: skip
