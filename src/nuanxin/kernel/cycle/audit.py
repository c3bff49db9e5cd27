"""The audit of the money: due as known now, derived anew, against what was paid, is under way and is owed.

    paid + in transit + failed + arrears owed − recovery owed = due      for every household and benefit, to the fen

Due is derived from coverage and shares as known now, from decisions that grant once, from the lists taken over and
from the reserve fund's ledger, never from the table of dues. What was written after the last build of dues is counted
as owed: the next build books it.

A person decides, so what is decided may differ from what the rules give by the facts now known. `audit_facts` assesses
the months anew and tells each such pair of household and benefit with the work item, or the rule, by which it stands.
Where nothing stands for it, and the benefit moves by the rules alone, it is a mismatch like any other.
"""

import datetime as dt
import tempfile
from collections import Counter, defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Max

from nuanxin.kernel.casework.selectors import approved_starts, parts_due
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import months_between
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.explaining import OPEN_WORK, PENDING, QUESTION, REASONS, UNEXPLAINED, Undecided, explain
from nuanxin.kernel.cycle.facts import cells_of
from nuanxin.kernel.cycle.models import MonthRun, MonthStep, TakeoverList
from nuanxin.kernel.cycle.services.takeover import stated_debts
from nuanxin.kernel.engine import store
from nuanxin.kernel.grants.selectors import known_due, units_touched
from nuanxin.kernel.payments.audit import Standing, Unit, reserve_due, standings
from nuanxin.kernel.payments.reserve import settled_parts

IN_FORCE = "in_force"


@dataclass(frozen=True)
class MoneyAudit:
    """What an audit found for a county and the months from `first` to `last`; `units` by benefit and household."""

    county: str
    first: dt.date
    last: dt.date
    units: dict[Unit, Standing]

    @property
    def mismatches(self) -> list[tuple[Unit, Standing]]:
        """Return the units whose money does not add up, the largest difference first."""
        wrong = [(unit, one) for unit, one in self.units.items() if one.difference]
        return sorted(wrong, key=lambda row: (-abs(row[1].difference), str(row[0])))

    def as_row(self) -> dict[str, int]:
        """Return the totals in fen and counts; a household counts once, a person without one as one."""
        every = self.units.values()
        return {
            "households": len({unit[1:] for unit in self.units}),
            "benefits": len({unit[0] for unit in self.units}),
            "due_fen": sum(one.due for one in every),
            "paid_fen": sum(one.paid for one in every),
            "in_transit_fen": sum(one.in_transit for one in every),
            "failed_fen": sum(one.failed for one in every),
            "arrears_owed_fen": sum(one.arrears_owed for one in every),
            "recovery_owed_fen": sum(one.recovery_owed for one in every),
            "difference_fen": sum(one.difference for one in every),
            "mismatches": len(self.mismatches),
        }

    def by_benefit(self) -> dict[str, Standing]:
        """Return the totals of each benefit."""
        totals: dict[str, Standing] = defaultdict(Standing)
        for (benefit, *_), one in sorted(self.units.items(), key=lambda row: row[0][0]):
            for name, fen in vars(one).items():
                setattr(totals[benefit], name, getattr(totals[benefit], name) + fen)
        return dict(totals)


@dataclass(frozen=True)
class FactsAudit:
    """The pairs whose money is not what the rules give by the facts now known, each with why; `pairs` by unit."""

    pairs: list[Undecided]

    @property
    def unexplained(self) -> list[Undecided]:
        """Return the pairs for which no work item and no rule stands."""
        return [pair for pair in self.pairs if pair.why.code == UNEXPLAINED]

    def reasons(self) -> dict[str, dict[str, int]]:
        """Return by reason the pairs that it is the gravest of, and the fen of its months to pay more and less."""
        count = Counter(pair.why.code for pair in self.pairs)
        return {
            code: {"pairs": count[code], "more_fen": self._more([code]), "less_fen": self._less([code])}
            for code in REASONS
            if any(why.code == code for pair in self.pairs for _, why in pair.months)
        }

    def as_row(self) -> dict[str, int | dict[str, dict[str, int]]]:
        """Return counts of pairs and sums in fen.

        `undecided` of those `differing` are still to be decided, to pay more or less; `waiting` have a work item; the
        `standing` others stand by decision or rule. A question has no sum and is counted apart.
        """
        differing = [pair for pair in self.pairs if pair.why.code != QUESTION]
        undecided = [pair for pair in differing if pair.why.code in PENDING]
        more, less = self._more(PENDING), self._less(PENDING)
        return {
            "differing": len(differing),
            "undecided": len(undecided),
            "undecided_fen": more - less,
            "undecided_more_fen": more,
            "undecided_less_fen": less,
            "waiting": sum(pair.why.code in OPEN_WORK for pair in undecided),
            "standing": len(differing) - len(undecided),
            "questions": len(self.pairs) - len(differing),
            "unexplained": len(self.unexplained),
            "unexplained_fen": self._more([UNEXPLAINED]) - self._less([UNEXPLAINED]),
            "reasons": self.reasons(),
        }

    def _more(self, codes: Container[str]) -> int:
        return sum(pair.more_fen(codes) for pair in self.pairs)

    def _less(self, codes: Container[str]) -> int:
        return sum(pair.less_fen(codes) for pair in self.pairs)


