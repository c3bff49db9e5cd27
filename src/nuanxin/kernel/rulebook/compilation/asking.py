"""What to ask when something is unknown: for each part of a benefit the base facts it rests on."""

from nuanxin.kernel.engine.expressions.parser import names_in, tested_names
from nuanxin.kernel.engine.relations import Column
from nuanxin.kernel.rulebook.compilation.order import closure
from nuanxin.kernel.rulebook.compilation.steps import Building, plain_names, texts_of
from nuanxin.kernel.rulebook.law import LocalLaw


def fact_column(b: Building, name: str) -> Column:
    """Return the column under which a receipt keeps a fact."""
    kind = b.facts[name].type
    return Column(f"f_{name}", kind.kind.value, kind.unit, 1, b.law.facts[name].item.label)


def member_facts(b: Building) -> list[str]:
    """Return the facts of a member that a household's receipt shows."""
    names = plain_names(texts_of(b.benefit)["member"]) & set(b.facts)
    return sorted(closure(names, b.law.own_reads))


def asks_of(b: Building) -> dict[str, tuple[str, ...]]:
    """Return for `applies`, `members`, each step behind it, `k_<condition>` and `amount` the base facts to ask for."""
    benefit = b.benefit
    steps = {n: s.is_ for n, s in (*benefit.member_steps.items(), *benefit.steps.items())}
    parts = {"applies": [benefit.applies], "members": [benefit.members or ""]}
    parts |= {f"k_{c.id}": [c.holds, *([c.concerns] if c.concerns else [])] for c in benefit.conditions}
    parts["amount"] = [t for t in (benefit.amount, *(c.amount or c.member for c in benefit.components)) if t]
    return {part: tuple(_base_facts(b.law, texts, steps)) for part, texts in parts.items()}


def _base_facts(law: LocalLaw, texts: list[str], steps: dict[str, str]) -> list[str]:
    """Return the base facts behind some texts, less those of which it is only asked whether they are known."""
    reads = {n: set(names_in(t).plain) for n, t in steps.items()}
    reads |= {n: set(r) for n, r in law.own_reads.items()}
    reached = closure({n for t in texts if t for n in names_in(t).plain}, reads)
    optional = {n for t in _all_texts(law, reached, texts, steps) for n in tested_names(t).plain}
    return sorted(n for n in reached if n in law.facts and law.facts[n].item.source != "is_" and n not in optional)


def _all_texts(law: LocalLaw, reached: set[str], texts: list[str], steps: dict[str, str]) -> list[str]:
    derived = [str(law.facts[n].item.is_) for n in reached if n in law.facts and law.facts[n].item.is_]
    return [t for t in (*texts, *(steps[n] for n in reached if n in steps), *derived) if t]
