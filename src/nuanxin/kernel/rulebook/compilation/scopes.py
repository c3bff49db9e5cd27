"""What an expression may read where it stands; parameters and results read are noted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from nuanxin.kernel.core.errors import DeclarationFault
from nuanxin.kernel.engine.expressions.compiler import Compiler, Table
from nuanxin.kernel.engine.expressions.parser import tested_names
from nuanxin.kernel.engine.expressions.typed import Typed
from nuanxin.kernel.engine.expressions.types import RATE_SCALE, Kind, Type
from nuanxin.kernel.rulebook.books import Placed
from nuanxin.kernel.rulebook.law import LocalLaw

PERIOD = {
    "month_start": Typed("month_start", Type(Kind.DATE), nullable=False),
    "month_end": Typed("month_end", Type(Kind.DATE), nullable=False),
    "last_month_end": Typed("last_month_end", Type(Kind.DATE), nullable=False),
    "county": Typed("county", Type(Kind.CODE), nullable=False),
}
ResultOf = Callable[[str, str], Typed | None]


def no_results(benefit: str, name: str) -> Typed | None:
    """Answer that no other benefit can be read here."""
    return None


@dataclass
class RuleScope:
    """Plain names (facts, steps, period), then parameters; results of other benefits through `results`."""

    law: LocalLaw
    values: dict[str, Typed]
    results: ResultOf = no_results
    parameters: set[str] = field(default_factory=set)
    period: set[str] = field(default_factory=set)
    read: set[tuple[str, str]] = field(default_factory=set)

    def name(self, name: str) -> Typed | None:
        """Return a fact, step, date of the period or single parameter."""
        if name in self.values:
            return self.values[name]
        if name in PERIOD:
            self.period.add(name)
            return PERIOD[name]
        parameter = self.law.parameters.get(name)
        if parameter is None or parameter.declared.shape != "value":
            return None
        self.parameters.add(name)
        scale = RATE_SCALE if parameter.type.kind is Kind.RATE else 1
        return Typed(name, replace(parameter.type, denominator=scale), nullable=False)

    def result(self, benefit: str, name: str) -> Typed | None:
        """Return a result of another benefit."""
        found = self.results(benefit, name)
        if found is not None:
            self.read.add((benefit, name))
        return found

    def table(self, name: str) -> Table | None:
        """Return a parameter with bands or codes."""
        parameter = self.law.parameters.get(name)
        if parameter is None or parameter.declared.shape == "value":
            return None
        self.parameters.add(name)
        by = Type(Kind.NUMBER, parameter.declared.by) if parameter.declared.by is not None else None
        return Table(name, parameter.type, by, tuple(parameter.declared.codes or ()))

    def codes(self, name: str) -> Iterable[str]:
        """Return the declared codes of a fact or a code parameter."""
        if name in self.law.facts:
            return self.law.facts[name].item.codes
        parameter = self.law.parameters.get(name)
        return (parameter.declared.codes or ()) if parameter and parameter.declared.type == "code" else ()

    def known(self) -> Iterable[str]:
        """Return every plain name, for suggestions."""
        return {*self.values, *PERIOD, *self.law.parameters}


def compile_at(
    scope: RuleScope,
    text: str,
    kind: Kind | None,
    placed: Placed[Any],
    keys: tuple[str | int, ...],
    faults: list[DeclarationFault],
) -> Typed:
    """Return the compiled expression; its faults are added with the line of its key."""
    compiler = Compiler(scope)
    value = compiler.compile(text) if kind is None else compiler.compile_as(text, kind)
    faults += [placed.fault(message if message.endswith("?") else message + "。", *keys) for message in compiler.faults]
    tested = tested_names(text)
    plain = {n for n in tested.plain if n in scope.law.recorded or (n in scope.values and n not in scope.law.facts)}
    for name in sorted(plain | {f"{code}.{name}" for code, name in tested.results}):
        message = f"known({name}) 分不清没有登记和尚未核实; 请改用一个 take: exists 的事实。"
        faults.append(placed.fault(message, *keys))
    return value
