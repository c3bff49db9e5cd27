"""Bank files as text: rendering what is sent, reading what comes back, both by the county's profile."""

import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, cast

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import parse_yuan
from nuanxin.kernel.payments.profiles import BankProfile, Column

STRAY = ("Cc", "Cf", "Zl", "Zp")  # line ends, tabs and characters that nobody sees
PAYEE_COLUMNS = {"name": "户名", "citizen_id": "证件号", "bank_code": "开户银行代码", "account": "账号"}
UNCARRIED_WORDS = {
    "encoding": "有银行文件编码写不出的字",
    "layout": "有银行文件不能用的符号",
    "length": "超出银行文件的栏宽",
}


@dataclass(frozen=True)
class Control:
    """The totals at a file's head."""

    batch_no: str
    line_count: int
    total_fen: int
    project: str = ""
    date: dt.date | None = None


class OutLine(NamedTuple):
    """One line of the file that goes to the bank."""

    seq: int
    name: str
    citizen_id: str
    bank_code: str
    account: str
    amount_fen: int
    purpose: str
    township: str


class BackLine(NamedTuple):
    """One line of the bank's answer; `account` and `name` are None where the profile's answer does not state them."""

    seq: int
    amount_fen: int
    code: str
    message: str
    account: str | None = None
    name: str | None = None


def render(profile: BankProfile, control: Control, lines: Iterable[OutLine]) -> bytes:
    """Return the file for the bank; Refused, naming the line, when a payee's cell cannot be carried as it is.

    Preparing and releasing a run leave such lines out (`uncarried`); our own words are fitted to the file.
    """
    texts = [_joined(profile, [_head(profile, control, name) for name in profile.header])]
    texts += _texts(profile, lines)
    return (profile.line_end.join(texts) + profile.line_end).encode(profile.encoding)


def uncarried(profile: BankProfile, column: str, text: str) -> str:
    """Return why a cell cannot stand in the bank's file: `encoding`, `layout` or `length`; empty where it can."""
    try:
        size = len(text.encode(profile.encoding))
    except UnicodeEncodeError:
        return "encoding"
    odd = not text.isprintable() and any(unicodedata.category(one) in STRAY for one in text)
    if odd or profile.separator in text:
        return "layout"
    return "length" if size > profile.longest.get(cast(Column, column), size) else ""


def fitted(profile: BankProfile, column: str, text: str) -> str:
    """Return our own words (a benefit's title) as the file can carry them: what cannot be is left out or cut off."""
    kept = "".join(one for one in text if uncarried(profile, "", one) == "")
    while uncarried(profile, column, kept):
        kept = kept[:-1]
    return kept


def render_return(profile: BankProfile, control: Control, rows: Iterable[tuple[OutLine, str, str]]) -> bytes:
    """Return a bank's answer to the lines as (line, code, message): what a bank would send, for trials and training."""
    texts = [_joined(profile, [_head(profile, control, name) for name in profile.return_header])]
    for line, code, message in rows:
        words = {"code": code, "message": message}
        texts.append(
            _joined(profile, [words.get(name) or _cell(profile, line, name) for name in profile.return_columns])
        )
    return (profile.line_end.join(texts) + profile.line_end).encode(profile.encoding)


def _texts(profile: BankProfile, lines: Iterable[OutLine]) -> Iterator[str]:
    """Yield each line's text; the columns that hold what people are called and where they bank are tried one by one."""
    columns, separator = profile.columns, profile.separator
    tried = [(place, name) for place, name in enumerate(columns) if name in PAYEE_COLUMNS]
    for line in lines:
        cells = [_money(profile, line.amount_fen) if name == "amount" else str(getattr(line, name)) for name in columns]
        for place, name in tried:
            if why := uncarried(profile, name, cells[place]):
                raise Refused(
                    "payments.uncarried",
                    f"第 {line.seq} 笔的{PAYEE_COLUMNS[name]}“{cells[place][:30]}”{UNCARRIED_WORDS[why]}。",
                    "请更正户名或账户后再生成银行文件。",
                )
        yield separator.join(cells)


def _joined(profile: BankProfile, cells: list[str]) -> str:
    return profile.separator.join(cells)


