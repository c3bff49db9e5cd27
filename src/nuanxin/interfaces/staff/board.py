"""The board of those who lead: month on month, targets and pace, townships per head, what is late, money and budget."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.urls import reverse

from nuanxin.interfaces.staff import reporting
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.payments import budgets
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.selectors.population import population_by_township
from nuanxin.kernel.statistics.enums import Status
from nuanxin.kernel.statistics.selectors import Figure, Period
from nuanxin.kernel.statistics.units import shown
from nuanxin.kernel.work.selectors.tasks import overdue_by_township

TENS = 10  # a percentage of ten times as many is per thousand
RANKED, LATE_SHOWN = "dibao_persons", 8


def sees_board(account: Any) -> bool:
    """Tell whether an account leads or looks over the whole county."""
    return access.area_level(account) == "county" and access.may(account, "figures.read")


def closed_part(county: str, period: Period, known: dict[str, Figure], codes: tuple[str, ...]) -> dict[str, Any]:
    """Return what depends on closed months only: the last month beside the one before, targets, townships per head."""
    return {
        "moves": _moves(county, period, [known[code] for code in codes if code in known]),
        "targets": [_target(one, period) for one in known.values() if one.status is Status.TARGET and one.published],
        "towns": _towns(county, period) if RANKED in known else [],
    }


def _moves(county: str, period: Period, figures: list[Figure]) -> list[dict[str, Any]]:
    values = reporting.monthly(county, tuple(one.indicator for one in figures), period, "")
    rows = []
    for one in figures:
        months = values.get(one.indicator, [])
        if len(months) < 2:
            continue
        (_, before), (month, now) = months[-2:]
        place = f"{reverse('figure', args=[one.indicator])}?period={month:%Y-%m}"
        rows.append({
            "figure": one, "month": month, "now": shown(now, one.unit, one.places),
            "before": shown(before, one.unit, one.places),
            "change": shown(now, one.unit, one.places) - shown(before, one.unit, one.places),
            "percent": _percent(now - before, before), "url": place,
        })  # fmt: skip
    return rows


def _percent(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


def _target(one: Figure, period: Period) -> dict[str, Any]:
    """Return a target with what was reached and how much of its year has passed."""
    reached = _percent(int(one.computed * 100), int(one.published * 100)) if one.computed and one.published else None
    passed = _percent(period.months[-1].month, 12)
    return {"figure": one, "reached": reached, "passed": passed, "url": reverse("figure", args=[one.indicator])}


def _towns(county: str, period: Period) -> list[dict[str, Any]]:
    """Return the townships ranked by persons on dibao per thousand residents."""
    counted, people = reporting.by_township(county, RANKED, period), population_by_township(county)
    place = reverse("figure-records", args=[RANKED])
    rows = [
        {
            "name": town.name,
            "count": counted.get(town.code, 0),
            "people": people.get(town.code, 0),
            "rate": _percent(counted.get(town.code, 0) * TENS, people.get(town.code, 0))
            if people.get(town.code)
            else None,
            "url": f"{place}?period={period.text}&township={town.code}",
        }
        for town in registry.townships(county)
    ]
    return sorted(rows, key=lambda row: -(row["rate"] or 0))


def late(account: Any, county: str) -> list[dict[str, Any]]:
    """Return where work is overdue, the most first: township, how many, since when."""
    names = {town.code: town.name for town in registry.townships(county)}
    rows = overdue_by_township(account, clock.today())
    return [{"name": names.get(code, code), "count": count, "since": since} for code, count, since in rows[:LATE_SHOWN]]


def money(county: str) -> list[dict[str, Any]]:
    """Return the year's approved budgets of the county with what was released of each."""
    today = clock.today()
    known = titles(county, today.replace(day=1))
    rows = [
        row for row in budgets.budgets_of(county, today.year) if row.left_fen is not None and not row.budget.township
    ]
    return [
        {
            "title": known.get(row.budget.benefit, row.budget.benefit),
            "ceiling": row.budget.ceiling_fen,
            "spent": row.spent_fen,
            "left": row.left_fen,
            "percent": _percent(row.spent_fen, row.budget.ceiling_fen),
            "passed": _percent(today.month, 12),
        }
        for row in rows
    ]
