"""What person and household benefits share: reading names, steps by depth, conditions, eligible, gross."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from nuanxin.kernel.core.errors import DeclarationFault
from nuanxin.kernel.engine.expressions import typed
from nuanxin.kernel.engine.expressions.parser import names_in
from nuanxin.kernel.engine.expressions.typed import Typed
from nuanxin.kernel.engine.expressions.types import Kind
from nuanxin.kernel.engine.relations import Column, Relation
from nuanxin.kernel.rulebook.books import Placed
from nuanxin.kernel.rulebook.compilation.order import Circle, closure, layers
from nuanxin.kernel.rulebook.compilation.results import Done, Results
from nuanxin.kernel.rulebook.compilation.scopes import PERIOD, RuleScope, compile_at
from nuanxin.kernel.rulebook.law import LocalLaw, LocalParameter
from nuanxin.kernel.rulebook.schema import Benefit, Step

Names = Mapping[str, Iterable[str]]


def parameter_cells(parameter: LocalParameter) -> list[str]:
    """Return the columns of the one-row parameter table that a parameter fills."""
    return list(parameter.cells(None))


def texts_of(benefit: Benefit) -> dict[str, list[str]]:
    """Return a benefit's expressions by part: subject, member."""
    subject = [benefit.applies, *(s.is_ for s in benefit.steps.values()), *(c.holds for c in benefit.conditions)]
    subject += [c.concerns for c in benefit.conditions if c.concerns]
    subject += [x for x in (benefit.amount, *(c.amount for c in benefit.components)) if x]
    member = [benefit.members or "", *(s.is_ for s in benefit.member_steps.values())]
    return {"subject": subject, "member": [t for t in member if t]}


def plain_names(texts: Iterable[str]) -> set[str]:
    """Return the plain names that some expressions read."""
    return {n for t in texts for n in names_in(t).plain}


def result_names(texts: Iterable[str]) -> set[tuple[str, str]]:
    """Return the (benefit, result) pairs that some expressions read."""
    return {r for t in texts for r in names_in(t).results}


