"""The one place where a field of a form or address is read: ids, days, months, yuan, choices, texts.

Each reader takes the data (`request.GET` or `request.POST`) and the field's name and gives a value that every room can
take, or is Refused in words that name the field, so that the form comes back with the words beside it. Nothing here
trusts a length, a digit or a character; views never parse by themselves.
"""

import datetime as dt
import unicodedata
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from nuanxin.kernel.core.days import EARLIEST, LATEST, parse_day
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import parse_yuan
from nuanxin.kernel.core.months import parse_month

LARGEST = 2**62
LONGEST, LONGEST_SEARCH, LONGEST_GIVEN, LONGEST_ADDRESS = 200, 60, 200_000, 500
BREAKS = "\t\r\n"


def written(data: Any, name: str) -> str:
    """Return what stands in a field, without blanks around it; empty where it is missing."""
    return str(data.get(name) or "").strip()


def text(data: Any, name: str, *, most: int = LONGEST) -> str:
    """Return a text that may be empty; Refused when it is longer than `most`."""
    value = written(data, name)
    if len(value) > most:
        raise _too_long(most, name)
    return value


def _too_long(most: int, name: str) -> Refused:
    said = _("填写的内容太长，最多 %(most)s 个字。") % {"most": most}
    return Refused("form.long", said, _("请缩短后再提交。"), name)


def search(data: Any, name: str = "q") -> str:
    """Return what is looked for; Refused when no name, number or address could be as long."""
    value = written(data, name)
    if len(value) > LONGEST_SEARCH:
        said = _("查找的内容太长，最多 %(most)s 个字。") % {"most": LONGEST_SEARCH}
        raise Refused("search.long", said, _("请只写姓名、证件号或编号。"), name)
    return value


def choice(data: Any, name: str, offered: Collection[str], *, default: str | None = None) -> str:
    """Return one of the values offered, `default` where nothing is chosen; Refused on anything else."""
    value = written(data, name)
    if not value and default is not None:
        return default
    if value not in offered:
        raise Refused("form.choice", _("没有选择，或选择的内容不在可选范围内。"), _("请重新选择。"), name)
    return value


def fen(data: Any, name: str) -> int:
    """Return an amount in fen, written in yuan."""
    try:
        return parse_yuan(written(data, name)[:40])
    except Refused as refused:
        raise Refused(refused.code, refused.message, refused.todo, name) from refused


def day(data: Any, name: str, *, earliest: dt.date = EARLIEST, latest: dt.date = LATEST) -> dt.date:
    """Return a day, written 2024-03-15 or 2024-03 (its first), within its bounds."""
    plain = written(data, name)
    plain = f"{plain}-01" if len(plain) == len("2024-03") and plain.count("-") == 1 else plain
    return parse_day(plain, earliest=earliest, latest=latest, field=name)


def month(data: Any, name: str = "month", default: dt.date | None = None) -> dt.date:
    """Return a month, `default` where nothing is written."""
    plain = written(data, name)
    if not plain and default is not None:
        return default
    try:
        return parse_month(plain)
    except Refused as refused:
        raise Refused(refused.code, refused.message, refused.todo, name) from refused


def digits(plain: str) -> int | None:
    """Return the number that ASCII digits write, None for anything that no column could hold."""
    if not (plain.isascii() and plain.isdigit()) or len(plain) > len(str(LARGEST)) or int(plain) > LARGEST:
        return None
    return int(plain)


def year(data: Any, name: str, default: int) -> int:
    """Return a year that the house reckons with, `default` where nothing is written."""
    value = whole_number(data, name, default)
    if not EARLIEST.year <= value <= LATEST.year:
        raise Refused("form.year", _("年份 %(year)s 太早或太晚。") % {"year": str(value)[:8]}, _("请核对年份。"), name)
    return value


def whole_number(data: Any, name: str, default: int | None = None) -> int:
    """Return a whole number, `default` where nothing is written; Refused on anything else."""
    plain = written(data, name)
    if not plain and default is not None:
        return default
    number = digits(plain)
    if number is None:
        raise Refused("form.number", _("“%(text)s”不是数字。") % {"text": plain[:20]}, _("请重新填写。"), name)
    return number


def chosen(data: Any, name: str) -> int | None:
    """Return the id in a field, None where there is none that could be one."""
    return digits(written(data, name))


def rate(data: Any, name: str) -> int:
    """Return a percentage with at most two places as ten-thousandths."""
    plain = written(data, name).removesuffix("%") or "0"
    whole, _dot, rest = plain.partition(".")
    if not (plain.isascii() and whole.isdigit() and len(whole) <= 3 and len(rest) <= 2 and (rest or "0").isdigit()):
        raise Refused("form.rate", _("“%(text)s”不是百分数。") % {"text": plain[:20]}, _("请写成 50 或 33.33。"), name)
    return int(whole) * 100 + int(rest.ljust(2, "0"))


def ticked(data: Any, name: str) -> list[int]:
    """Return the ids that were ticked, each once; what could not be an id is nobody's."""
    read = (digits(one.strip()) for one in data.getlist(name))
    return list(dict.fromkeys(one for one in read if one is not None))


def refuse_unreadable(get: Any, post: Any) -> None:
    """Refuse a request with characters that no keyboard writes, or with a field beyond anything a form asks for."""
    for data, most in ((get, LONGEST_ADDRESS), (post, LONGEST_GIVEN)):
        for name, values in data.lists():
            for value in (name, *values):
                if any(_unwritable(one) for one in value):
                    raise Refused("form.characters", _("填写的内容里有不能识别的字符。"), _("请删去后重新填写。"), name)
                if len(value) > most:
                    raise _too_long(most, name)


def _unwritable(one: str) -> bool:
    return (one < " " and one not in BREAKS) or (one > "~" and unicodedata.category(one) in ("Cc", "Cs"))
