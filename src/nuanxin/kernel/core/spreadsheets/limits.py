"""How much a table from outside may ask of us; each bound is checked before what it bounds is held in memory."""

from dataclasses import dataclass

from nuanxin.kernel.core.errors import Refused

SPLIT = "请分成几份导入。"


@dataclass(frozen=True)
class Limits:
    """The bounds of one reading: sizes in bytes, text in characters, times in seconds.

    `ratio` bounds how often a file may unfold once it is larger than `ratio_from`: office files stay below 100.
    """

    file: int = 30 * 2**20
    members: int = 2000
    unpacked: int = 600 * 2**20
    ratio: int = 250
    ratio_from: int = 20 * 2**20
    rows: int = 200_000
    columns: int = 400
    cells: int = 5_000_000
    cell_text: int = 32_767
    text: int = 80_000_000
    strings: int = 2_000_000
    memory: int = 1536 * 2**20
    processor_seconds: int = 90
    wall_seconds: int = 300


def no_workbook() -> Refused:
    """Return the refusal of bytes that are no xlsx workbook."""
    return Refused("workbook.format", "这不是可读的 xlsx 工作簿。", "请另存为 .xlsx（不加密）后重试。")


def damaged(what: str) -> Refused:
    """Return the refusal of a workbook whose parts contradict each other."""
    return Refused("workbook.format", f"工作簿内容有误：{what}。", "请用表格软件打开后另存为新的 xlsx，再导入。")


def too_large(what: str, code: str = "workbook.size") -> Refused:
    """Return the refusal of what is past a bound."""
    return Refused(code, f"{what}。", SPLIT)
