"""The county drawn up: every person and household in its place, with what the plan will let happen to whom."""

import random
from dataclasses import dataclass, field

from nuanxin.demo import households
from nuanxin.demo.children import Children, draw_children
from nuanxin.demo.plan import MONTHS, Plan, spread
from nuanxin.demo.poor import Poor, draw_poor
from nuanxin.demo.roll import HOLDER_BORN_BEFORE, NEW_YEAR, YEAR, Member, Roll

DEATHS_BY_MONTH = [0.19, 0.18, 0.17, 0.16, 0.155, 0.145]  # winter kills
UNASKED_OLD = 420  # 80 and over, local, never applied: the outreach list
OUTSIDE_OLD = 260  # 80 and over with hukou elsewhere
OUTSIDERS = 0.038  # households whose hukou is elsewhere
ENTRANTS_OLD = 930  # turn 80 from December to May and apply
JUNE_OLD = 150  # turn 80 in June: may apply from July
DIBAO_JUNE_DEATHS = 58
TEKUN_JUNE_DEATHS = 16
SEVERE = 0.45  # of disabled people in dibao households, grade 1 or 2
UNASKED_DISABLED = 190


@dataclass(frozen=True)
class Emergency:
    """A household in sudden need: how many of its members are helped, for how many months, why."""

    household: int
    helped: int
    months: int
    cause: str


@dataclass
class County:
    """The roll with its groups: positions of people, by what is planned for them."""

    plan: Plan
    rng: random.Random
    roll: Roll
    poor: Poor
    deaths: dict[int, int] = field(default_factory=dict)  # position -> index of the month
    outsiders_dead: list[int] = field(default_factory=list)
    regained: list[int] = field(default_factory=list)  # tekun whose obligor turned up
    old_holders: list[int] = field(default_factory=list)
    old_entrants: list[list[int]] = field(default_factory=list)  # by month of application, January to June, then never
    old_unasked: list[int] = field(default_factory=list)
    living: "Allowance" = field(default_factory=lambda: Allowance())
    care: "Allowance" = field(default_factory=lambda: Allowance())
    homecare: "Allowance" = field(default_factory=lambda: Allowance())
    severe: set[int] = field(default_factory=set)
    disabled_unasked: list[int] = field(default_factory=list)
    children: Children = field(default_factory=Children)
    emergencies: list[list[Emergency]] = field(default_factory=list)
    couples: list[tuple[int, int]] = field(default_factory=list)
    singles: dict[int, list[int]] = field(default_factory=lambda: {1: [], 2: []})
    ordinary: int = 0  # first household nobody planned

    @property
    def persons_before(self) -> dict[str, list[int]]:
        """Return the positions of those who held each benefit of persons on the takeover day."""
        entering = {p for month in self.children.entering for p in month}
        return {
            "tekun": [*self.poor.tekun, *self.poor.tekun_leaving],
            "gaoling_jintie": self.old_holders,
            "jujia_yanglao": self.homecare.opening,
            "canji_shenghuo": self.living.opening,
            "canji_huli": self.care.opening,
            "guer": self.children.orphans,
            "shishi_wuren": [p for p in self.children.uncared if p not in entering],
        }

    @property
    def households_before(self) -> dict[str, list[int]]:
        """Return the households of each household benefit on the takeover day."""
        lone = [self.roll.household[p] for p in self.poor.lone_dying]
        return {"dibao": sorted({*lone, *self.poor.over, *self.poor.staying}), "dibao_bianyuan": self.poor.edge}

    @property
    def paid_before(self) -> list[int]:
        """Return the positions of everybody who was paid before the takeover, each once."""
        heads = [self.head(h) for h in self.households_before["dibao"]]
        return sorted({*heads, *(p for positions in self.persons_before.values() for p in positions)})

    def head(self, household: int) -> int:
        """Return the position of a household's head."""
        return next(p for p in self.roll.members(household) if self.roll.role[p] == "head")


@dataclass
class Allowance:
    """Who holds a monthly allowance at the opening, and who enters, by index of the month of application."""

    opening: list[int] = field(default_factory=list)
    entrants: list[list[int]] = field(default_factory=list)

    @property
    def everybody(self) -> list[int]:
        """Return all who ever hold it, in a fixed order."""
        return [*self.opening, *(p for month in self.entrants for p in month)]


def draw_county(plan: Plan, rng: random.Random) -> County:
    """Draw up a county of exactly `plan.people` people, those brought up by others' absence included."""
    roll = Roll(rng)
    county = County(plan, rng, roll, draw_poor(roll, plan))
    _let_poor_die(county)
    _draw_outsiders(county)
    county.children = draw_children(roll, plan)
    _draw_old(county)
    _draw_homecare(county)
    _draw_disabled(county)
    return county


def in_first_five(month: int) -> bool:
    """Tell whether what happens in the month shows in the half-year: a death in June leaves in July."""
    return month < len(MONTHS) - 1


