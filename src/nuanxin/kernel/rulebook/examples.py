"""Running the examples of benefits and telling every difference."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.engine.expressions.types import Kind, parse_date, parse_money, parse_number, parse_rate
from nuanxin.kernel.engine.relations import Column
from nuanxin.kernel.rulebook.books import Roots, default_roots, open_books
from nuanxin.kernel.rulebook.cases import HOUSEHOLD, law_with, run_case
from nuanxin.kernel.rulebook.inputs import number_of
from nuanxin.kernel.rulebook.receipts import Receipt
from nuanxin.kernel.rulebook.releases import Law
from nuanxin.kernel.rulebook.schema import Example

WORDS = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True)
class ExampleResult:
    """An example, what came out of it, and where that differs from what the law gives."""

    benefit: str
    example: Example
    differences: tuple[str, ...]
    receipt: Receipt | None
    file: str = ""
    line: int = 1


def run_example(benefit: str, example: Example, roots: Roots | None = None) -> ExampleResult:
    """Return the result of one example by the declarations of `roots`, this instance's when none are named."""
    county, month, parameters = example.county, example.month, example.parameters
    receipts, names = run_case(county, month, example.people, example.household, parameters, roots)
    subject = names[example.subject] if example.subject else 1
    law = law_with(county, month, parameters, roots)
    if benefit not in law.plan.benefits:
        reason = law.plan.skipped.get(benefit, f"{example.county} 在 {example.month:%Y-%m} 没有待遇 {benefit}")
        return ExampleResult(benefit, example, (reason,), None)
    mine = {r.benefit: r for r in receipts if r.subject_id == (HOUSEHOLD if r.pays == "household" else subject)}
    receipt = mine.get(benefit)
    return ExampleResult(benefit, example, tuple(_differences(law, example, benefit, receipt, mine)), receipt)


def run_all(roots: Roots | None = None, own: bool = False) -> list[ExampleResult]:
    """Return the results of every declared example (or the instance's `own` ones), in file order.

    The package's examples test the package's law: a county's own new standard does not make them false.
    """
    where = roots or default_roots()
    bare = Roots(package=where.package)
    results = []
    for placed in open_books(roots).examples:
        mine = placed.layer.startswith("home:")
        if own and not mine:
            continue
        law = where if mine else bare
        for n, example in enumerate(placed.item.examples):
            result = _safely(placed.item.benefit, example, law)
            line = placed.document.line_of("examples", n)
            results.append(
                ExampleResult(result.benefit, example, result.differences, result.receipt, placed.document.file, line)
            )
    return results


def _safely(benefit: str, example: Example, roots: Roots) -> ExampleResult:
    try:
        return run_example(benefit, example, roots)
    except Refused as refused:
        return ExampleResult(benefit, example, (str(refused),), None)


def _differences(
    law: Law, example: Example, benefit: str, receipt: Receipt | None, mine: dict[str, Receipt]
) -> list[str]:
    expected, found = example.expect, []
    granted = receipt.granted if receipt else False
    if WORDS[granted] != expected.granted:
        found.append(f"应为 granted {expected.granted}, 得 {WORDS[granted]}")
    if expected.amount is not None:
        found += _money("金额", expected.amount, receipt.amount_fen if receipt else 0)
    if expected.excluded_by is not None and (receipt.excluded_by if receipt else None) != _none(expected.excluded_by):
        found.append(f"应被 {expected.excluded_by} 排除, 得 {receipt.excluded_by if receipt else None}")
    if receipt is not None:
        found += _parts(law, example, benefit, receipt)
    elif expected.steps or expected.conditions or expected.components:
        found.append("该待遇不适用于这个对象, 没有步骤和条件可比")
    for code, text in expected.others.items():
        found += _other(code, text, mine.get(code))
    return found


def _parts(law: Law, example: Example, benefit: str, receipt: Receipt) -> list[str]:
    expected, found = example.expect, []
    plan = law.plan.benefits[benefit]
    columns = {c.name: c for c in (Column("members", "number"), *plan.member_steps, *plan.steps)}
    steps = {s.name: s for s in receipt.steps}
    for name, text in expected.steps.items():
        if name not in steps:
            found.append(f"没有步骤 {name}")
        elif stored_value(columns[name], text) != steps[name].value:
            found.append(f"步骤 {name} 应为 {text}, 得 {steps[name].text}")
    conditions = {c.id: c.holds for c in receipt.conditions}
    for name, text in expected.conditions.items():
        got = WORDS[conditions[name]] if name in conditions else "(没有)"
        if got != text:
            found.append(f"条件 {name} 应为 {text}, 得 {got}")
    components = {c.id: c.amount_fen for c in receipt.components}
    for name, text in expected.components.items():
        found += _money(f"组成部分 {name}", text, components.get(name, 0))
    return found


def stored_value(column: Column, text: str) -> Any:
    """Return what a column stores for a value in words; `unknown` is None."""
    if text == "unknown":
        return None
    if column.kind == Kind.MONEY:
        return Decimal(parse_money(text)[0]) * column.denominator
    if column.kind == Kind.RATE:
        return Decimal(parse_rate(text)) * column.denominator / 10_000
    if column.kind == Kind.NUMBER:
        return parse_number(text)[0]
    if column.kind == Kind.YESNO:
        return text == "true"
    return number_of(parse_date(text)) if column.kind == Kind.DATE else text


def _money(what: str, text: str, fen: int | None) -> list[str]:
    wanted = None if text == "unknown" else parse_money(text)[0]
    return [] if wanted == fen else [f"{what}应为 {text}, 得 {'未知' if fen is None else yuan(fen) + ' 元'}"]


def _other(code: str, text: str, receipt: Receipt | None) -> list[str]:
    if text in WORDS.values():
        granted = WORDS[receipt.granted if receipt else False]
        return [] if granted == text else [f"{code} 应为 {text}, 得 {granted}"]
    return _money(code, text, receipt.amount_fen if receipt else 0)


def _none(text: str) -> str | None:
    return None if text == "none" else text