def _head(profile: BankProfile, control: Control, name: str) -> str:
    if name == "project":
        return fitted(profile, "purpose", control.project)
    if name == "total":
        return _money(profile, control.total_fen)
    if name == "date":
        return control.date.strftime("%Y%m%d") if control.date else ""
    return str(getattr(control, name))


def _cell(profile: BankProfile, line: OutLine, name: str) -> str:
    if name == "amount":
        return _money(profile, line.amount_fen)
    return str(getattr(line, name, ""))


def _money(profile: BankProfile, fen: int) -> str:
    return str(fen) if profile.amount == "fen" else f"{fen // 100}.{fen % 100:02d}"


def read_lines(profile: BankProfile, data: bytes) -> tuple[Control, list[list[str]]]:
    """Read a file that went to the bank: its control and the cells of its lines in the profile's columns."""
    rows = _rows(profile, data)
    return _control(profile, rows[0], profile.header), rows[1:]


def parse_return(profile: BankProfile, data: bytes) -> tuple[Control, list[BackLine]]:
    """Read the bank's answer; Refused, naming the line, on anything that is not in the profile's shape."""
    rows = _rows(profile, data)
    control = _control(profile, rows[0], profile.return_header)
    return control, list(_back_lines(profile, rows[1:]))


def _rows(profile: BankProfile, data: bytes) -> list[list[str]]:
    try:
        text = data.decode(profile.encoding)
    except UnicodeDecodeError as error:
        raise Refused(
            "payments.return_encoding", f"回盘文件不是 {profile.encoding} 编码。", "请向银行索取原始文件。"
        ) from error
    rows = [line.split(profile.separator) for line in text.splitlines() if line.strip()]
    if not rows:
        raise Refused("payments.return_empty", "回盘文件是空的。", "请向银行索取原始文件。")
    return rows


def _control(profile: BankProfile, row: list[str], names: Iterable[str]) -> Control:
    cells = _named(row, list(names), 1)
    date = cells.get("date", "")
    return Control(
        batch_no=cells.get("batch_no", ""),
        line_count=_whole(cells.get("line_count", "0"), 1),
        total_fen=_fen(profile, cells.get("total", "0"), 1),
        project=cells.get("project", ""),
        date=_date(date) if date else None,
    )


def _back_lines(profile: BankProfile, rows: list[list[str]]) -> Iterator[BackLine]:
    names: list[str] = list(profile.return_columns)
    seq, amount, code = (names.index(name) for name in ("seq", "amount", "code"))
    message, account, name = (names.index(one) if one in names else None for one in ("message", "account", "name"))
    for place, row in enumerate(rows, start=2):
        if len(row) != len(names):
            _named(row, names, place)
        yield BackLine(
            _whole(row[seq].strip(), place),
            _fen(profile, row[amount].strip(), place),
            row[code].strip(),
            row[message] if message is not None else "",
            row[account].strip() if account is not None else None,
            row[name].strip() if name is not None else None,
        )


def _named(row: list[str], names: list[str], place: int) -> dict[str, str]:
    if len(row) != len(names):
        raise Refused(
            "payments.return_shape", f"回盘文件第 {place} 行应有 {len(names)} 栏，实有 {len(row)} 栏。", "请核对文件。"
        )
    return {name: cell.strip() for name, cell in zip(names, row, strict=True)}


def _whole(text: str, place: int) -> int:
    if not text.isascii() or not text.isdigit():
        raise Refused("payments.return_number", f"回盘文件第 {place} 行的“{text}”不是整数。", "请核对文件。")
    return int(text)


def _fen(profile: BankProfile, text: str, place: int) -> int:
    if profile.amount == "fen":
        return _whole(text, place)
    if text[-3:-2] == "." and text.isascii() and text[:-3].isdigit() and text[-2:].isdigit():
        return int(text[:-3]) * 100 + int(text[-2:])
    return parse_yuan(text)


def _date(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a date has no time zone
    except ValueError as error:
        raise Refused("payments.return_date", f"回盘文件的日期“{text}”不对。", "应写成 20240131 的形式。") from error
