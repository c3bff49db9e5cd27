"""What happens in each of the six months: deaths, moves, risen incomes, applications, cremations."""

import datetime as dt
from dataclasses import dataclass, field

from nuanxin.demo.county import County
from nuanxin.demo.facts import Facts
from nuanxin.demo.needs import EDGE, POOR, RISEN, Needs, describe_household, describe_income, describe_tekun
from nuanxin.demo.plan import MONTHS, spread

FIRST_FIVE = [1.0, 1.0, 1.1, 1.0, 0.9]


@dataclass(frozen=True, slots=True)
class Asked:
    """An application: benefit, whose it is (a position), the household where it is paid, the day, who is paid."""

    benefit: str
    person: int
    household: int | None
    on: dt.date
    payee: int


@dataclass(frozen=True, slots=True)
class Cremation:
    """A cremation: who and who saw to it (positions), days of death and cremation, the charges in yuan by item."""

    person: int
    applicant: int
    died: dt.date
    cremated: dt.date
    charges: dict[str, int]


@dataclass
class Happenings:
    """Everything of one month, in the order in which the offices hear of it."""

    month: dt.date
    facts: Facts
    cremations: list[Cremation] = field(default_factory=list)
    uncremated: list[tuple[int, dt.date]] = field(default_factory=list)
    moved_out: list[tuple[int, dt.date]] = field(default_factory=list)
    left_home: list[tuple[int, dt.date]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)


def happen(county: County, needs: Needs) -> list[Happenings]:
    """Return the six months of a county; the facts of each month are noted on the way."""
    months = [Happenings(month, facts) for month, facts in zip(MONTHS, needs.months, strict=True)]
    _dying(county, months)
    _leaving(county, months)
    _rising(county, months)
    _poor_asking(county, needs, months)
    _holders_asking(county, months)
    _emergencies(county, months)
    return months


def _day(county: County, month: dt.date, last: int = 25) -> dt.date:
    return month.replace(day=1 + int(county.rng.random() * last))


def _parts(items: list[int], weights: list[float]) -> list[list[int]]:
    """Split a list over months by weights, in order."""
    parts, at = [], 0
    for count in spread(len(items), weights):
        parts.append(items[at : at + count])
        at += count
    return parts


def _dying(county: County, months: list[Happenings]) -> None:
    """Deaths are cremated within three days, but for one burial; the family of a local asks for the relief."""
    buried = county.plan.deaths - county.plan.n["cremations"]
    local = [p for p in county.deaths if county.roll.local[p]]
    burials = set(local[-buried:] if buried else [])
    for position, index in county.deaths.items():
        month = months[index]
        died = _day(county, month.month)
        if position in burials:
            month.uncremated.append((position, died))
            continue
        cremated = died + dt.timedelta(days=1 + int(county.rng.random() * 3))
        applicant = _survivor(county, position)
        month.cremations.append(Cremation(position, applicant, died, cremated, _charges(county)))
        if county.roll.local[position]:
            month.asked.append(Asked("huimin_binzang", position, None, cremated, applicant))
    for month in months:
        month.cremations.sort(key=lambda c: (c.died, c.person))


def _survivor(county: County, position: int) -> int:
    """Return who sees to a funeral: a grown member of the household, else somebody of an ordinary one."""
    roll = county.roll
    for other in roll.members(roll.household[position]):
        if other != position and other not in county.deaths and roll.age(other) >= 18:
            return other
    first = roll.start[county.ordinary]
    return next(p for p in iter(lambda: county.rng.randrange(first, len(roll.sex)), -1) if roll.age(p) >= 25)


def _charges(county: County) -> dict[str, int]:
    """Return what a funeral parlour charges, yuan by item: nearly always at or above what the county pays for."""
    rng = county.rng
    return {
        "transport": rng.choice((400, 400, 430, 480, 520)),
        "storage": rng.choice((240, 240, 320, 400)) if rng.random() < 0.985 else 160,
        "farewell": rng.choice((230, 230, 300, 500)) if rng.random() < 0.985 else 0,
        "cremation": 400,
        "urn": rng.choice((260, 380, 680, 1200)),
        "keeping": rng.choice((100, 100, 150)),
    }


def _leaving(county: County, months: list[Happenings]) -> None:
    """Grown children leave households on dibao: half move out of the county, half to a home of their own."""
    leaving = county.poor.leaving
    for index, positions in enumerate(_parts(leaving, FIRST_FIVE)):
        for i, position in enumerate(positions):
            month = months[index]
            (month.moved_out if i % 2 else month.left_home).append((position, _day(county, month.month, 20)))


def _rising(county: County, months: list[Happenings]) -> None:
    """Incomes rise over the line, and an obligor turns up."""
    for index, households in enumerate(_parts(county.poor.over, FIRST_FIVE)):
        for household in households:
            month = months[index]
            describe_income(county, month.facts, household, RISEN, since=_day(county, month.month))
    for index, positions in enumerate(_parts(county.regained, FIRST_FIVE)):
        for position in positions:
            month = months[index]
            month.facts.note("no_obligor", _day(county, month.month), person=position, level=0, source="入户调查")


def _poor_asking(county: County, needs: Needs, months: list[Happenings]) -> None:
    """New applications for dibao and tekun, January to May, to start by June; some are over the line."""
    poor = county.poor
    for households, per_head in ((poor.new, POOR), (poor.refused, EDGE)):
        for index, part in enumerate(_parts(households, FIRST_FIVE)):
            for household in part:
                on = _day(county, months[index].month)
                describe_household(county, months[index].facts, household, per_head, since=on)
                months[index].asked.append(
                    Asked("dibao", county.head(household), household, on, county.head(household))
                )
    for index, part in enumerate(_parts(poor.tekun_new, FIRST_FIVE)):
        for position in part:
            on = _day(county, months[index].month)
            describe_tekun(county, needs, months[index].facts, position, since=on)
            months[index].asked.append(Asked("tekun", position, None, on, position))


def _holders_asking(county: County, months: list[Happenings]) -> None:
    """Applications for the allowances of age, disability and care, by the plan's month."""
    groups = {
        "gaoling_jintie": county.old_entrants[: len(MONTHS)],
        "canji_shenghuo": county.living.entrants,
        "canji_huli": county.care.entrants,
        "jujia_yanglao": county.homecare.entrants,
        "shishi_wuren": county.children.entering,
    }
    for benefit, entrants in groups.items():
        for month, positions in zip(months, entrants, strict=False):
            for position in positions:
                on = _day(county, month.month)
                month.asked.append(Asked(benefit, position, None, on, position))
                if benefit == "shishi_wuren":
                    month.facts.note("child_file", on, person=position, source="乡镇查验")


def _emergencies(county: County, months: list[Happenings]) -> None:
    """Households in sudden need ask for help; members not helped this time are left out by name."""
    roll = county.roll
    for month, emergencies in zip(months, county.emergencies, strict=True):
        for emergency in emergencies:
            on = _day(county, month.month)
            until = dt.date(month.month.year, month.month.month + 1, 1)
            household, members = emergency.household, roll.members(emergency.household)
            month.facts.note(
                "emergency", on, household=household, level=emergency.months, code=emergency.cause, until=until,
                source="乡镇走访",
            )  # fmt: skip
            month.facts.note("property_ok", on, household=household, level=1)
            for position in members[emergency.helped :]:
                month.facts.note("emergency_excluded", on, person=position, until=until, source="乡镇走访")
            month.asked.append(Asked("linshi_jiuzhu", members[0], household, on, members[0]))
