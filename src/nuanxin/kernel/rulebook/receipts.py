"""The receipt: what was owed to one subject in one month, by which facts, steps, conditions and clauses."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from nuanxin.kernel.engine.expressions.types import Kind, Type, Value, show_value
from nuanxin.kernel.engine.relations import Column
from nuanxin.kernel.rulebook.compilation.plan import BenefitPlan, FactWords
from nuanxin.kernel.rulebook.inputs import date_of
from nuanxin.kernel.rulebook.law import LocalParameter
from nuanxin.kernel.rulebook.releases import Law

Row = Mapping[str, Any]

RESULT_LABELS = {"granted": "应予", "eligible": "符合条件", "amount": "金额", "share": "本人份额"}


@dataclass(frozen=True)
class FactUsed:
    """A fact with its value; `person_id` tells whose it is in a household's receipt."""

    name: str
    label: str
    value: Any
    text: str
    source: str
    ask: str
    person_id: int | None = None


@dataclass(frozen=True)
class ParameterUsed:
    """A parameter's value with its clause."""

    name: str
    label: str
    text: str
    document: str
    article: str
    since: dt.date
    assumption: bool
    note: str


@dataclass(frozen=True)
class StepShown:
    """A step with its value; a fraction is shown exactly and kept as its numerator."""

    name: str
    says: str
    value: Any
    text: str


@dataclass(frozen=True)
class ConditionShown:
    """A condition: true, false or None (unknown); one that `concerns` nobody here (False) holds and says nothing."""

    id: str
    says: str
    basis: str
    holds: bool | None
    concerns: bool | None = True


@dataclass(frozen=True)
class ComponentShown:
    """A part of the amount in fen."""

    id: str
    says: str
    amount_fen: int | None


@dataclass(frozen=True)
class ExclusionShown:
    """A cell of the matrix that concerns the benefit, and whether it decided."""

    how: str
    keep: str
    says: str
    basis: str
    applied: bool


@dataclass(frozen=True)
class Stated:
    """A value that nobody verified: of whom, what was said, by whom or what source, on which day it was recorded."""

    circumstance_id: int
    person_id: int | None
    household_id: int | None
    kind: str
    label: str
    text: str
    standing: str
    source: str
    recorded_on: dt.date
    recorded_by: str


@dataclass(frozen=True)
class Question:
    """A fact that is not known, what hangs on it, and who can answer; `stated` is what was said and not verified."""

    fact: str
    label: str
    ask: str
    blocks: tuple[str, ...]
    person_id: int | None = None
    stated: tuple[Stated, ...] = ()


@dataclass(frozen=True)
class MemberShown:
    """A member of a household: whether counted, and what the person brings."""

    person_id: int
    counts: bool | None
    components: tuple[ComponentShown, ...]
    steps: tuple[StepShown, ...]
    facts: tuple[FactUsed, ...]


