"""Budgets reckoned: what is spent, what is left, which run passes it, and who bears an amount to the fen."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum

from nuanxin.kernel.payments.enums import LineState, PlanState, RunState
from nuanxin.kernel.payments.models import Budget, Line, PaymentRun, Voucher
from nuanxin.kernel.payments.models.money import WHOLE

SOURCES = ("central", "province", "city", "county")
RELEASED = (RunState.RELEASED, RunState.SENT, RunState.RETURNED)
UNPAID = (LineState.FAILED, LineState.HELD)


@dataclass(frozen=True)
class Overrun:
    """A budget that a run would pass; amounts in fen."""

    year: int
    township: str
    left_fen: int
    run_fen: int

    @property
    def over_fen(self) -> int:
        """Return by how much."""
        return self.run_fen - self.left_fen


class Ledger:
    """The approved budgets of a benefit in a county's year: the county's own under `""`, and those of townships."""

    def __init__(self, county: str, year: int, benefit: str) -> None:
        self.county, self.year, self.benefit = county, year, benefit
        rows = Budget.objects.filter(county=county, year=year, benefit=benefit, state=PlanState.IN_FORCE)
        self.budgets = {one.township: one for one in rows}

    def spent(self, township: str = "", without: int | None = None) -> int:
        """Return what released runs of the year pay, less what bounced or was held, in fen (`without` a run)."""
        runs = self.released() if without is None else self.released().exclude(pk=without)
        if township:
            lines = Line.objects.filter(run__in=runs, township=township).exclude(state__in=UNPAID)
            return lines.aggregate(fen=Sum("amount_fen"))["fen"] or 0
        bounced = Line.objects.filter(run__in=runs, county=self.county, benefit=self.benefit, state=LineState.FAILED)
        bounced = bounced.extra(where=["payments_line.state IN ('failed', 'held')"])  # so that SQLite uses the index
        sent = runs.aggregate(fen=Sum("total_fen"))["fen"] or 0  # a released run's total is without what was held
        return sent - (bounced.aggregate(fen=Sum("amount_fen"))["fen"] or 0)

    def released(self) -> QuerySet[PaymentRun]:
        """Return the released runs of the benefit in the year."""
        return PaymentRun.objects.filter(
            county=self.county, benefit=self.benefit, pay_month__year=self.year, state__in=RELEASED
        )

    def mark(self) -> tuple[Any, ...]:
        """Return what tells whether anything was released, returned or budgeted since this was read."""
        return (
            *self.released().order_by("id").values_list("id", "state"),
            *sorted(one.pk for one in self.budgets.values()),
        )

    def bearer(self, township: str) -> Budget | None:
        """Return the budget that says who bears a township's money: its own, else the county's."""
        return self.budgets.get(township) or self.budgets.get("")


def township_totals(run: PaymentRun) -> dict[str, int]:
    """Return what a run pays in each township, in fen, without what is held."""
    lines = Line.objects.filter(run=run).exclude(state=LineState.HELD)
    rows = lines.values_list("township").annotate(fen=Sum("amount_fen")).order_by("township")
    return dict(rows)


def overruns_of(ledger: Ledger, totals: dict[str, int], run: PaymentRun) -> list[Overrun]:
    """Return the budgets a run would pass; none where no budget was approved."""
    found = []
    for township, budget in sorted(ledger.budgets.items()):
        wanted = totals.get(township, 0) if township else sum(totals.values())
        left = budget.ceiling_fen - ledger.spent(township, without=run.pk)
        if wanted > left:
            found.append(Overrun(ledger.year, township, left, wanted))
    return found


def overruns(run: PaymentRun) -> list[Overrun]:
    """Return the budgets a prepared run would pass, for the warning before its release."""
    if run.state != RunState.PREPARED:
        return []
    return overruns_of(Ledger(run.county, run.pay_month.year, run.benefit), township_totals(run), run)


def by_source(ledger: Ledger, totals: dict[str, int]) -> dict[str, int]:
    """Return who bears a run by source, in fen; `open_fen` is what no approved budget covers. Sums are exact."""
    amounts = dict.fromkeys((*(f"{one}_fen" for one in SOURCES), "open_fen"), 0)
    grouped: dict[int | None, tuple[Budget | None, int]] = {}
    for township, fen in totals.items():
        budget = ledger.bearer(township)
        key = budget.pk if budget else None
        grouped[key] = (budget, fen + grouped.get(key, (None, 0))[1])
    for budget, fen in grouped.values():
        if budget is None:
            amounts["open_fen"] += fen
            continue
        shares = (budget.central, budget.province, budget.city, budget.county_share)
        for name, part in zip(SOURCES, split(fen, shares), strict=True):
            amounts[f"{name}_fen"] += part
    return amounts


def split(fen: int, shares: tuple[int, ...]) -> list[int]:
    """Split an amount by ten-thousandths with the largest remainder: whole fen, exact sum, ties to the earlier."""
    parts = [fen * share // WHOLE for share in shares]
    rests = sorted(range(len(shares)), key=lambda place: (-(fen * shares[place] % WHOLE), place))
    for place in rests[: fen - sum(parts)]:
        parts[place] += 1
    return parts


@dataclass(frozen=True)
class BudgetRow:
    """A budget with what released runs spent of it, in fen; `left_fen` is None while nobody approved it."""

    budget: Budget
    spent_fen: int
    left_fen: int | None


def budgets_of(county: str, year: int) -> list[BudgetRow]:
    """Return a year's budgets in force or waiting, by benefit and township."""
    rows = Budget.objects.filter(county=county, year=year, state__in=[PlanState.PROPOSED, PlanState.IN_FORCE])
    found = []
    for one in rows.select_related("made_by", "checked_by").order_by("benefit", "township", "id"):
        spent = Ledger(county, year, one.benefit).spent(one.township)
        found.append(BudgetRow(one, spent, one.ceiling_fen - spent if one.state == PlanState.IN_FORCE else None))
    return found


def voucher_of(run_id: int) -> Voucher | None:
    """Return a run's voucher with the bank's debit, None before its release."""
    return Voucher.objects.filter(run_id=run_id).select_related("debit").first()
