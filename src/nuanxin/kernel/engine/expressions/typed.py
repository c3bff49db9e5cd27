"""A compiled expression: SQL text with its type, and exact arithmetic on fractions whose denominator is known here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import gcd, lcm

from nuanxin.kernel.engine.expressions.types import FAULTY, Kind, Type


@dataclass(frozen=True)
class Typed:
    """SQL text of a value; the value is `sql / type.denominator`."""

    sql: str
    type: Type
    nullable: bool = True
    atom: bool = True

    @property
    def wrapped(self) -> str:
        """Return the text in parentheses unless it is a single word."""
        return self.sql if self.atom else f"({self.sql})"

    def scaled(self, denominator: int) -> str:
        """Return the text of the numerator over another denominator (a multiple of the own one)."""
        factor = denominator // self.type.denominator
        if factor == 1:
            return self.wrapped
        if self.type.literal is not None:
            return str(self.type.literal * factor)
        return f"({self.wrapped} * {factor})"


FAULTY_VALUE = Typed("null", FAULTY)


def literal(number: int) -> Typed:
    """Return a whole number written out."""
    return Typed(str(number), Type(Kind.NUMBER, literal=number), nullable=False, atom=number >= 0)


def common_denominator(values: Sequence[Typed]) -> int:
    """Return the least denominator that all values share."""
    return lcm(*(v.type.denominator for v in values))


def add(left: Typed, right: Typed, sign: str, type_: Type) -> Typed:
    """Return left ± right over their common denominator."""
    shared = common_denominator([left, right])
    if left.type.literal is not None and right.type.literal is not None:
        return literal(left.type.literal + (right.type.literal if sign == "+" else -right.type.literal))
    text = f"{left.scaled(shared)} {sign} {right.scaled(shared)}"
    return Typed(text, replace(type_, denominator=shared, literal=None), left.nullable or right.nullable, atom=False)


def multiply(left: Typed, right: Typed, type_: Type) -> Typed:
    """Return left × right; a factor written out is cancelled against the denominator first."""
    for one, other in ((left, right), (right, left)):
        if one.type.literal is not None:
            shared = gcd(one.type.literal, other.type.denominator) or 1
            factor, denominator = one.type.literal // shared, other.type.denominator // shared
            text = other.wrapped if factor == 1 else f"{other.wrapped} * {factor}"
            if other.type.literal is not None:
                return literal(one.type.literal * other.type.literal)
            kind = replace(type_, denominator=denominator, literal=None)
            return Typed(text, kind, other.nullable, atom=other.atom and factor == 1)
    kind = replace(type_, denominator=left.type.denominator * right.type.denominator, literal=None)
    return Typed(f"{left.wrapped} * {right.wrapped}", kind, left.nullable or right.nullable, atom=False)


def divide(value: Typed, by: int, type_: Type) -> Typed:
    """Return value ÷ a whole number, exactly: only the denominator grows."""
    kind = replace(type_, denominator=value.type.denominator * by, literal=None)
    return Typed(value.sql, kind, value.nullable, value.atom)


def compare(left: Typed, right: Typed, operator: str) -> Typed:
    """Return the comparison, cross-multiplied so that no division happens."""
    shared = common_denominator([left, right])
    text = f"{left.scaled(shared)} {operator} {right.scaled(shared)}"
    return Typed(text, Type(Kind.YESNO), left.nullable or right.nullable, atom=False)


def rounded(value: Typed, how: str) -> Typed:
    """Return the amount in whole fen: half away from zero to fen or yuan, or up or down to whole yuan."""
    step = 1 if how == "round_fen" else 100
    divisor, x = value.type.denominator * step, value.wrapped
    whole = replace(value.type, denominator=1, literal=None)
    if divisor == 1:
        return replace(value, type=whole)
    if how.startswith("round"):
        parts = f"({x} * 2 + {divisor}) // {2 * divisor}", f"-((-{x} * 2 + {divisor}) // {2 * divisor})"
    elif how == "ceil_yuan":
        parts = f"({x} + {divisor - 1}) // {divisor}", f"{x} // {divisor}"
    else:
        parts = f"{x} // {divisor}", f"-((-{x} + {divisor - 1}) // {divisor})"
    back = "" if step == 1 else f" * {step}"
    text = f"case when {x} >= 0 then {parts[0]} else {parts[1]} end"
    return Typed(f"{text}{back}" if step == 1 else f"({text}){back}", whole, value.nullable, atom=False)