@dataclass(frozen=True)
class Receipt:
    """Everything about one assessment of one subject; amounts in fen, None where unknown.

    While something is in question, `stated` is what would come out if all that was said were true: to be shown, never
    to be decided on.
    """

    benefit: str
    title: str
    pays: str
    period: str
    subject_id: int
    county: str
    month: dt.date
    release: str
    granted: bool | None
    eligible: bool | None
    gross_fen: int | None
    amount_fen: int | None
    excluded_by: str | None
    basis: tuple[dict[str, Any], ...]
    components: tuple[ComponentShown, ...]
    facts: tuple[FactUsed, ...]
    parameters: tuple[ParameterUsed, ...]
    steps: tuple[StepShown, ...]
    conditions: tuple[ConditionShown, ...]
    exclusions: tuple[ExclusionShown, ...]
    questions: tuple[Question, ...]
    members: tuple[MemberShown, ...] = ()
    results: tuple[StepShown, ...] = ()
    run_id: int | None = None
    snapshot_id: int | None = None
    titles: dict[str, str] = field(default_factory=dict)
    stated: "Receipt | None" = None

    def to_json(self) -> dict[str, Any]:
        """Return plain data; dates as ISO text."""
        return {k: _plain(v) for k, v in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def show(column: Column, value: Any) -> str:
    """Return a stored value in words; a fraction as its exact decimal, dates as ISO."""
    kind = Type(Kind(column.kind), column.unit)
    if value is None:
        return "未知"
    if kind.kind is Kind.DATE:
        return str(date_of(value))
    if column.denominator == 1:
        return show_value(kind, value)
    exact = Decimal(value) / column.denominator
    if kind.kind is Kind.MONEY:
        return f"{(exact / 100).quantize(Decimal('0.0001')):,} {kind.unit_label}"
    return (
        f"{(exact * 100).quantize(Decimal('0.01'))}%"
        if kind.kind is Kind.RATE
        else f"{exact.quantize(Decimal('0.0001'))}"
    )


def fact_used(words: FactWords, value: Any, person_id: int | None = None) -> FactUsed:
    """Return a fact with its value in words; a code by its label."""
    text = words.codes.get(str(value), "") if words.kind == "code" and value is not None else ""
    shown = text or show(Column(words.name, words.kind, words.unit), value)
    return FactUsed(words.name, words.label, value, shown, words.circumstance or words.source, words.ask, person_id)


def parameter_used(parameter: LocalParameter, month: dt.date) -> ParameterUsed | None:
    """Return a parameter in force in a month, with its clause."""
    value = parameter.on(month)
    if value is None:
        return None
    return ParameterUsed(
        parameter.name, parameter.declared.label, _parameter_text(parameter, month), value.document, value.article,
        value.from_, value.assumption, value.note,
    )  # fmt: skip


def _parameter_text(parameter: LocalParameter, month: dt.date) -> str:
    value = parameter.on(month)
    assert value is not None
    if value.bands is not None:
        return "; ".join(f"{start}{parameter.declared.by}起 {text}" for start, text in sorted(value.bands.items()))
    if value.table is not None:
        labels = parameter.declared.codes or {}
        return "; ".join(f"{labels.get(code, code)} {text}" for code, text in value.table.items())
    shown: Value = parameter.cells(value)[parameter.name]  # type: ignore[assignment]
    if parameter.declared.codes and isinstance(shown, str):
        return parameter.declared.codes.get(shown, shown)
    return show_value(parameter.type, shown)


def make_receipt(law: Law, month: dt.date, plan: BenefitPlan, row: Row, members: Sequence[Row] = ()) -> Receipt:
    """Return the receipt of a stored row and, for a household, its members' rows."""
    facts = tuple(fact_used(law.plan.facts[n], row[f"f_{n}"]) for n in plan.facts)
    shown = tuple(_member(law, plan, m) for m in members)
    everyone = (*facts, *(f for m in shown if m.counts is not False for f in m.facts))
    used = (parameter_used(law.parameters[n], month) for n in plan.parameters)
    steps = [
        *((Column("members", "number", "人", 1, "计入人数"), *plan.member_steps) if plan.pays == "household" else ()),
        *plan.steps,
    ]
    return Receipt(
        benefit=plan.code, title=plan.title, pays=plan.pays, period=plan.period, subject_id=int(row["subject_id"]),
        county=law.county, month=month, release=law.sm3, granted=row["granted"], eligible=row["eligible"],
        gross_fen=row["gross_fen"], amount_fen=row["amount_fen"], excluded_by=row["excluded_by"], basis=plan.basis,
        components=_components(plan, row), facts=facts, parameters=tuple(p for p in used if p),
        steps=tuple(_step(law, plan, c, row[c.name]) for c in steps),
        conditions=tuple(
            ConditionShown(c.id, c.says, c.basis, row[f"k_{c.id}"], row[f"n_{c.id}"] if c.concerns else True)
            for c in plan.conditions
        ),
        exclusions=_exclusions(plan, row), questions=_questions(law, plan, row, everyone), members=shown,
        results=_results(law, plan, row), titles={c: b.title for c, b in law.plan.benefits.items()},
    )  # fmt: skip


def _step(law: Law, plan: BenefitPlan, column: Column, value: Any) -> StepShown:
    """Return a step in words; a code is said as the fact of the benefit that has it says it."""
    text = show(column, value)
    if column.kind == Kind.CODE.value and value is not None:
        read = (law.plan.facts[name] for name in (*plan.facts, *plan.member_facts))
        text = next((one.codes[value] for one in read if value in one.codes), text)
    return StepShown(column.name, column.label, value, text)


def _components(plan: BenefitPlan, row: Row) -> tuple[ComponentShown, ...]:
    return tuple(ComponentShown(i, says, row[f"c_{i}"]) for i, says in plan.components)


def _member(law: Law, plan: BenefitPlan, row: Row) -> MemberShown:
    person = int(row["person_id"])
    facts = tuple(fact_used(law.plan.facts[n], row[f"f_{n}"], person) for n in plan.member_facts)
    return MemberShown(
        person,
        row["counts"],
        _components(plan, row),
        tuple(_step(law, plan, c, row[c.name]) for c in plan.member_steps),
        facts,
    )


def _exclusions(plan: BenefitPlan, row: Row) -> tuple[ExclusionShown, ...]:
    by = row["excluded_by"]
    cut = row["gross_fen"] is not None and row["amount_fen"] is not None and row["amount_fen"] < row["gross_fen"]
    return tuple(
        ExclusionShown(
            x.how, x.keep, x.says, x.basis, by in x.keep.split("、") or (x.how == "top_up" and not by and cut)
        )
        for x in plan.exclusions
    )


def _results(law: Law, plan: BenefitPlan, row: Row) -> tuple[StepShown, ...]:
    shown = []
    for code, name in plan.results:
        value = row[f"r_{code}_{name}"]
        column = Column(name, "yesno") if name in ("granted", "eligible") else Column(name, "money")
        shown.append(
            StepShown(
                f"{code}.{name}",
                f"{law.plan.benefits[code].title}{RESULT_LABELS.get(name, name)}",
                value,
                show(column, value),
            )
        )
    return tuple(shown)


def with_stated(receipts: Sequence[Receipt], stated: Sequence[Receipt]) -> list[Receipt]:
    """Return the receipts, those with questions with what would come out of what was said."""
    said = {(one.benefit, one.subject_id): one for one in stated}
    return [
        replace(one, stated=said.get((one.benefit, one.subject_id))) if one.granted is None else one for one in receipts
    ]


def _questions(law: Law, plan: BenefitPlan, row: Row, facts: Sequence[FactUsed]) -> tuple[Question, ...]:
    """Return what must be known before a decision: unknown base facts behind whatever is unknown."""
    if row["granted"] is not None:
        return ()
    open_parts = [f"k_{c.id}" for c in plan.conditions if row[f"k_{c.id}"] is None]
    decided = any(row[f"k_{c.id}"] is False for c in plan.conditions)
    if not open_parts and not decided:
        open_parts = ["applies", "amount"]
    if plan.pays == "household" and row.get("members") is None:
        open_parts.append("members")
    absent = [f for f in facts if f.value is False and law.plan.facts[f.name].take == "exists"]
    asked = [f for f in facts if f.value is None]
    blocks: dict[tuple[str, int | None], list[str]] = {}
    for part in open_parts:
        names = plan.asks.get(part, ())
        without = {(f.source, f.person_id) for f in absent if f.name in names}
        for used in (f for f in asked if f.name in names and (f.source, f.person_id) not in without):
            blocks.setdefault((used.name, used.person_id), []).append(part.removeprefix("k_"))
    found = {(f.name, f.person_id): f for f in facts}
    return tuple(Question(n, found[n, p].label, found[n, p].ask, tuple(parts), p) for (n, p), parts in blocks.items())