def _die(county: County, positions: list[int], *, june: bool = False) -> None:
    """Give each a month of death: January to May, or by `june` over all six months."""
    weights = DEATHS_BY_MONTH if june else DEATHS_BY_MONTH[:-1]
    months = [i for i, count in enumerate(spread(len(positions), weights)) for _ in range(count)]
    county.rng.shuffle(months)
    county.deaths.update(zip(positions, months, strict=True))


def _let_poor_die(county: County) -> None:
    """Deaths that end dibao and tekun in the half-year, and those of June that end them in July."""
    plan, poor, rng = county.plan, county.poor, county.rng
    back = round(len(poor.tekun_leaving) * 0.03)
    county.regained = poor.tekun_leaving[:back]
    _die(county, [*poor.lone_dying, *poor.dying])
    _die(county, poor.tekun_leaving[back:])
    quiet = [h for h in poor.staying if len(county.roll.members(h)) == 1]
    for household in rng.sample(quiet, min(plan.part(DIBAO_JUNE_DEATHS), len(quiet))):
        county.deaths[county.roll.start[household]] = len(MONTHS) - 1
    for position in rng.sample(poor.tekun, plan.part(TEKUN_JUNE_DEATHS)):
        county.deaths[position] = len(MONTHS) - 1


def _draw_outsiders(county: County) -> None:
    """People whose hukou is elsewhere: those who die here, and the very old among them."""
    roll, plan = county.roll, county.plan
    for _ in range(plan.outsiders_dead):
        birth = roll.born_very_old() if roll.coin(0.4) else roll.born_old()
        members = households.around(roll, roll.either_sex(), birth)
        county.outsiders_dead.append(roll.add(members, local=False)[0])
    _die(county, county.outsiders_dead, june=True)
    for _ in range(plan.part(OUTSIDE_OLD)):
        roll.add(households.around(roll, roll.either_sex(), roll.born_very_old()), local=False)


def _draw_old(county: County) -> None:
    """People of 80 and over outside the poor: holders so many that the stock at the end of June is the planned one."""
    roll, plan = county.roll, county.plan
    poor_old = [p for p in range(len(roll.sex)) if roll.local[p] and roll.birth[p] < HOLDER_BORN_BEFORE]
    rest = plan.deaths - len(county.deaths)
    dying_old = round(rest * 0.62)
    months = spread(dying_old, DEATHS_BY_MONTH)
    leaving = sum(months[:-1]) + sum(1 for p in poor_old if in_first_five(county.deaths.get(p, 5)))
    entrants = max(1, plan.part(ENTRANTS_OLD))
    opening = plan.n["gaoling"] - entrants + leaving
    ordinary = [_add_old(roll, roll.born_very_old()) for _ in range(opening - len(poor_old))]
    county.old_holders = [*poor_old, *ordinary]
    _die(county, ordinary[:dying_old], june=True)
    county.old_unasked = [_add_old(roll, roll.born_very_old()) for _ in range(plan.part(UNASKED_OLD))]
    for i, count in enumerate([*spread(entrants, [1.0] * 6), plan.part(JUNE_OLD)]):
        county.old_entrants.append([_add_old(roll, _eightieth(roll, i)) for _ in range(count)])
    _draw_other_deaths(county)


def _add_old(roll: Roll, birth: int) -> int:
    sex = 2 if roll.coin(0.58) else 1
    return roll.add(households.around_old(roll, sex, birth))[0]


def _eightieth(roll: Roll, index: int) -> int:
    """Return a birth day whose 80th birthday falls in December 2023 (0) to June 2024 (6)."""
    month = MONTHS[max(index, 1) - 1]
    first = HOLDER_BORN_BEFORE if index == 0 else month.replace(year=1944).toordinal()
    return first + int(roll.rng.random() * 28)


def _draw_other_deaths(county: County) -> None:
    """The rest of the dead: people under 80 who hold nothing (those with an allowance are drawn with it)."""
    roll, plan = county.roll, county.plan
    rest = plan.deaths - len(county.deaths) - _disabled_dying(plan)
    dead = []
    for i in range(rest):
        birth = roll.born_old() if i % 4 else roll.born(18, 60)
        dead.append(roll.add(households.around(roll, roll.either_sex(), birth))[0])
    _die(county, dead, june=True)


def _disabled_dying(plan: Plan) -> int:
    """Return how many severely disabled people outside dibao die."""
    return plan.part(105)


def _exits(county: County, holders: list[int]) -> list[int]:
    """Return how many holders leave in each month, January to June: the dead of the month before."""
    gone = [0] * len(MONTHS)
    for position in holders:
        month = county.deaths.get(position, len(MONTHS))
        if in_first_five(month):
            gone[month + 1] += 1
    return gone


