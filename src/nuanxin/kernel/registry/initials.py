"""Pinyin initials of names, for search: 王小明 → `wxm`."""

from collections.abc import Iterable
from functools import cache

LONGEST = 20
# Surnames whose reading differs from the character's usual one.
SURNAMES = {
    "单": "s", "曾": "z", "仇": "q", "解": "x", "查": "z", "区": "o", "朴": "p", "翟": "z", "尉": "w", "种": "c",
    "乐": "y", "缪": "m", "员": "y", "华": "h", "任": "r", "召": "s", "秘": "b", "冼": "x", "繁": "p", "重": "c",
    "盖": "g", "黑": "h", "折": "s", "覃": "q", "万俟": "mq", "尉迟": "yc", "单于": "cy", "长孙": "zs",
}  # fmt: skip


@cache
def _initial(character: str) -> str:
    """Return the first letter of a character's reading; a digit or letter stays, anything else gives nothing."""
    from pypinyin import Style, pinyin  # a fifth of a command's start, and few commands ask for a name's reading

    if character.isascii():
        return character.lower() if character.isalnum() else ""
    read = pinyin(character, style=Style.FIRST_LETTER, errors="ignore") if character.isalpha() else []
    letter: str = read[0][0][:1] if read else ""
    return letter if letter.isascii() else ""


def initials_of(name: str) -> str:
    """Return the pinyin initials of a name, lower case, at most 20 letters."""
    for length in (2, 1):
        if name[:length] in SURNAMES:
            return (SURNAMES[name[:length]] + "".join(map(_initial, name[length:])))[:LONGEST]
    return "".join(map(_initial, name))[:LONGEST]


def initials_of_many(names: Iterable[str]) -> list[str]:
    """Return the initials of many names in order; equal names are read once."""
    listed = list(names)
    known = {name: initials_of(name) for name in set(listed)}
    return [known[name] for name in listed]
