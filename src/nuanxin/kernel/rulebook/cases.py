"""A made-up household: facts in a caseworker's words become rows, and the same program answers."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.engine.expressions.types import Value, parse_value
from nuanxin.kernel.rulebook.books import Roots
from nuanxin.kernel.rulebook.compilation.build import compile_law
from nuanxin.kernel.rulebook.household import Laid, Rows, receipts_of, run_rows
from nuanxin.kernel.rulebook.inputs import number_of
from nuanxin.kernel.rulebook.law import LocalLaw, LocalParameter, fact_type
from nuanxin.kernel.rulebook.receipts import Receipt
from nuanxin.kernel.rulebook.releases import Law, law_of, local_law, make_law
from nuanxin.kernel.rulebook.schema import DatedValue, Fact

HOUSEHOLD = 1
LONG_AGO = dt.date(2000, 1, 1)
SINCE_EVER = dt.date(1900, 1, 1)
NEAREST = 99
UNKNOWN, DECLARED = "unknown", "declared"
NOT_FACTS = ("name", "member", "relations", DECLARED)
FIELDS = {
    "amount": "amount_fen",
    "sum": "amount_fen",
    "level": "level",
    "code": "code",
    "since": "valid_from",
    "until": "valid_to",
}
Given = Mapping[str, Any]


@dataclass
class CaseRows:
    """Rows built from given facts; a fact that cannot be given is refused with a hint."""

    law: LocalLaw
    persons: list[list[Any]] = field(default_factory=list)
    membership: list[list[Any]] = field(default_factory=list)
    circumstance: list[list[Any]] = field(default_factory=list)
    coverage: list[list[Any]] = field(default_factory=list)
    relation: list[list[Any]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)

    def rows(self) -> Rows:
        """Return the input rows."""
        return {
            "person": self.persons, "household": [[HOUSEHOLD, None, None]], "membership": self.membership,
            "relation": self.relation, "circumstance": self.circumstance, "coverage": self.coverage,
        }  # fmt: skip

    def add_people(self, people: Sequence[Given]) -> None:
        """Add each person, then their relations."""
        for number, given in enumerate(people, 1):
            self.names[str(given.get("name") or f"第{number}人")] = number
            self._person(number, given)
        for number, given in enumerate(people, 1):
            for kind, others in (given.get("relations") or {}).items():
                self.relation += [[number, self._named(other), kind, number_of(LONG_AGO), None] for other in others]

    def _named(self, name: str) -> int:
        if name not in self.names:
            raise Refused("case.relation", f"没有名为“{name}”的人。", "请在 people 里写出这个人。")
        return self.names[name]

    def _person(self, number: int, given: Given) -> None:
        values = self._values({k: v for k, v in given.items() if k not in NOT_FACTS}, "person")
        columns = {str(self.law.facts[n].item.column): v for n, v in values.items() if self.law.facts[n].item.column}
        hukou = columns.get("hukou_county", self.law.county)
        self.persons.append([number, columns.get("birth"), columns.get("death"), columns.get("sex", 1), hukou])
        if str(given.get("member", "true")) != "false":
            counted, role = columns.get("counted", True), columns.get("role", "other")
            self.membership.append([HOUSEHOLD, number, role, counted, number_of(LONG_AGO), None])
        self._records(values, number, None, self._declared(given))

    def add_household(self, given: Given) -> None:
        """Add the household's own facts."""
        values = self._values({k: v for k, v in given.items() if k != DECLARED}, "household")
        self._records(values, None, HOUSEHOLD, self._declared(given))

    def laid(self, given: Given, *, person: int | None = None, household: int | None = None) -> list[Laid]:
        """Return what facts given of one real subject mean as records; a fact answered with no takes its record off."""
        values = self._values(given, "household" if person is None else "person")
        facts = {name: self.law.facts[name].item for name in values}
        odd = next((fact.label for fact in facts.values() if not fact.circumstance), None)
        if odd:
            raise Refused("case.not_recorded", f"“{odd}”不是登记的情况, 不能在这里改。", "请在居民或家庭资料里更正。")
        self.circumstance.clear()
        self._records(values, person, household)
        there = {row[2]: row for row in self.circumstance}
        kinds = dict.fromkeys(str(fact.circumstance) for fact in facts.values())
        return [Laid(person, household, kind, tuple(there[kind][3:8]) if kind in there else None) for kind in kinds]

    def _declared(self, given: Given) -> set[str]:
        """Return the kinds of circumstance of which the subject's facts are only declared."""
        names = [name.strip() for name in str(given.get(DECLARED, "")).split(",") if name.strip()]
        if odd := next((n for n in names if n not in self.law.facts or not self.law.facts[n].item.circumstance), None):
            raise Refused("case.declared", f"“{odd}”不是登记的情况, 不能写为未核实。", "请改正。")
        return {str(self.law.facts[n].item.circumstance) for n in names}

    def _values(self, given: Given, of: str) -> dict[str, Any]:
        values = {}
        for name, text in given.items():
            placed = self.law.facts.get(name)
            if placed is None or placed.item.of != of:
                raise Refused("case.fact", f"不认识的事实“{name}”。", "请用事实字典里的名字。")
            if placed.item.source in ("is_", "relation"):
                raise Refused(
                    "case.derived",
                    f"“{placed.item.label}”({name})是推算出来的, 不能直接给出。",
                    "请给出它所依据的事实。",
                )
            values[name] = None if str(text) == UNKNOWN else self._parsed(name, placed.item, text)
        return values

    def _parsed(self, name: str, fact: Fact, text: Any) -> Value | None:
        try:
            whole = str(text).strip()
            unit = (
                f" {fact.unit or '元'}"
                if fact.type == "money" and whole.lstrip("-").isdigit() and int(whole) == 0
                else ""
            )
            value = parse_value(fact_type(fact), whole + unit)
        except ValueError as error:
            raise Refused("case.value", f"{fact.label}({name}): {error}。", "请改正。") from error
        return number_of(value) if isinstance(value, dt.date) else value

    def _records(
        self, values: dict[str, Any], person: int | None, household: int | None, declared: Collection[str] = ()
    ) -> None:
        records: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            fact = self.law.facts[name].item
            if fact.coverage and value:
                self.coverage.append([person, fact.coverage, number_of(LONG_AGO), None])
            if fact.circumstance and not (fact.take == "exists" and value is False):
                record = records.setdefault(fact.circumstance, {})
                if fact.take != "exists":
                    record[FIELDS[str(fact.take)]] = int(value) if isinstance(value, bool) else value
        for kind, record in records.items():
            start = record.get("valid_from") or number_of(LONG_AGO)
            cells = [record.get(c) for c in ("amount_fen", "level", "code")]
            self.circumstance.append([person, household, kind, *cells, start, record.get("valid_to"), kind in declared])


