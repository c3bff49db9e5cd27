"""What is known of people in need: incomes, files, cards, care; by a margin on the planned side of each line."""

import datetime as dt
from dataclasses import dataclass, field

from nuanxin.demo.county import County
from nuanxin.demo.facts import Facts
from nuanxin.demo.roll import NEW_YEAR, YEAR

# Yuan a month and head. The lines themselves are law (770 for dibao, 1,155 for its edge); these keep clear of them.
POOR = (40, 300, 580)
SHRINKING = (40, 160, 350)  # of households that lose a member but must not rise over the line by it
EDGE = (820, 960, 1090)
RISEN = (1250, 1700, 3200)
SEVERE_CLASSES = {"1": 12, "2": 8, "4": 46, "5": 12, "6": 16, "7": 6}
LIGHT_CLASSES = {"1": 18, "2": 22, "3": 6, "4": 54}
TEKUN_CLASSES = {"4": 5, "5": 3, "6": 3}


@dataclass
class Needs:
    """Facts that stood at the opening, facts of each month, and disability card suffixes by position."""

    opening: Facts = field(default_factory=Facts)
    months: list[Facts] = field(default_factory=lambda: [Facts() for _ in range(6)])
    cards: dict[int, str] = field(default_factory=dict)


def describe_needs(county: County) -> Needs:
    """Note what was known at the end of 2023; what comes later is noted by the month's happenings."""
    needs = Needs()
    poor = county.poor
    for position in [*poor.lone_dying]:
        describe_household(county, needs.opening, county.roll.household[position], POOR, since=_since(county))
    shrinking = {county.roll.household[p] for p in (*poor.leaving, *poor.dying)}
    for household in [*poor.over, *poor.staying]:
        per_head = SHRINKING if household in shrinking else POOR
        describe_household(county, needs.opening, household, per_head, since=_since(county))
    for household in poor.edge:
        describe_household(county, needs.opening, household, EDGE, since=_since(county))
    for position in [*poor.tekun, *poor.tekun_leaving]:
        describe_tekun(county, needs, needs.opening, position, since=_since(county))
    describe_care(county, needs)
    _describe_disabled(county, needs)
    _describe_children(county, needs.opening)
    return needs


def _since(county: County) -> dt.date:
    """Return a day some years before the takeover."""
    return dt.date(2021, 7, 1) + dt.timedelta(days=int(county.rng.random() * 800))


def describe_household(
    county: County, facts: Facts, household: int, per_head: tuple[int, int, int], *, since: dt.date
) -> None:
    """Open a household's file: property within limits, incomes of so much a month and head (low, usual, high)."""
    facts.note("assistance_file", since, household=household, source="入户调查")
    facts.note("property_ok", since, household=household, level=1)
    describe_income(county, facts, household, per_head, since=since)


def describe_income(
    county: County, facts: Facts, household: int, per_head: tuple[int, int, int], *, since: dt.date
) -> None:
    """Note a year's incomes: wages and farming of those who can work, transfers of the others; some are ill."""
    roll, rng = county.roll, county.rng
    members = roll.members(household)
    low, usual, high = per_head
    year = round(rng.triangular(low, high, usual) * 12 * len(members) / 10) * 10
    able = [p for p in members if 20 <= roll.age(p) < 60 and p not in county.severe]
    if able and rng.random() < 0.7:
        wages = round(year * rng.uniform(0.5, 0.9) / 10) * 10
        facts.note(rng.choice(("wage_year", "wage_year", "business_year")), since, person=able[0], yuan=wages)
        year -= wages
    facts.note("transfer_year", since, person=members[0], yuan=year, source="家庭经济状况核对")
    for position in members:
        if per_head in (POOR, SHRINKING) and rng.random() < 0.06:
            facts.note("severe_illness", since, person=position, source="医疗保障部门")
            facts.note("illness_cost_year", since, person=position, yuan=rng.randrange(600, 5000, 20))


def describe_tekun(county: County, needs: Needs, facts: Facts, position: int, *, since: dt.date) -> None:
    """Open the file of a person without anybody: no obligor, little income, self-care, where the person lives."""
    roll, rng = county.roll, county.rng
    facts.note("no_obligor", since, person=position, level=1, source="入户调查")
    facts.note("property_ok", since, household=roll.household[position], level=1)
    if rng.random() < 0.6:
        facts.note("transfer_year", since, person=position, yuan=rng.randrange(200, 4000, 10))
    if roll.birth[position] > NEW_YEAR - int(61 * YEAR):
        _card(county, needs, facts, position, since, TEKUN_CLASSES, severe=True)


def describe_care(county: County, needs: Needs) -> None:
    """Give every tekun person a self-care level and a place, so that the closing stock has the planned rate."""
    rng, poor = county.rng, county.poor
    failing, central = county.plan.tekun_care
    closing = [*poor.tekun, *poor.tekun_new]
    rng.shuffle(closing)
    for i, position in enumerate([*closing, *poor.tekun_leaving]):
        fails = i < failing
        lives = "central" if i < central or (not fails and rng.random() < 0.12) else "home"
        level = rng.choice((1, 2, 2, 3, 3, 4, 5, 6)) if fails else 0
        since = dt.date(2022, 3, 1)
        needs.opening.note("self_care", since, person=position, level=level, source="生活自理能力评估")
        needs.opening.note("residence_care", since, person=position, code=lives, source="供养服务机构")


def _card(
    county: County,
    needs: Needs,
    facts: Facts,
    position: int,
    since: dt.date,
    classes: dict[str, int],
    *,
    severe: bool,
) -> None:
    """Note a disability card: its class, a grade of 1 or 2 when severe (3 or 4 otherwise), and its last day."""
    rng = county.rng
    code = rng.choices(list(classes), list(classes.values()))[0]
    level = rng.choice((1, 2, 2) if severe else (3, 3, 4))
    until = dt.date(2026 + int(rng.random() * 6), 1 + int(rng.random() * 12), 1)
    needs.cards[position] = f"{code}{level}"
    facts.note("disability", since, person=position, level=level, code=code, until=until, source="县残联")


def _describe_disabled(county: County, needs: Needs) -> None:
    """Give cards to everybody who draws, will draw or could draw one of the two allowances."""
    holders = dict.fromkeys([*county.living.everybody, *county.care.everybody, *county.disabled_unasked])
    for position in holders:
        severe = position in county.severe
        classes = SEVERE_CLASSES if severe else LIGHT_CLASSES
        _card(county, needs, needs.opening, position, _since(county), classes, severe=severe)


def _describe_children(county: County, facts: Facts) -> None:
    """Note orphans and the files of the others; their parents' reasons are noted on the parents."""
    children = county.children
    entering = {p for month in children.entering for p in month}
    for position in children.orphans:
        facts.note("orphan", dt.date(2023, 1, 10), person=position, source="县民政局")
    for position in children.uncared:
        if position not in entering:
            facts.note("child_file", dt.date(2023, 3, 1), person=position, source="乡镇查验")
