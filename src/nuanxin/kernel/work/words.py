"""A letter in words: frozen values laid into frozen wording; every rendering reads these."""

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.fen import capitals, parse_yuan, yuan
from nuanxin.kernel.work.schema import PLACEHOLDER

UNNUMBERED = "待编号"
ENDS = re.compile(r"[；;。.，,\s]+$")


@dataclass(frozen=True)
class LetterWords:
    """What stands on the paper, top to bottom; `on` is empty until the letter is issued."""

    number: str
    title: str
    to: str
    paragraphs: tuple[str, ...]
    closing: str
    issuer: str
    on: str


def canonical(values: Mapping[str, str], types: Mapping[str, str]) -> str:
    """Return the values a wording knows as canonical text: cleaned, amounts in fen, keys in order, nothing empty.

    `1735.00` with its two places is read as yuan, plain digits as fen. Fault where a value is not of its type.
    """
    kept = {name: _typed(types[name], clean(str(value))) for name, value in values.items() if name in types}
    known = {name: value for name, value in kept.items() if value}
    return json.dumps(known, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _typed(kind: str, text: str) -> str:
    if not text or kind not in ("money", "date", "month"):
        return text
    try:
        if kind == "money":
            return str(parse_yuan(text) if "." in text else int(text))
        return dt.date.fromisoformat(f"{text}-01" if kind == "month" and text.count("-") == 1 else text).isoformat()
    except (ValueError, Refused) as error:
        raise Fault(f"a letter's value is no {kind}") from error


def clean(text: str) -> str:
    """Return a text without control characters and lone surrogates (neither XML nor PDF can hold them), trimmed."""
    return "".join(one for one in text if one == "\n" or unicodedata.category(one) not in ("Cc", "Cs", "Cn")).strip()


def words_of(
    *, wording: str, values: str, year: int | None = None, number: int | None = None, on: dt.date | None = None
) -> LetterWords:
    """Return a letter's words; without a number it says so, a paragraph naming an absent value is left out."""
    said, given = json.loads(wording), json.loads(values)
    spoken = {name: _spoken(said["values"][name]["type"], text) for name, text in given.items() if name != "issuer"}
    issuer = given.get("issuer") or said["given"]["bureau"]
    known = {**said["given"], **spoken, "issuer": issuer}
    numbered = {**said["given"], "year": str(year or ""), "number": str(number or "")}
    return LetterWords(
        number=_filled(said["number"], numbered) or "" if number else UNNUMBERED,
        title=_filled(said["title"], known) or said["label"],
        to=_filled(said["to"], known) or "",
        paragraphs=tuple(line for text in _paragraphs(said, known) for line in text.split("\n") if line.strip()),
        closing=said["closing"],
        issuer=issuer,
        on=chinese_date(on) if on else "",
    )


def _paragraphs(said: dict[str, Any], known: Mapping[str, str]) -> list[str]:
    texts = [text for one in said["paragraphs"] if (text := _filled(one, known))]
    remedy = said["remedy"]
    if remedy:
        numbers = {"review_days": str(remedy["review_days"]), "suit_months": str(remedy["suit_months"])}
        texts.append(_filled(remedy["text"], {**known, **numbers}) or "")
    return texts


def _filled(text: str, known: Mapping[str, str]) -> str | None:
    """Return the text with its placeholders filled in one pass (a value's own braces stay), None when one is absent."""
    if any(name not in known for name in PLACEHOLDER.findall(text)):
        return None
    return PLACEHOLDER.sub(lambda match: known[match[1]], text)


def _spoken(kind: str, text: str) -> str:
    if kind == "money":
        return f"{yuan(int(text))}元（大写：{capitals(int(text))}）"
    if kind == "date":
        return chinese_date(dt.date.fromisoformat(text))
    if kind == "month":
        month = dt.date.fromisoformat(text)
        return f"{month.year}年{month.month}月"
    return _numbered(text) if kind == "list" else ENDS.sub("", text.replace("\n", " "))


def _numbered(text: str) -> str:
    """Return a list as numbered lines, each closed by a semicolon, the last by a full stop (GB/T 9704 7.3.3)."""
    items = [ENDS.sub("", line) for line in text.split("\n") if ENDS.sub("", line)]
    if len(items) < 2:
        return "".join(f"{item}。" for item in items)
    return "\n".join(f"{place}. {item}{'。' if place == len(items) else '；'}" for place, item in enumerate(items, 1))


def chinese_date(date: dt.date) -> str:
    """Return 2024年7月1日, without leading noughts (GB/T 9704-2012 7.3.5)."""
    return f"{date.year}年{date.month}月{date.day}日"
