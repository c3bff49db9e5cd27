"""Texts of a workbook: the shared ones, rich text as the text it shows, escapes as the character they stand for."""

import re

from nuanxin.kernel.core.spreadsheets.limits import Limits, too_large
from nuanxin.kernel.core.spreadsheets.xml import Attributes, Handler

ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """Return a text with `_xHHHH_` as the characters they stand for; halves of a pair and controls stand for none."""
    return ESCAPE.sub(lambda code: _character(int(code[1], 16)), text) if "_x" in text else text


def _character(number: int) -> str:
    usable = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE
    return chr(number) if usable else ""


class SharedStrings(Handler):
    """The texts that cells refer to by number; readings beside characters (ruby) are no part of them."""

    def __init__(self, limits: Limits) -> None:
        """Start with none."""
        self.limits = limits
        self.texts: list[str] = []
        self.runs: list[str] = []
        self.length = self.total = 0
        self.taking = self.ruby = False

    def start(self, tag: str, attributes: Attributes) -> None:
        """Meet a string, a run's text or a reading."""
        if tag == "si":
            self.runs, self.length = [], 0
        elif tag == "rPh":
            self.ruby = True
        elif tag == "t":
            self.taking = not self.ruby

    def text(self, text: str) -> None:
        """Take text of a run; Refused when a cell could not hold it."""
        if self.taking:
            self.length += len(text)
            if self.length > self.limits.cell_text:
                raise too_large(f"一格的文字超过 {self.limits.cell_text} 个字")
            self.runs.append(text)

    def end(self, tag: str) -> None:
        """Keep a string once it is whole."""
        if tag == "t":
            self.taking = False
        elif tag == "rPh":
            self.ruby = False
        elif tag == "si":
            self.total += self.length
            if self.total > self.limits.text or len(self.texts) >= self.limits.strings:
                raise too_large("工作簿的文字太多")
            self.texts.append(unescaped("".join(self.runs)).strip())
