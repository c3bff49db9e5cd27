"""Reading what a form or address says: yuan as fen, days, numbers, ticks; a refusal says which field."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import parse_yuan
from nuanxin.kernel.core.months import parse_month

LARGEST = 2**62


def fen(data: Any, name: str) -> int:
    """Return an amount in fen, written in yuan."""
    return parse_yuan(str(data.get(name, "")).strip())


def day(data: Any, name: str) -> dt.date:
    """Return a day, written 2024-03-15 or 2024-03 (its first)."""
    text = str(data.get(name, "")).strip()
    if len(text) == len("2024-03"):
        return parse_month(text)
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise Refused("form.day", _("日期“%(text)s”写法不对。") % {"text": text}, _("请写成 2024-03-15。")) from error


def whole_number(data: Any, name: str, default: int | None = None) -> int:
    """Return a whole number, `default` where nothing is written; Refused on anything else."""
    text = str(data.get(name, "")).strip()
    if not text and default is not None:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) > LARGEST:
        raise Refused("form.number", _("“%(text)s”不是数字。") % {"text": text[:20]}, _("请重新填写。"))
    return int(text)


def rate(data: Any, name: str) -> int:
    """Return a percentage with at most two places as ten-thousandths."""
    text = str(data.get(name, "")).strip().removesuffix("%") or "0"
    whole, _dot, rest = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 3 and len(rest) <= 2 and (rest or "0").isdigit()):
        raise Refused("form.rate", _("“%(text)s”不是百分数。") % {"text": text[:20]}, _("请写成 50 或 33.33。"))
    return int(whole) * 100 + int(rest.ljust(2, "0"))


def ticked(data: Any, name: str) -> list[int]:
    """Return the ids that were ticked."""
    return [int(one) for one in data.getlist(name) if one.isascii() and one.isdigit()]
