"""Labels of the data in the reader's language: a label as the catalogue has it, and texts made of labels and values."""

import re
from functools import lru_cache
from typing import Any

from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

HAN = re.compile(r"[\u3001\u4e00-\u9fff]")
STARTING = re.compile(r"^(\d+)\D*起$")
PARTS = re.compile(r"(; | |、)")


def said(label: Any) -> str:
    """Say a label, or a text made of labels and values such as `火化 250 元; 骨灰盒 150 元`."""
    text = str(label)
    if not text:  # the catalogue answers nothing with its own head
        return ""
    whole = gettext(text)
    if whole != text or get_language() != "en" or not HAN.search(text):
        return whole
    return _in_parts(text)


def marked(label: Any) -> SafeString | str:
    """Say a text, and mark it as Chinese where English does not know it: whole sentences of the rooms below."""
    text = said(label)
    if get_language() == "en" and HAN.search(text):
        return format_html('<span lang="zh">{}</span>', text)
    return text


said_later = lazy(said, str)


@lru_cache(maxsize=4096)
def _in_parts(text: str) -> str:
    """Say what lies between blanks, semicolons and commas part by part, all of it or nothing; English only."""
    told = "".join(_part(part) for part in PARTS.split(text))
    return text if HAN.search(told) else told


def _part(part: str) -> str:
    if part == "、":
        return ", "
    if start := STARTING.match(part):
        return gettext("%(d)s 起") % {"d": start[1]}
    whole = gettext(part)
    return whole if whole != part else _joined(part)


def _joined(part: str) -> str:
    """Say a label that the rules join of two, such as a benefit and `金额`."""
    for end in range(len(part) - 1, 0, -1):
        left, right = part[:end], part[end:]
        if gettext(left) != left and gettext(right) != right:
            return f"{gettext(left)}: {gettext(right)}"
    return part
