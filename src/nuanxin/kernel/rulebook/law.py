"""The law of one place on one day: facts, parameters through the layers, benefit versions and exclusions in force."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from nuanxin.kernel.engine.expressions.parser import names_in
from nuanxin.kernel.engine.expressions.types import Type, Value, make_type, parse_value
from nuanxin.kernel.rulebook.books import NATIONAL, Books, Placed
from nuanxin.kernel.rulebook.compilation.order import closure
from nuanxin.kernel.rulebook.schema import Benefit, BenefitOverride, DatedValue, Exclusion, Fact, Parameter, Step

CELL = "{}__{}"


def layers_of(county: str) -> tuple[str, ...]:
    """Return a county's layers, the nearest last: nation, province, city, county, then the instance's own."""
    codes = [c for c in (county[:2], county[:4], county[:6]) if c]
    return (NATIONAL, *codes, *(f"home:{c}" for c in codes))


@dataclass(frozen=True)
class LocalParameter:
    """A parameter as a county sees it: its declaration and every dated value with the rank of its layer."""

    name: str
    declared: Parameter
    values: tuple[tuple[int, DatedValue], ...]

    @cached_property
    def type(self) -> Type:
        """Return the type of its values."""
        return make_type(self.declared.type, self.declared.unit)

    def on(self, date: dt.date) -> DatedValue | None:
        """Return the value in force: the nearest layer that has one, then the latest start."""
        open_ = [(rank, v.from_, v) for rank, v in self.values if v.from_ <= date and (v.to is None or date < v.to)]
        return max(open_, key=lambda x: (x[0], x[1]))[2] if open_ else None

    def cells(self, value: DatedValue | None) -> dict[str, Value | None]:
        """Return the value as columns of the one-row parameter table: name, name__code, name__from1, name__value1 …"""
        if self.declared.shape == "value":
            return {self.name: parse_value(self.type, value.value) if value and value.value is not None else None}
        if self.declared.shape == "table":
            table = (value.table if value else None) or {}
            codes = self.declared.codes or {}
            return {CELL.format(self.name, c): parse_value(self.type, table[c]) if c in table else None for c in codes}
        return self._band_cells((value.bands if value else None) or {})

    def _band_cells(self, bands: dict[int, str]) -> dict[str, Value | None]:
        from nuanxin.kernel.engine.expressions.compiler import BAND_SLOTS

        steps = sorted(bands.items())
        cells: dict[str, Value | None] = {}
        for slot in range(1, BAND_SLOTS + 1):
            start, text = steps[slot - 1] if slot <= len(steps) else (None, None)
            cells[f"{self.name}__from{slot}"] = start
            cells[f"{self.name}__value{slot}"] = parse_value(self.type, text) if text is not None else None
        return cells


@dataclass(frozen=True)
class LocalLaw:
    """What is declared for one county, over all dates; `on` gives one day."""

    county: str
    facts: dict[str, Placed[Fact]]
    parameters: dict[str, LocalParameter]
    benefits: dict[str, list[tuple[int, Placed[Benefit]]]]
    exclusions: dict[str, list[tuple[int, Placed[Exclusion]]]]
    placed_parameters: dict[str, Placed[Parameter]] = field(default_factory=dict)

    @cached_property
    def reads(self) -> dict[str, set[str]]:
        """Return for each derived or related fact the facts that it reads."""
        return {
            n: {r for text in p.item.texts for r in names_in(text).plain if r in self.facts}
            for n, p in self.facts.items()
        }

    @cached_property
    def own_reads(self) -> dict[str, set[str]]:
        """Return for each derived fact the facts of the same subject behind it."""
        return {n: reads for n, reads in self.reads.items() if self.facts[n].item.is_}

    @cached_property
    def recorded(self) -> frozenset[str]:
        """Return the facts that rest on circumstances, which somebody records and somebody verifies."""
        stated = {n for n, p in self.facts.items() if p.item.circumstance}
        return frozenset(n for n in self.facts if closure({n}, self.reads) & stated)

    def benefits_on(self, date: dt.date) -> dict[str, Placed[Benefit]]:
        """Return the version of each benefit in force on a date, the nearest layer first."""
        chosen = {}
        for code, versions in sorted(self.benefits.items()):
            open_ = [(rank, placed) for rank, placed in versions if placed.item.in_force.covers(date)]
            if open_:
                chosen[code] = max(open_, key=lambda x: (x[0], x[1].item.in_force.from_))[1]
        return chosen

    def exclusions_on(self, date: dt.date) -> list[Placed[Exclusion]]:
        """Return the cells of the matrix in force on a date; a nearer layer's cell replaces the one of the same id."""
        chosen = []
        for _, versions in sorted(self.exclusions.items()):
            open_ = [
                (rank, p) for rank, p in versions if p.item.from_ <= date and (p.item.to is None or date < p.item.to)
            ]
            if open_:
                chosen.append(max(open_, key=lambda x: (x[0], x[1].item.from_))[1])
        return chosen

    def dates_of_change(self) -> list[dt.date]:
        """Return every date on which a benefit version or a cell of the matrix begins or ends."""
        periods = [p.item.in_force for v in self.benefits.values() for _, p in v]
        dates = {d for period in periods for d in (period.from_, period.to) if d}
        cells = [p.item for v in self.exclusions.values() for _, p in v]
        return sorted(dates | {d for cell in cells for d in (cell.from_, cell.to) if d})