def audit_facts(books: MoneyAudit) -> FactsAudit:
    """Hold what was decided in the audited months against the rules by the facts now known.

    What nothing stands for in a benefit that moves by the rules alone is laid on the books: its due is what they give.
    """
    place = store.absolute("whatif")
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix="audit-") as folder:
        first = _floor(books.county, books.first)
        found = FactsAudit(explain(books.county, cells_of(books.county, first, books.last, Path(folder))))
    for pair in found.unexplained:
        if pair.moves == "apply":
            owed = pair.more_fen([UNEXPLAINED]) - pair.less_fen([UNEXPLAINED])
            books.units.setdefault(pair.unit, Standing()).due += owed
    return found


def audit_money(county: str, first: dt.date, last: dt.date) -> MoneyAudit:
    """Audit the entitlement months from `first` to `last`, up to the last whose dues were built; Refused before any."""
    built = MonthStep.objects.filter(run__county=county, name="dues", state="done")
    newest = built.aggregate(month=Max("run__month"), change=Max("change_id"))
    if newest["month"] is None or newest["month"] < first:
        raise Refused("audit.no_dues", f"{first:%Y-%m} 以后还没有生成过应发金额。", "请先办理月度，再核对资金。")
    last = min(last, newest["month"])
    units = standings(county, first, last)
    for month in months_between(_floor(county, first), last):
        for benefit, household, person, fen in known_due(county, month):
            units[benefit, household, person].due += fen
    for unit, fen in [*reserve_due(county, first, last), *_taken_over(county, first, last)]:
        units[unit].due += fen
    _decided_once(county, first, last, units)
    _await(units, units_touched(county, newest["change"] or 0))
    return MoneyAudit(county, first, last, {unit: one for unit, one in units.items() if any(vars(one).values())})


def _floor(county: str, first: dt.date) -> dt.date:
    """Return the first month that was run here: those before are the bureau's own, and closed."""
    run = MonthRun.objects.filter(county=county).order_by("month").first()
    return max(first, run.month) if run else first


def _decided_once(county: str, first: dt.date, last: dt.date, units: dict[Unit, Standing]) -> None:
    """Add what decisions grant once; what the next build of dues will book is owed."""
    once = [code for code, rule in assessments().rules(county, last).items() if rule.once]
    parts = [one for one in parts_due(approved_starts(county, once, last), last) if one.month >= first]
    booked = settled_parts([part.decision.pk for part in parts])
    for part in parts:
        one = part.decision
        applicant = one.proposal.application.person_id if one.proposal.application else None
        person = one.person_id or applicant
        unit = (one.benefit, one.household_id, None if one.household_id is not None else person)
        units[unit].due += part.amount_fen
        if not booked.has(one.pk, part.month, part.number):
            units[unit].arrears_owed += part.amount_fen


def _taken_over(county: str, first: dt.date, last: dt.date) -> Iterable[tuple[Unit, int]]:
    """Yield the debts of the lists taken over, read again from the sealed workbooks; none is younger than its list."""
    for taken in TakeoverList.objects.filter(county=county, state=IN_FORCE, takes_over=True, as_of__gte=first):
        for benefit, person, kind, month, fen in stated_debts(taken):
            if first <= month <= last:
                yield (benefit, None, person), -fen if kind == "recovery" else fen


def _await(units: dict[Unit, Standing], touched: set[Unit]) -> None:
    """Count as owed what differs because it was written after the last build of dues: the next one books it."""
    for unit in touched & set(units):
        difference = units[unit].difference
        if difference > 0:
            units[unit].arrears_owed += difference
        elif difference < 0:
            units[unit].recovery_owed -= difference


def benefit_titles(county: str, month: dt.date) -> dict[str, str]:
    """Return the title of every benefit in force in a month."""
    return {code: rule.title for code, rule in assessments().rules(county, month).items()}
