"""The range of each fact by the dictionary, held against whatever is recorded, by whichever door."""

from collections.abc import Iterable

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.rulebook.books import open_books
from nuanxin.kernel.rulebook.schema import Fact


def refuse_impossible(kind: str, amount_fen: int | None, level: int | None, code: str | None) -> None:
    """Refuse a value below the least or above the most of a fact that reads it, or a code nobody declared."""
    held = {"amount": amount_fen, "sum": amount_fen, "level": level, "code": code}
    for fact in _facts_of(kind):
        value = held.get(str(fact.take))
        if isinstance(value, int):
            _refuse_outside(fact, value)
        elif value is not None and fact.codes and value not in fact.codes:
            offered = "、".join(fact.codes.values())
            raise Refused("circumstance.code", f"{fact.label}没有“{value}”这一项。", f"请从 {offered} 中选。")


def _facts_of(kind: str) -> Iterable[Fact]:
    return (placed.item for _, placed in open_books().facts if placed.item.circumstance == kind)


def _refuse_outside(fact: Fact, value: int) -> None:
    least, most = fact.bounds
    bound, word = (least, "小于") if least is not None and value < least else (most, "大于")
    if bound is None or least is None or least <= value <= bound:
        return
    shown = f"{yuan(bound)} {fact.unit}" if fact.type == "money" else f"{bound} {fact.unit}"
    raise Refused("circumstance.range", f"{fact.label}不能{word} {shown.strip()}。", "请核对后重新填写。")
