"""A grant's past months assessed anew: each by its own law and the facts now known, beside what it paid.

Looked at are the people whom the grant covers in the month: who was never taken in is owed nothing before a decision.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.values import Live
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import add_months, months_between
from nuanxin.kernel.grants.past import granted_again, paid_by_month, stopped_coverages
from nuanxin.kernel.grants.types import Grant
from nuanxin.kernel.grants.values import Restatement, Shares
from nuanxin.kernel.payments.selectors import months_due
from nuanxin.kernel.registry.selectors import household_of

Amounts = dict[tuple[int, str], tuple[int, int]]


@dataclass(frozen=True)
class Reckoned:
    """One month: by (person, component) what it paid and should have paid in fen; `apart` counts, but is not covered.

    `counted` are those of the covered people whom the rules count in the month.
    """

    month: dt.date
    live: Live
    amounts: Amounts
    covered: tuple[int, ...]
    counted: frozenset[int]
    apart: tuple[int, ...]

    @property
    def shares(self) -> list[tuple[int, str, int, int]]:
        """Return (person, component, paid, due) in fen, in order."""
        return [(person, part, was, due) for (person, part), (was, due) in sorted(self.amounts.items())]

    @property
    def was_fen(self) -> int:
        """Return what the month paid."""
        return sum(was for was, _ in self.amounts.values())

    @property
    def due_fen(self) -> int:
        """Return what the month should have paid."""
        return sum(due for _, due in self.amounts.values())

    @property
    def differs(self) -> bool:
        """Tell whether anybody should have got another amount."""
        return any(was != due for was, due in self.amounts.values())


def reckon(grant: Grant, first: dt.date, last: dt.date, *, reinstates: bool = False) -> list[Reckoned]:
    """Return each month of `[first, last]` that the grant covers somebody in; with `reinstates` also those after it
    ended, for whom it covered then. Nothing is stored."""
    months = list(months_between(first, last))
    paid = paid_by_month(grant.pk, months)
    left = [one.person_id for one in stopped_coverages(grant)] if reinstates and grant.to_date else []
    again = granted_again(grant) if left else None
    found = []
    for month in months:
        covered: dict[int, Shares] = paid[month]
        if grant.to_date is not None and month >= grant.to_date and (again is None or month < again):
            covered = covered or dict.fromkeys(left, ())
        if covered:
            found.append(_month(grant, month, covered))
    return found


def _month(grant: Grant, month: dt.date, covered: dict[int, Shares]) -> Reckoned:
    live = assessor().live(grant.county, month, grant.benefit, grant.person_id, _home(grant, month))
    due = {one.person_id: dict(one.shares) for one in live.persons}
    amounts: Amounts = {}
    for person, shares in covered.items():
        was, now = dict(shares), due.get(person, {})
        for component in sorted({*was, *now}):
            amounts[person, component] = (was.get(component, 0), now.get(component, 0))
    counted, apart = frozenset(due) & frozenset(covered), tuple(sorted(set(due) - set(covered)))
    return Reckoned(month, live, amounts, tuple(covered), counted, apart)


def _home(grant: Grant, month: dt.date) -> int | None:
    if grant.household_id is not None or grant.person_id is None:
        return grant.household_id
    household = household_of(grant.person_id, month)
    return household.pk if household else None


def span(county: str) -> tuple[dt.date, dt.date]:
    """Return the first and last month paid here: only these may be corrected; Refused before there is one."""
    found = months_due(county)
    if found is None:
        raise Refused("reassess.no_month", "本县还没有发放过，没有可以追溯的月份。", "办理第一个月之后再来。")
    return found


def questions_in(found: Sequence[Reckoned]) -> list[str]:
    """Return what must be known first: month and fact, in words."""
    asked = []
    for one in found:
        if one.live.granted is None and one.live.assessed is not None:
            labels = "、".join(dict.fromkeys(q.label for q in one.live.questions)) or "有事实尚未查清"
            asked.append(f"{one.month:%Y-%m} {labels}")
    return asked


def totals(found: Sequence[Reckoned]) -> tuple[int, int]:
    """Return (more, less): what the months should have paid beyond and below what they did, by person and component."""
    differences = [due - was for one in found for was, due in one.amounts.values()]
    return sum(d for d in differences if d > 0), -sum(d for d in differences if d < 0)


def restatements(grant_id: int, found: Sequence[Reckoned], *, lasting: bool = False) -> list[Restatement]:
    """Return what must be said anew of the months that differ, person by person.

    `lasting`: of every month, the last one for good: what a grant that goes on again pays rests on nothing else.
    """
    items = []
    for one in found:
        until = None if lasting and one is found[-1] else add_months(one.month, 1)
        for person in sorted(one.covered):
            mine = {component: both for (who, component), both in one.amounts.items() if who == person}
            if lasting or any(was != due for was, due in mine.values()):
                shares = tuple((component, due) for component, (_, due) in sorted(mine.items()) if due)
                items.append(Restatement(grant_id, person, one.month, until, shares))
    return items


def leaves(found: Sequence[Reckoned], last: dt.date) -> dict[int, dt.date | None]:
    """Return whom a grant that goes on covers, with the first month from which the rules count them no more.

    None: they are counted up to the last month looked at. Who is counted in no month is left out.
    """
    ends: dict[int, dt.date | None] = {}
    for one in found:
        for person in one.counted:
            ends[person] = add_months(one.month, 1) if one.month < last else None
    return ends
