"""Marriages, divorces and certificates issued again: which couples, on which working days."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

from nuanxin.demo.county import County
from nuanxin.demo.plan import MONTHS, spread
from nuanxin.kernel.core.months import add_months, month_end
from nuanxin.kernel.core.workdays import is_working_day

BY_MONTH = [0.9, 1.1, 0.95, 0.9, 1.25, 0.95]
COOLING = dt.timedelta(days=31)  # 民法典 第一千零七十七条: thirty days after the application


@dataclass(frozen=True, slots=True)
class Registration:
    """One act of the register office; `second` is None where the other party lives elsewhere."""

    kind: str
    on: dt.date
    first: int
    second: int | None
    cross_region: bool = False


def register_couples(county: County) -> list[Registration]:
    """Return every registration from November 2023 to June 2024, by day."""
    rng, n = county.rng, county.plan.n
    men, women = list(county.singles[1]), list(county.singles[2])
    rng.shuffle(men)
    rng.shuffle(women)
    couples = list(county.couples)
    rng.shuffle(couples)
    acts = []
    for i, on in enumerate(_days(county, n["marriages"])):
        cross = i < n["marriages_cross"]
        acts.append(Registration("marriage", on, men[i], None if cross else women[i], cross))
    acts += _divorces(county, couples)
    for on, (first, second) in zip(_days(county, n["marriage_reissues"]), couples, strict=False):
        acts.append(Registration("marriage_reissue", on, first, second))
    for on, person in zip(_days(county, n["divorce_reissues"]), women[n["marriages"] :], strict=False):
        acts.append(Registration("divorce_reissue", on, person, None))
    return sorted(acts, key=lambda act: (act.on, act.kind, act.first))


def _divorces(county: County, couples: list[tuple[int, int]]) -> list[Registration]:
    """Divorces with their applications 31 to 59 days before, and applications that led to none; uses up couples."""
    n, acts, asked = county.plan.n, [], 0
    for i, on in enumerate(_days(county, n["divorces"])):
        first, second = couples.pop()
        applied = _working(on - COOLING - dt.timedelta(days=int(county.rng.random() * 25)))
        asked += applied >= MONTHS[0]
        acts.append(Registration("divorce_application", applied, first, second))
        acts.append(Registration("divorce", on, first, second, i < n["divorces_cross"]))
    for on in _days(county, n["divorce_applications"] - asked):
        acts.append(Registration("divorce_application", on, *couples.pop()))
    return acts


def _days(county: County, count: int) -> list[dt.date]:
    """Return `count` working days of the half-year, more in the popular months."""
    days = []
    for month, part in zip(MONTHS, spread(count, BY_MONTH), strict=True):
        days += county.rng.choices(_open_days(month), k=part)
    county.rng.shuffle(days)
    return days


@cache
def _open_days(month: dt.date) -> list[dt.date]:
    days = [month.replace(day=d) for d in range(1, month_end(month).day + 1)]
    return [day for day in days if is_working_day(day)]


def _working(day: dt.date) -> dt.date:
    """Return the day, or the last working day before it."""
    while not is_working_day(day):
        day -= dt.timedelta(days=1)
    return day


def until_month(acts: list[Registration], month: dt.date) -> list[Registration]:
    """Return the registrations of one month (those before January with `month` December 2023)."""
    first = dt.date.min if month < MONTHS[0] else month
    return [act for act in acts if first <= act.on < add_months(month, 1)]
