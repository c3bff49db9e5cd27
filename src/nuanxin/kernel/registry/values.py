"""Turning what a person typed, or a cell of a workbook, into a register's value, and back into words."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from nuanxin.kernel.core import fen
from nuanxin.kernel.core.days import EARLIEST
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.register import Column

DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00(?:\.0+)?)?)?")
YES, NO = {"是", "true", "1", "yes", "√", "有"}, {"否", "false", "0", "no", "×", "无"}


def parse(column: Column, text: str | None, latest: dt.date) -> Any:
    """Return the value of a text for a column, the default when it is empty; Refused says what is wrong.

    People and divisions are returned as typed: whoever calls looks them up. Dates lie in [1900-01-01, latest].
    """
    plain = (text or "").strip()
    if not plain:
        if column.required:
            raise Refused("value.missing", f"“{column.label}”不能为空。", "请补齐。")
        return column.default
    return PARSERS[column.kind](column, plain, latest)


def _text(column: Column, plain: str, latest: dt.date) -> str:
    if column.max_length and len(plain) > column.max_length:
        raise Refused("value.long", f"“{column.label}”超过 {column.max_length} 个字。", "请缩短。")
    return plain


def _typed(column: Column, plain: str, latest: dt.date) -> str:
    return plain


def _whole(column: Column, plain: str, latest: dt.date) -> int:
    if not re.fullmatch(r"-?[0-9]{1,15}(\.0+)?", plain):
        raise Refused("value.whole", f"“{column.label}”应为整数，写的是“{plain}”。", "请填写整数。")
    return int(plain.partition(".")[0])


def _money(column: Column, plain: str, latest: dt.date) -> int:
    """Read yuan; a stored 0.1 + 0.2 in a workbook comes as a long fraction and is taken to the fen it means."""
    if re.fullmatch(r"[0-9]{1,13}\.[0-9]{9,}", plain):
        plain = f"{float(plain):.2f}"
    amount = fen.parse_yuan(plain)
    if amount < 0:
        raise Refused("value.negative", f"“{column.label}”不能为负数。", "请核对金额。")
    return amount


def _date(column: Column, plain: str, latest: dt.date) -> dt.date:
    match = DATE.fullmatch(plain)
    wrong = Refused("value.date", f"“{column.label}”不是日期：“{plain}”。", "请写成 2024-03-05 这样的形式。")
    if match is None:
        raise wrong
    try:
        day = dt.date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise wrong from error
    if not EARLIEST <= day <= latest:
        raise Refused("value.date_range", f"“{column.label}”{day} 不在 {EARLIEST} 至 {latest} 之间。", "请核对日期。")
    return day


def _month(column: Column, plain: str, latest: dt.date) -> dt.date:
    return _date(column, f"{plain}-01" if plain.count("-") == 1 else plain, latest).replace(day=1)


def _yes_no(column: Column, plain: str, latest: dt.date) -> bool:
    word = plain.lower()
    if word not in YES | NO:
        raise Refused("value.yes_no", f"“{column.label}”应为“是”或“否”，写的是“{plain}”。", "请改为“是”或“否”。")
    return word in YES


def _choice(column: Column, plain: str, latest: dt.date) -> str:
    for value, label in column.choices:
        if plain in (value, label):
            return value
    labels = "、".join(label for _, label in column.choices)
    raise Refused("value.choice", f"“{column.label}”没有“{plain}”这一项。", f"可选：{labels}。")


PARSERS: dict[str, Callable[[Column, str, dt.date], Any]] = {
    "text": _text,
    "whole": _whole,
    "fen": _money,
    "date": _date,
    "month": _month,
    "yes_no": _yes_no,
    "choice": _choice,
    "person": _typed,
    "division": _typed,
}


def in_words(column: Column, value: Any) -> str:
    """Return a value as a list, an export or a history shows it; people and divisions as their own text."""
    if value is None:
        return ""
    if column.kind == "choice":
        return dict(column.choices).get(str(value), str(value))
    if column.kind == "yes_no":
        return "是" if value else "否"
    if column.kind == "fen":
        return fen.yuan(int(value))
    if column.kind == "month":
        return f"{value:%Y-%m}" if isinstance(value, dt.date) else str(value)[:7]
    return str(value)
