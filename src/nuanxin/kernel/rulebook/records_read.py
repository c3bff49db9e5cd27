"""Which records a benefit rests on: kinds of circumstance and other benefits in force, through derived facts too."""

import datetime as dt
from dataclasses import dataclass

from nuanxin.kernel.rulebook.compilation.plan import Plan
from nuanxin.kernel.rulebook.releases import Law, law_of, local_law, read_release


@dataclass(frozen=True)
class RecordsRead:
    """Kinds of circumstance, and benefits whose coverage a benefit's facts ask for."""

    kinds: frozenset[str]
    benefits: frozenset[str]


def records_read(county: str, month: dt.date) -> dict[str, RecordsRead]:
    """Return for each benefit offered in a county and month the records its result rests on."""
    law = law_of(county, month)
    coverage = {name: placed.item.coverage for name, placed in local_law(county).facts.items()}
    found = {}
    for code in law.plan.benefits:
        names = _facts_of(law.plan, code)
        found[code] = RecordsRead(
            frozenset(law.plan.facts[name].circumstance for name in names if law.plan.facts[name].circumstance),
            frozenset(benefit for name in names if (benefit := coverage.get(name))),
        )
    return found


def _facts_of(plan: Plan, benefit: str) -> set[str]:
    names: set[str] = set()
    waiting = [*plan.benefits[benefit].facts, *plan.benefits[benefit].member_facts]
    while waiting:
        name = waiting.pop()
        if name not in names and name in plan.facts:
            names.add(name)
            waiting += plan.facts[name].reads
    return names


def law_moved(release_id: str, county: str, month: dt.date, benefit: str) -> bool:
    """Tell whether what a county goes by now says otherwise of a benefit in a month than a release kept.

    Compared are the benefit as compiled and the parameters it uses as they hold in the month.
    """
    now = law_of(county, month)
    return now.sm3 != release_id and _said(now, benefit, month) != _said(read_release(release_id), benefit, month)


def _said(law: Law, benefit: str, month: dt.date) -> tuple[object, ...]:
    plan = law.plan.benefits.get(benefit)
    if plan is None:
        return ()
    cells = {name: law.parameters[name].cells(law.parameters[name].on(month)) for name in plan.parameters}
    return plan, cells
