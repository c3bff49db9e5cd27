"""Who lives with whom: households drawn around one person, and ordinary households of every kind."""

from collections.abc import Callable

from nuanxin.demo.roll import MAN, NEW_YEAR, WOMAN, YEAR, Member, Roll


def around(roll: Roll, sex: int, birth: int) -> list[Member]:
    """Return a household around a person, who stands first whatever the role."""
    age = (NEW_YEAR - birth) / YEAR
    if age >= 60:
        return around_old(roll, sex, birth)
    return around_child(roll, sex, birth) if age < 18 else around_adult(roll, sex, birth)


def around_old(roll: Roll, sex: int, birth: int) -> list[Member]:
    """Alone, with a spouse, or with a child's family."""
    draw = roll.rng.random()
    if draw < 0.32:
        return [Member(sex, birth, "head")]
    if draw < 0.62:
        return [Member(sex, birth, "head"), Member(3 - sex, _spouse_birth(roll, birth), "spouse")]
    return [Member(sex, birth, "parent"), *family(roll, roll.bounded(_child_birth(roll, birth)))]


def around_adult(roll: Roll, sex: int, birth: int) -> list[Member]:
    """With old parents, with spouse and child, or alone."""
    draw = roll.rng.random()
    if draw < 0.45:
        parent = roll.either_sex()
        parents = [Member(parent, _parent_birth(roll, birth), "head")]
        if roll.coin(0.5):
            parents.append(Member(3 - parent, _spouse_birth(roll, parents[0].birth), "spouse"))
        return [Member(sex, birth, "child"), *parents]
    if draw < 0.85:
        spouse = Member(3 - sex, _spouse_birth(roll, birth), "spouse")
        children = [Member(roll.either_sex(), _child_birth(roll, birth), "child")] if roll.coin(0.5) else []
        return [Member(sex, birth, "head"), spouse, *[c for c in children if c.birth < NEW_YEAR]]
    return [Member(sex, birth, "head")]


def around_child(roll: Roll, sex: int, birth: int) -> list[Member]:
    """With both parents, sometimes a brother or sister."""
    return [Member(sex, birth, "child"), *family(roll, _parent_birth(roll, birth), children=roll.coin(0.3))]


def with_grandparent(roll: Roll, sex: int, birth: int) -> list[Member]:
    """A child brought up by a grandparent."""
    grandparent = roll.bounded(_parent_birth(roll, _parent_birth(roll, birth)))
    return [Member(sex, birth, "grandchild"), Member(roll.either_sex(), grandparent, "head")]


def family(roll: Roll, birth: int, *, children: int | None = None) -> list[Member]:
    """A couple whose husband was born about `birth`, with children (0 to 2 when not said)."""
    wife = _spouse_birth(roll, birth)
    count = int(roll.rng.random() * 2.4) if children is None else int(children)
    births = [_child_birth(roll, wife) for _ in range(count)]
    offspring = [Member(roll.either_sex(), b, "child") for b in births if b < NEW_YEAR and NEW_YEAR - b < 32 * YEAR]
    return [Member(MAN, birth, "head"), Member(WOMAN, wife, "spouse"), *offspring]


def _spouse_birth(roll: Roll, birth: int) -> int:
    return roll.bounded(birth + int((roll.rng.random() * 9 - 4) * YEAR))


def _child_birth(roll: Roll, birth: int) -> int:
    return birth + int((21 + roll.rng.random() ** 2 * 14) * YEAR)


def _parent_birth(roll: Roll, birth: int) -> int:
    return roll.bounded(birth - int((21 + roll.rng.random() ** 2 * 13) * YEAR))


def _single(roll: Roll) -> list[Member]:
    return [Member(roll.either_sex(), roll.born(22, 60), "head")]


def _old_single(roll: Roll) -> list[Member]:
    return [Member(WOMAN if roll.coin(0.6) else MAN, roll.born_old(), "head")]


def _old_couple(roll: Roll) -> list[Member]:
    birth = roll.born_old()
    return [Member(MAN, birth, "head"), Member(WOMAN, _spouse_birth(roll, birth), "spouse")]


def _young_family(roll: Roll) -> list[Member]:
    return family(roll, roll.born(26, 48))


def _middle_family(roll: Roll) -> list[Member]:
    return family(roll, roll.born(42, 60))


def _three_generations(roll: Roll) -> list[Member]:
    head = roll.born(28, 50)
    parent = roll.either_sex()
    old = [Member(parent, _parent_birth(roll, head), "parent")]
    if roll.coin(0.55):
        old.append(Member(3 - parent, _spouse_birth(roll, old[0].birth), "parent"))
    return [*family(roll, head, children=1 + roll.coin(0.35)), *old]


def _grown_children(roll: Roll) -> list[Member]:
    head = roll.born(45, 60)
    couple = family(roll, head, children=0)
    grown = [Member(roll.either_sex(), roll.born(20, 33), "child") for _ in range(1 + roll.coin(0.2))]
    return [*couple, *grown]


def _lone_parent(roll: Roll) -> list[Member]:
    birth = roll.born(28, 50)
    child = min(_child_birth(roll, birth), NEW_YEAR - 200)
    return [Member(WOMAN if roll.coin(0.7) else MAN, birth, "head"), Member(roll.either_sex(), child, "child")]


KINDS: list[tuple[float, Callable[[Roll], list[Member]]]] = [
    (0.11, _single),
    (0.07, _old_single),
    (0.13, _old_couple),
    (0.26, _young_family),
    (0.13, _middle_family),
    (0.14, _three_generations),
    (0.14, _grown_children),
    (0.02, _lone_parent),
]


def ordinary(roll: Roll, room: int) -> list[Member]:
    """Return an ordinary household of at most `room` members."""
    draw = roll.rng.random()
    make = KINDS[-1][1]
    for share, kind in KINDS:
        draw -= share
        if draw < 0:
            make = kind
            break
    members = make(roll)
    return members if len(members) <= room else _single(roll)