@dataclass
class Building:
    """The state of compiling one benefit."""

    law: LocalLaw
    placed: Placed[Benefit]
    facts: dict[str, Typed]
    done: dict[str, Done]
    absent: frozenset[str]
    faults: list[DeclarationFault]
    relations: list[Relation] = field(default_factory=list)
    step_types: dict[str, Typed] = field(default_factory=dict)
    read: set[tuple[str, str]] = field(default_factory=set)

    @property
    def benefit(self) -> Benefit:
        """Return the declaration."""
        return self.placed.item

    def add(self, suffix: str, sql: str) -> str:
        """Add a relation of this benefit and return its name."""
        name = f"{self.benefit.benefit}__{suffix}" if suffix else self.benefit.benefit
        self.relations.append(Relation(name, sql))
        return name

    def scope(self, values: dict[str, Typed], reader: str) -> RuleScope:
        """Return a scope over some names that reads other benefits as `reader`."""
        absent = {code: Done(self.law.benefits[code][0][1].item).money for code in self.absent}
        return RuleScope(self.law, values, Results(self.done, absent, reader), read=self.read)

    def compile(self, scope: RuleScope, text: str, kind: Kind | None, *keys: str | int) -> Typed:
        """Compile one expression, noting its faults at its key."""
        return compile_at(scope, text, kind, self.placed, keys, self.faults)

    def columns(self, texts: list[str], facts: dict[str, Typed], alias: str) -> list[str]:
        """Return the select columns that some expressions need: facts (and those behind them), dates and parameters."""
        names = plain_names(texts)
        shown = closure(names & set(facts), self.law.own_reads) & set(facts)
        chosen = [f"{alias}.{n}" for n in sorted(shown)]
        chosen += [f"period.{n}" for n in sorted(names & set(PERIOD))]
        for name in sorted(names & set(self.law.parameters) - set(facts)):
            chosen += [f"parameter.{c}" for c in parameter_cells(self.law.parameters[name])]
        return chosen

    def check_names(self, names: Iterable[str], key: str, taken: Iterable[str]) -> None:
        """Refuse step names that already mean something else."""
        reserved = {
            *self.law.facts,
            *self.law.parameters,
            *PERIOD,
            "members",
            "subject_id",
            "granted",
            "eligible",
            *taken,
        }
        for name in names:
            if name in reserved:
                self.faults.append(self.placed.fault(f"名字“{name}”已是事实、参数或保留字, 请换一个。", key, name))

    def step_layers(
        self,
        steps: Mapping[str, Step],
        key: str,
        last: str,
        values: dict[str, Typed],
        scope_of: Callable[[], RuleScope],
        prefix: str,
    ) -> str:
        """Add steps by depth after a relation; `values` grows by their types; return the last relation."""
        try:
            depths = layers({n: names_in(s.is_).plain & set(steps) for n, s in steps.items()})
        except Circle as circle:
            message = f"步骤互相引用成环: {circle}。请改掉其中一个。"
            self.faults.append(self.placed.fault(message, key, circle.names[0]))
            return last
        for depth, layer in enumerate(depths, 1):
            columns = []
            for name in layer:
                value = self.compile(scope_of(), steps[name].is_, None, key, name, "is")
                self.step_types[name] = stored(name, value)
                columns.append(f"{value.sql} as {name}")
            for name in layer:
                values[name] = self.step_types[name]
            text = ",\n  ".join(["*", *columns])
            last = self.add(f"{prefix}{depth}", f"select {text}\nfrom {last}")
        return last

    def tested(self, last: str, values: dict[str, Typed], reader: str) -> str:
        """Add conditions and `eligible` after the steps; return the relation."""
        columns = []
        for n, condition in enumerate(self.benefit.conditions):
            value = self.compile(self.scope(values, reader), condition.holds, Kind.YESNO, "conditions", n, "holds")
            if condition.concerns is None:
                columns.append(f"{value.sql} as k_{condition.id}")
                continue
            scope = self.scope(values, reader)
            concerns = self.compile(scope, condition.concerns, Kind.YESNO, "conditions", n, "concerns")
            columns.append(f"not {concerns.wrapped} or {value.wrapped} as k_{condition.id}")
            columns.append(f"{concerns.sql} as n_{condition.id}")
        text = ",\n  ".join(["*", *columns])
        last = self.add("tested", f"select {text}\nfrom {last}")
        both = " and ".join(["applies", *(f"k_{c.id}" for c in self.benefit.conditions)])
        return self.add("judged", f"select *,\n  {both} as eligible\nfrom {last}")

    def gross(self, last: str, values: dict[str, Typed], reader: str) -> str:
        """Add each component's gross amount `g_…` and their sum `gross_fen`; return the relation."""
        columns = []
        for id_, text in self._amounts(values, reader):
            columns.append(f"case when eligible is null then null when eligible then {text} else 0 end as g_{id_}")
        last = self.add("amounts", "select " + ",\n  ".join(["*", *columns]) + f"\nfrom {last}")
        total = " + ".join(f"g_{id_}" for id_, _ in self.parts()) or "case when eligible is null then null else 0 end"
        return self.add("gross", f"select *,\n  {total} as gross_fen\nfrom {last}")

    def parts(self) -> list[tuple[str, str]]:
        """Return (id, words) of the components; a bare amount is the component `basic`."""
        if self.benefit.recognises:
            return []
        return [(c.id, c.says) for c in self.benefit.components] or [("basic", self.benefit.title)]

    def _amounts(self, values: dict[str, Typed], reader: str) -> list[tuple[str, str]]:
        if self.benefit.amount:
            return [("basic", self._amount(values, reader, self.benefit.amount, self.benefit.round, ("amount",)))]
        amounts = []
        for n, part in enumerate(self.benefit.components):
            if part.member is not None:
                amounts.append((part.id, f"m_{part.id}"))
                continue
            how = part.round or self.benefit.round
            amounts.append((part.id, self._amount(values, reader, str(part.amount), how, ("components", n, "amount"))))
        return amounts

    def _amount(self, values: dict[str, Typed], reader: str, text: str, how: str, keys: tuple[str | int, ...]) -> str:
        value = self.compile(self.scope(values, reader), text, Kind.MONEY, *keys)
        self.check_unit(value, keys)
        return typed.rounded(value, how).sql

    def check_unit(self, value: Typed, keys: tuple[str | int, ...]) -> None:
        """Refuse a yearly amount where a month is paid."""
        wanted = "月" if self.benefit.period == "month" else ""
        unit = value.type.unit
        if not value.type.faulty and value.type.literal is None and self.benefit.period == "month" and unit != wanted:
            self.faults.append(self.placed.fault(f"按月发放的金额单位应为元/月, 却是{value.type.unit_label}。", *keys))


def stored(name: str, value: Typed) -> Typed:
    """Return a step as later expressions read it: a column of its name; a number written out is a plain number."""
    kind = value.type
    if kind.literal is not None:
        kind = type(kind)(kind.kind, kind.unit, kind.denominator)
    return Typed(name, kind, value.nullable)


def step_columns(steps: Mapping[str, Step], types: dict[str, Typed]) -> tuple[Column, ...]:
    """Return the words and types of steps, in declared order."""
    return tuple(
        Column(n, types[n].type.kind.value, types[n].type.unit, types[n].type.denominator, s.says)
        for n, s in steps.items()
        if n in types
    )