def with_values(local: LocalLaw, month: dt.date, given: Given) -> LocalLaw:
    """Return the law with some parameters fixed: a value, or a table or bands (codes not given stay as they are)."""
    changed = dict(local.parameters)
    for name, shape in given.items():
        parameter = changed.get(name)
        if parameter is None:
            raise Refused("case.parameter", f"不认识的参数“{name}”。", "请用参数表里的名字。")
        changed[name] = replace(parameter, values=(*parameter.values, (NEAREST, _dated(parameter, month, shape))))
    return replace(local, parameters=changed)


def _dated(parameter: LocalParameter, month: dt.date, shape: Any) -> DatedValue:
    source = {"from": SINCE_EVER, "document": "试算给定", "assumption": True}
    kind = parameter.declared.shape
    if kind == "value":
        value = DatedValue.model_validate({**source, "value": str(shape)})
    else:
        now = parameter.on(month)
        held = dict(now.table or {}) if now and kind == "table" else {}
        value = DatedValue.model_validate({**source, kind: {**held, **shape}})
    try:
        parameter.cells(value)
    except ValueError as error:
        raise Refused(
            "case.parameter", f"{parameter.declared.label}({parameter.name}): {error}。", "请改正。"
        ) from error
    return value


def law_with(county: str, month: dt.date, given: Given, roots: Roots | None = None) -> Law:
    """Return the compiled law with some parameters fixed; the program is compiled anew only when a benefit needs it."""
    base = law_of(county, month, roots)
    if not given:
        return base
    local = with_values(local_law(county, roots), month, given)
    if base.plan.skipped:
        return make_law(local, compile_law(local, month))
    changed = {n: local.parameters[n] for n in base.parameters}
    return replace(base, parameters=changed)


def run_case(
    county: str,
    month: dt.date,
    people: Sequence[Given],
    household: Given,
    parameters: Given,
    roots: Roots | None = None,
) -> tuple[list[Receipt], dict[str, int]]:
    """Return the receipts of every benefit for a made-up household, and the number of each named person."""
    rows = CaseRows(local_law(county, roots))
    rows.add_people(people)
    rows.add_household(household)
    law = law_with(county, month, parameters, roots)
    return receipts_of(law, month, run_rows(law, month, rows.rows())), rows.names