def _fill(county: County, dying: list[int], staying: list[int], stocks: list[int], lag: int) -> Allowance:
    """Split `staying` into holders and entrants so that the stocks come out; `lag` months lie between asking and start.

    `stocks` run from December to June; `dying` hold from the opening. All of `staying` are used.
    """
    gone = _exits(county, dying)
    entering = [stocks[i + 1] - stocks[i] + gone[i] for i in range(len(MONTHS))]
    opening = stocks[0] - len(dying)
    allowance = Allowance(opening=[*dying, *staying[:opening]])
    rest, at = staying[opening:], 0
    for i in range(len(MONTHS)):
        count = entering[i + lag] if i + lag < len(MONTHS) else 0
        allowance.entrants.append(rest[at : at + count])
        at += count
    return allowance


def _draw_disabled(county: County) -> None:
    """Disabled people of dibao households draw the living allowance, severe ones everywhere the care allowance."""
    roll, plan, poor, rng = county.roll, county.plan, county.poor, county.rng
    stocks, care_stocks = plan.canji_stocks("canji_shenghuo"), plan.canji_stocks("canji_huli")
    helped = set(county.homecare.everybody)
    dying = [p for p in (*poor.lone_dying, *poor.dying) if p not in helped][::3][: stocks[0] // 4]
    busy = {*poor.leaving, *poor.dying, *helped}
    pool = [p for h in poor.staying for p in roll.members(h) if p not in busy and p not in county.deaths]
    staying = rng.sample(pool, stocks[-1])
    county.living = _fill(county, dying, staying, stocks, lag=0)
    severe = [p for p in staying if rng.random() < SEVERE]
    severe_dying = [p for i, p in enumerate(dying) if i % 2]
    outside = [_add_disabled(roll) for _ in range(care_stocks[-1] - len(severe))]
    outside_dying = [_add_disabled(roll) for _ in range(_disabled_dying(plan))]
    _die(county, outside_dying, june=True)
    june = [p for p in outside_dying if not in_first_five(county.deaths[p])]
    gone = [p for p in outside_dying if in_first_five(county.deaths[p])]
    county.care = _fill(county, [*severe_dying, *gone], [*severe, *june, *outside[len(june) :]], care_stocks, lag=0)
    county.severe = set(county.care.everybody)
    county.disabled_unasked = [_add_disabled(roll) for _ in range(plan.part(UNASKED_DISABLED))]
    county.severe.update(county.disabled_unasked)


def _add_disabled(roll: Roll) -> int:
    birth = roll.born_old() if roll.coin(0.35) else roll.born(6, 60)
    return roll.add(households.around(roll, roll.either_sex(), birth))[0]


def _draw_homecare(county: County) -> None:
    """Old people of dibao households with a homecare subsidy; they start the month after they ask."""
    roll, plan, poor, rng = county.roll, county.plan, county.poor, county.rng
    old = NEW_YEAR - int(71 * YEAR)
    pool = [p for h in poor.staying for p in roll.members(h) if roll.birth[p] < old and p not in county.deaths]
    dying = [p for p in poor.lone_dying if roll.birth[p] < old][: plan.part(22)]
    stocks = plan.jujia_stocks
    staying = rng.sample(pool, stocks[-1])
    county.homecare = _fill(county, dying, staying, [stocks[0], *stocks], lag=1)


def fill_up(county: County) -> None:
    """Add ordinary households until the county has its people; remember couples and singles for the register office."""
    roll, people = county.roll, county.plan.people - len(county.children.parents)
    county.ordinary = roll.households
    while (room := people - len(roll.sex)) > 0:
        members = households.ordinary(roll, room)
        positions = roll.add(members, local=not roll.coin(OUTSIDERS))
        _remember(county, positions, members)


def draw_emergencies(county: County) -> None:
    """Choose ordinary households in sudden need, each once, until the planned person-times are reached."""
    roll, rng = county.roll, county.rng
    monthly = spread(county.plan.n["linshi_persons"], [1.2, 1.3, 1.0, 0.9, 0.9, 0.9])
    houses = iter(rng.sample(range(county.ordinary, roll.households), min(roll.households - county.ordinary, 4000)))
    for left in monthly:
        month: list[Emergency] = []
        while left > 0:
            household = next(houses)
            size = len(roll.members(household))
            helped = min(size if rng.random() < 0.25 else 1, left)
            cause = "sudden" if rng.random() < 0.7 else "expenses"
            month.append(Emergency(household, helped, rng.choice((1, 1, 2, 2, 3, 4)), cause))
            left -= helped
        county.emergencies.append(month)


def _remember(county: County, positions: range, members: list[Member]) -> None:
    young, middle = NEW_YEAR - int(22 * YEAR), NEW_YEAR - int(52 * YEAR)
    if len(members) > 1 and members[1].role == "spouse" and members[0].birth > middle:
        county.couples.append((positions[0], positions[1]))
    for position, member in zip(positions, members, strict=True):
        grown = member.role == "child" and NEW_YEAR - int(35 * YEAR) < member.birth < young
        if grown or (len(members) == 1 and middle < member.birth < young):
            county.singles[member.sex].append(position)
