"""Children without parents' care: who they live with, and where the parents are."""

from dataclasses import dataclass, field

from nuanxin.demo import households
from nuanxin.demo.plan import Plan
from nuanxin.demo.roll import MAN, WOMAN, YEAR, Roll

ORPHANS = 0.32  # of the children; the others have parents who do not or cannot care
ENTERING = 6


@dataclass(frozen=True)
class Parent:
    """A parent outside every household of the county: dead, or gone with a reason."""

    child: int
    sex: int
    birth: int
    why: str  # dead | lost_contact | prison


@dataclass
class Children:
    """Positions of the children, those who enter in the half-year by month of application, and their absent parents."""

    orphans: list[int] = field(default_factory=list)
    uncared: list[int] = field(default_factory=list)
    entering: list[list[int]] = field(default_factory=list)
    parents: list[Parent] = field(default_factory=list)


def draw_children(roll: Roll, plan: Plan) -> Children:
    """Add the children, each brought up by a grandparent; the last few of them apply in the half-year."""
    count = plan.n["children"]
    result = Children()
    for i in range(count):
        sex = roll.either_sex()
        birth = roll.born(4, 16)
        child = roll.add(households.with_grandparent(roll, sex, birth))[0]
        orphan = i < round(count * ORPHANS)
        (result.orphans if orphan else result.uncared).append(child)
        for parent_sex, why in zip((MAN, WOMAN), _reasons(roll, orphan=orphan), strict=True):
            parent = birth - int((22 + roll.rng.random() * 10) * YEAR)
            result.parents.append(Parent(child, parent_sex, parent, why))
    entering = result.uncared[len(result.uncared) - min(plan.part(ENTERING), len(result.uncared)) :]
    result.entering = [entering[i::5] for i in range(5)]
    return result


def _reasons(roll: Roll, *, orphan: bool) -> tuple[str, str]:
    if orphan:
        return "dead", "dead"
    draw = roll.rng.random()
    if draw < 0.6:
        return "dead", "lost_contact"
    return ("prison", "lost_contact") if draw < 0.85 else ("prison", "dead")
