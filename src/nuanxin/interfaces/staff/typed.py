"""What people type into forms, read into values; what cannot be read is refused in words that say what to do."""

import datetime as dt
from collections.abc import Mapping

from nuanxin.kernel.core import fen
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry


def text(data: Mapping[str, str], name: str, label: str, *, most: int = 200) -> str:
    """Return a line that must be filled."""
    value = str(data.get(name, "")).strip()
    if not value:
        raise Refused("form.empty", f"还没有填“{label}”。", "请填好后再提交。")
    if len(value) > most:
        raise Refused("form.long", f"“{label}”太长，最多{most}个字。", "请缩短后再提交。")
    return value


def day(data: Mapping[str, str], name: str, label: str) -> dt.date:
    """Return a date that must be filled."""
    value = text(data, name, label)
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise Refused("form.date", f"“{label}”不是日期：{value}。", "请填成 2024-06-30 这样。") from error


def money(data: Mapping[str, str], name: str, label: str) -> int:
    """Return yuan typed as text in fen."""
    return fen.parse_yuan(text(data, name, label))


def number(data: Mapping[str, str], name: str, label: str) -> int:
    """Return a whole number that must be filled."""
    value = text(data, name, label)
    if not value.isdigit():
        raise Refused("form.number", f"“{label}”应是整数。", "请改正后再提交。")
    return int(value)


def person_id(data: Mapping[str, str], name: str, label: str) -> int:
    """Return the person whose number (any kind, or the key shown on a person's page after 居民) was typed."""
    value = text(data, name, label)
    if value.removeprefix("居民").isdigit() and len(value.removeprefix("居民")) < 11:
        return registry.person_by_id(int(value.removeprefix("居民"))).pk
    person = registry.person_by_identifier(value)
    if person is None:
        raise Refused("form.person", f"没有找到“{label}”。", "请核对证件号；还没有登记的人，请先登记这个人。")
    return person.pk
