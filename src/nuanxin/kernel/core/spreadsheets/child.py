"""The process that reads: limits on itself first, the file from its input, lines of JSON to its output."""

import json
import sys
from typing import Any

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.spreadsheets.limits import Limits, no_workbook
from nuanxin.kernel.core.spreadsheets.text import read_text
from nuanxin.kernel.core.spreadsheets.workbook import read_workbook

try:
    import resource
except ImportError:  # Windows has no such limits; the clock of the parent still ends the process
    resource = None  # type: ignore[assignment]

OLD_FORMAT = b"\xd0\xcf\x11\xe0"


def main() -> None:
    """Read the file on standard input as the one argument (JSON) asks."""
    asked = json.loads(sys.argv[1])
    limits = Limits(**asked["limits"])
    _limit_self(limits)
    data = sys.stdin.buffer.read()
    write = sys.stdout.write

    def say(line: list[object]) -> None:
        write(json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n")

    try:
        _read(data, asked, limits, say)
    except Refused as error:
        say(["refused", error.code, error.message, error.todo])
    say(["end"])
    sys.stdout.flush()


def _read(data: bytes, asked: dict[str, Any], limits: Limits, say: Any) -> None:
    if data.startswith(OLD_FORMAT):
        raise Refused(
            "workbook.format",
            "这是旧格式（.xls）或加了密码的文件，不是可读的 xlsx 工作簿。",
            "请去掉密码，另存为 .xlsx 后重试。",
        )
    if data.startswith(b"PK") or not asked["text"]:
        read_workbook(data, asked["sheets"], limits, say)
    elif data.strip():
        read_text(data, limits, say)
    else:
        raise no_workbook()


def _limit_self(limits: Limits) -> None:
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
        resource.setrlimit(resource.RLIMIT_CPU, (limits.processor_seconds, limits.processor_seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
