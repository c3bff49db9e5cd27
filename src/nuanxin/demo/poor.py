"""Households on dibao, on the edge of it, newly poor, and people without anybody: who they are, before any money."""

from dataclasses import dataclass, field

from nuanxin.demo import households
from nuanxin.demo.plan import Plan
from nuanxin.demo.roll import MAN, NEW_YEAR, WOMAN, YEAR, Member, Roll

EDGE_HOUSEHOLDS = 1_450  # nobody published how many; a status without money
REFUSED_HOUSEHOLDS = 64  # apply for dibao with an income over the line


@dataclass
class Poor:
    """Positions of people and numbers of households by what the plan has for them."""

    lone_dying: list[int] = field(default_factory=list)
    over: list[int] = field(default_factory=list)
    leaving: list[int] = field(default_factory=list)
    dying: list[int] = field(default_factory=list)
    staying: list[int] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    edge: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    tekun: list[int] = field(default_factory=list)
    tekun_leaving: list[int] = field(default_factory=list)
    tekun_new: list[int] = field(default_factory=list)


def sizes(roll: Roll, count: int, persons: int) -> list[int]:
    """Return `count` household sizes that add up to `persons`, mostly singles, none above 6 where it can be helped."""
    result, extra = [1] * count, persons - count
    for i in range(count):
        if extra <= 0:
            break
        step = min(extra, roll.rng.choice((1, 1, 1, 2, 2, 3)))
        result[i] += step
        extra -= step
    for i in range(extra):
        result[i % count] += 1
    return result


def draw_poor(roll: Roll, plan: Plan) -> Poor:
    """Add every household the plan needs for dibao, the edge of it and tekun."""
    poor = Poor()
    opening, persons = plan.dibao_opening
    lone, over, over_persons, leavers = plan.dibao_exits
    poor.lone_dying = [_add_lone(roll, dying=True) for _ in range(lone)]
    for size in sizes(roll, over, over_persons):
        poor.over.append(_household_of(roll, roll.add(_working(roll, size))))
    staying = opening - lone - over
    _draw_staying(roll, poor, sizes(roll, staying, persons - lone - over_persons), leavers)
    for size in sizes(roll, plan.n["dibao_households_in"], plan.n["dibao_persons_in"]):
        poor.new.append(_household_of(roll, roll.add(_poor(roll, size))))
    edge = max(2, plan.part(EDGE_HOUSEHOLDS))
    for size in sizes(roll, edge, round(edge * 2.1)):
        poor.edge.append(_household_of(roll, roll.add(_working(roll, size))))
    for size in sizes(roll, plan.part(REFUSED_HOUSEHOLDS), 2 * plan.part(REFUSED_HOUSEHOLDS)):
        poor.refused.append(_household_of(roll, roll.add(_working(roll, size))))
    poor.tekun = [_add_tekun(roll) for _ in range(plan.tekun_opening - plan.n["tekun_out"])]
    poor.tekun_leaving = [_add_tekun(roll) for _ in range(plan.n["tekun_out"])]
    poor.tekun_new = [_add_tekun(roll) for _ in range(plan.n["tekun_in"])]
    return poor


def _draw_staying(roll: Roll, poor: Poor, all_sizes: list[int], leavers: int) -> None:
    """Add the households that stay on dibao; the first (larger) ones lose a member: three of ten by death."""
    dying = round(leavers * 0.3)
    for i, size in enumerate(all_sizes):
        walks_out = i < leavers - dying
        positions = roll.add(_with_leaver(roll, size) if walks_out else _poor(roll, size))
        poor.staying.append(_household_of(roll, positions))
        if walks_out:
            poor.leaving.append(positions[0])
        elif i < leavers:
            others = [p for p in positions if roll.role[p] != "head"]
            poor.dying.append(min(others, key=lambda p: roll.birth[p]))


def _household_of(roll: Roll, positions: range) -> int:
    return roll.household[positions[0]]


def _old_birth(roll: Roll, very_old: float) -> int:
    return roll.born_very_old() if roll.coin(very_old) else roll.born_old()


def _add_lone(roll: Roll, *, dying: bool) -> int:
    birth = _old_birth(roll, 0.45) if not dying or roll.coin(0.85) else roll.born(40, 60)
    return roll.add([Member(roll.either_sex(), birth, "head")])[0]


def _add_tekun(roll: Roll) -> int:
    birth = _old_birth(roll, 0.22) if roll.coin(0.82) else roll.born(30, 60)
    return roll.add([Member(MAN if roll.coin(0.8) else WOMAN, birth, "head")])[0]


def _poor(roll: Roll, size: int) -> list[Member]:
    """A household of `size`: old people, ill or disabled adults, children."""
    if size == 1:
        birth = _old_birth(roll, 0.16) if roll.coin(0.72) else roll.born(28, 60)
        return [Member(roll.either_sex(), birth, "head")]
    if size == 2:
        return _pair(roll)
    return _filled(roll, size)


def _pair(roll: Roll) -> list[Member]:
    draw, sex = roll.rng.random(), roll.either_sex()
    old = roll.born_old()
    if draw < 0.4:
        return [Member(MAN, old, "head"), Member(WOMAN, roll.bounded(old + 900), "spouse")]
    if draw < 0.7:
        return [Member(sex, old, "head"), Member(roll.either_sex(), old + int(26 * YEAR), "child")]
    if draw < 0.85:
        return [Member(sex, old, "head"), Member(roll.either_sex(), roll.born(6, 17), "grandchild")]
    return [Member(sex, roll.born(30, 50), "head"), Member(roll.either_sex(), roll.born(3, 16), "child")]


def _filled(roll: Roll, size: int) -> list[Member]:
    """A couple or lone parent with children, filled up with grandparents and more children."""
    members = households.family(roll, roll.born(30, 52), children=1)[:size]
    parent = members[0].birth - int(25 * YEAR)
    if len(members) < size and roll.coin(0.6):
        members.append(Member(roll.either_sex(), roll.bounded(parent), "parent"))
    while len(members) < size:
        members.append(Member(roll.either_sex(), roll.born(3, 17), "child"))
    return members


def _with_leaver(roll: Roll, size: int) -> list[Member]:
    """A household whose first listed member is a grown child who will leave it."""
    parent = roll.born(45, 62)
    child = min(parent + int(23 * YEAR), NEW_YEAR - int(19 * YEAR))
    members = [Member(roll.either_sex(), child, "child"), Member(roll.either_sex(), parent, "head")]
    if size > 2:
        members.append(Member(3 - members[1].sex, parent + 700, "spouse"))
    while len(members) < size:
        members.append(Member(roll.either_sex(), roll.born(6, 17), "child"))
    return members


def _working(roll: Roll, size: int) -> list[Member]:
    """A household that can earn: an adult, a couple, children."""
    birth = roll.born(27, 52)
    if size == 1:
        return [Member(roll.either_sex(), birth, "head")]
    members = households.family(roll, birth, children=size > 2)[:size]
    while len(members) < size:
        members.append(Member(roll.either_sex(), roll.born(3, 17), "child"))
    return members
