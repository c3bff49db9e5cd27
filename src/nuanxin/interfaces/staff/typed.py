"""What people type into forms, read into values; what cannot be read is refused in words that say what to do."""

import datetime as dt
from collections.abc import Mapping

from nuanxin.interfaces.staff import reading
from nuanxin.kernel.core.days import EARLIEST, LATEST
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry


def text(data: Mapping[str, str], name: str, label: str, *, most: int = 200) -> str:
    """Return a line that must be filled."""
    value = str(data.get(name, "")).strip()
    if not value:
        raise Refused("form.empty", f"还没有填“{label}”。", "请填好后再提交。", name)
    if len(value) > most:
        raise Refused("form.long", f"“{label}”太长，最多{most}个字。", "请缩短后再提交。", name)
    return value


def day(
    data: Mapping[str, str], name: str, label: str, *, earliest: dt.date = EARLIEST, latest: dt.date = LATEST
) -> dt.date:
    """Return a date that must be filled, within its bounds."""
    text(data, name, label)
    return reading.day(data, name, earliest=earliest, latest=latest)


def money(data: Mapping[str, str], name: str, label: str) -> int:
    """Return yuan typed as text in fen."""
    text(data, name, label)
    return reading.fen(data, name)


def number(data: Mapping[str, str], name: str, label: str) -> int:
    """Return a whole number that must be filled."""
    text(data, name, label)
    return reading.whole_number(data, name)


def person_id(data: Mapping[str, str], name: str, label: str) -> int:
    """Return the person whose number (of any kind) was typed: who stands at the counter shows it."""
    person = registry.person_by_identifier(text(data, name, label))
    if person is None:
        raise Refused("form.person", f"没有找到“{label}”。", "请核对证件号；还没有登记的人，请先登记这个人。", name)
    return person.pk