def resolve(books: Books, county: str) -> LocalLaw:
    """Return the law of a county; its faults are told by `checks.check_books`, here the nearest declaration wins."""
    rank = {layer: n for n, layer in enumerate(layers_of(county))}

    def near(shelf: Iterable[tuple[str, Placed]]) -> list[tuple[int, str, Placed]]:  # type: ignore[type-arg]
        return sorted(((rank[p.layer], n, p) for n, p in shelf if p.layer in rank), key=lambda x: (x[1], x[0]))

    values: dict[str, list[tuple[int, DatedValue]]] = {}
    for level, name, placed in near(books.values):
        values.setdefault(name, []).extend((level, v) for v in placed.item)
    declared = {name: p for _, name, p in near(books.parameters)}
    parameters = {n: LocalParameter(n, p.item, tuple(values.get(n, ()))) for n, p in declared.items()}
    benefits: dict[str, list[tuple[int, Placed[Benefit]]]] = {}
    for level, code, placed in near(books.benefits):
        whole = merged(placed, benefits.get(code, []))
        if whole is not None:
            benefits.setdefault(code, []).append((level, whole))
    exclusions: dict[str, list[tuple[int, Placed[Exclusion]]]] = {}
    for level, name, placed in near(books.exclusions):
        exclusions.setdefault(name, []).append((level, placed))
    facts = {name: p for _, name, p in near(books.facts)}
    return LocalLaw(county, facts, parameters, benefits, exclusions, declared)


def merged(
    placed: Placed[Benefit | BenefitOverride], below: list[tuple[int, Placed[Benefit]]]
) -> Placed[Benefit] | None:
    """Return a whole benefit: itself, or the version below with what an override gives, None without one."""
    item = placed.item
    if isinstance(item, Benefit):
        return Placed(item, placed.layer, placed.document, placed.keys)
    open_ = [p.item for _, p in below if p.item.in_force.covers(item.in_force.from_)]
    if not open_:
        return None
    base = open_[-1]
    given = item.model_dump(by_alias=True, exclude_unset=True, exclude={"overrides", "without"})
    data = base.model_dump(by_alias=True) | {
        k: v for k, v in given.items() if k not in ("steps", "member_steps", "conditions")
    }
    data["steps"] = _without(base.steps, item.without) | item.steps
    data["member_steps"] = _without(base.member_steps, item.without) | item.member_steps
    conditions = {c.id: c for c in base.conditions if c.id not in item.without} | {c.id: c for c in item.conditions}
    data["conditions"] = list(conditions.values())
    data["amount"], data["components"] = _pays(item, base)
    return Placed(Benefit.model_validate(data), placed.layer, placed.document, placed.keys)


def _without(steps: dict[str, Step], names: list[str]) -> dict[str, Step]:
    return {n: s for n, s in steps.items() if n not in names}


def _pays(item: BenefitOverride, base: Benefit) -> tuple[object, object]:
    if item.amount or item.components:
        return item.amount, item.components
    return base.amount, base.components


def fact_type(fact: Fact) -> Type:
    """Return the type of a fact; raise ValueError on a bad unit."""
    return make_type(fact.type, fact.unit)


def absent_value(fact: Fact) -> Value | None:
    """Return what the absence of a record means; None is unknown."""
    if fact.source == "coverage" or fact.take == "exists":
        return False
    if fact.absent is None or fact.absent == "unknown":
        return None
    return parse_value(fact_type(fact), f"{fact.absent} {_bare_unit(fact)}".strip())


def _bare_unit(fact: Fact) -> str:
    """Return the unit to add to an absence written as a bare 0."""
    return fact.unit if fact.type == "money" and (fact.absent or "").strip().isdigit() else ""
