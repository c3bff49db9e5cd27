"""The range of each fact by the dictionary, held against each record; a load holds its rows against the same."""

import datetime as dt

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.days import EARLIEST
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.rulebook.books import open_books
from nuanxin.kernel.rulebook.schema import Fact

AHEAD = 13


def refuse_impossible(
    kind: str, valid_from: dt.date | None, amount_fen: int | None, level: int | None, code: str | None
) -> None:
    """Refuse a day before 1900 or after today (a paper may begin within a year), and values a fact cannot have.

    Money is in fen. A value below the least or above the most of a fact that reads it, or a code nobody declared.
    """
    held = {"amount": amount_fen, "sum": amount_fen, "level": level, "code": code}
    facts = _facts_of(kind)
    if valid_from is not None and facts:
        _refuse_day(valid_from, any(fact.certificate for fact in facts))
    for fact in facts:
        value = held.get(str(fact.take))
        if isinstance(value, int):
            _refuse_outside(fact, value)
        elif value is not None and fact.codes and value not in fact.codes:
            offered = "、".join(fact.codes.values())
            raise Refused("circumstance.code", f"{fact.label}没有“{value}”这一项。", f"请从 {offered} 中选。")


def _facts_of(kind: str) -> list[Fact]:
    return [placed.item for _, placed in open_books().facts if placed.item.circumstance == kind]


def _refuse_day(valid_from: dt.date, renewed: bool) -> None:
    latest = add_months(month_of(clock.today()), AHEAD) if renewed else clock.today()
    if EARLIEST <= valid_from <= latest:
        return
    raise Refused(
        "circumstance.day",
        f"起始日期 {valid_from} 应在 {EARLIEST} 至 {latest} 之间。",
        "请核对日期；尚未发生的情况，请到发生以后再登记。",
        "since",
    )


def _refuse_outside(fact: Fact, value: int) -> None:
    least, most = fact.bounds
    bound, word = (least, "小于") if least is not None and value < least else (most, "大于")
    if bound is None or least is None or least <= value <= bound:
        return
    shown = f"{yuan(bound)} {fact.unit}" if fact.type == "money" else f"{bound} {fact.unit}"
    raise Refused("circumstance.range", f"{fact.label}不能{word} {shown.strip()}。", "请核对后重新填写。")
