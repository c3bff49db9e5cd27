"""What speaks against marriages and divorces, in the order of their days: age, sex, kin, one spouse at a time.

民法典 第一千零四十一条、第一千零四十二条(一夫一妻)、第一千零四十七条(年龄)、第一千零四十八条(近亲)。
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nuanxin.kernel.registry.enums import EventKind, Sex
from nuanxin.kernel.registry.events import EventReport, Objection
from nuanxin.kernel.registry.selectors.kin import ancestors_of, spouses_of
from nuanxin.kernel.rulebook import selectors as rulebook

MARRIAGE_AGE = "marriage_age"
Person = Any  # a resident as the registry's selectors give it
CODES = {Sex.MALE: "male", Sex.FEMALE: "female"}
DIRECT_LINE, COLLATERAL = 3, 2  # generations back that relations are followed; cousins share grandparents
CHECK = "请核对双方证件；确属不符合结婚条件的，不得登记。"


@dataclass(frozen=True)
class Act:
    """A marriage or divorce with whom of its parties are known here."""

    kind: str
    on: dt.date
    a: Person | None
    b: Person | None
    a_name: str = ""
    b_name: str = ""

    @property
    def parties(self) -> list[tuple[Person, Person | None, str]]:
        """Return each known party with the other party and the other's name."""
        sides = [(self.a, self.b, self.b_name), (self.b, self.a, self.a_name)]
        return [(one, other, other.name if other else name) for one, other, name in sides if one is not None]


@dataclass
class Marriage:
    """A marriage of one known person: with whom, since and until when; `sure` when the registry knows both."""

    other: int | None
    name: str
    since: dt.date
    until: dt.date | None = None
    sure: bool = True

    def reaches(self, on: dt.date) -> bool:
        """Tell whether it lasts on a day or comes after it."""
        return self.until is None or self.until > on


def object_to_couples(acts: Sequence[Act], known: dict[int, list[Marriage]] | None = None) -> list[Objection]:
    """Return what speaks against each act, given those before it in the list's days and the registry's marriages.

    `known` are marriages besides those of the registry: register records of which one party lives elsewhere.
    """
    people = {person.pk: person for act in acts for person, _, _ in act.parties}
    standing = _standing(list(people), known or {})
    kin = ancestors_of(people, DIRECT_LINE) if any(act.kind == EventKind.MARRIAGE for act in acts) else {}
    found: list[Objection] = []
    order = sorted(range(len(acts)), key=lambda index: (acts[index].on, acts[index].kind != EventKind.DIVORCE, index))
    for index in order:
        act = acts[index]
        if act.kind == EventKind.DIVORCE:
            found += _part(index, act, standing)
            continue
        against = [*_too_young(index, act), *_same_sex(index, act), *_near_kin(index, act, kin)]
        found += against or _marry(index, act, standing)
    return sorted(found, key=lambda one: one.index)


def _standing(person_ids: list[int], known: dict[int, list[Marriage]]) -> dict[int, list[Marriage]]:
    standing: dict[int, list[Marriage]] = defaultdict(list)
    for person, spouses in spouses_of(person_ids).items():
        standing[person] += [Marriage(one.person_id, one.name, one.since, one.until) for one in spouses]
    for person, marriages in known.items():
        standing[person] += marriages
    return standing


def _too_young(index: int, act: Act) -> list[Objection]:
    found = []
    for person, _, _ in act.parties:
        least = rulebook.numbers(person.county, MARRIAGE_AGE, act.on).get(CODES.get(Sex(person.sex), ""))
        if person.birth is None or not isinstance(least, int):
            continue
        age = _age(person.birth, act.on)
        if age < least:
            said = f"{person.name}（{person.birth} 出生）在 {act.on} 满 {max(age, 0)} 周岁，未到法定婚龄 {least} 周岁。"
            found.append(Objection(index, said, CHECK))
    return found


def _age(birth: dt.date, on: dt.date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _same_sex(index: int, act: Act) -> list[Objection]:
    if act.a is None or act.b is None or act.a.sex != act.b.sex or act.a.sex not in CODES:
        return []
    said = f"{act.a.name}与{act.b.name}登记的性别都是{act.a.get_sex_display()}。"
    return [Objection(index, said, "请核对号码是否写错；性别登记有误的，请先订正居民档案。")]


def _near_kin(index: int, act: Act, kin: dict[int, dict[int, int]]) -> list[Objection]:
    if act.a is None or act.b is None:
        return []
    mine, theirs = {act.a.pk: 0, **kin.get(act.a.pk, {})}, {act.b.pk: 0, **kin.get(act.b.pk, {})}
    shared = [one for one in mine if one in theirs]
    direct = any(0 in (mine[one], theirs[one]) for one in shared)
    near = any(max(mine[one], theirs[one]) <= COLLATERAL for one in shared)
    if not direct and not near:
        return []
    what = "直系血亲" if direct else "三代以内的旁系血亲"
    return [Objection(index, f"按已登记的亲属关系，{act.a.name}与{act.b.name}是{what}，不得结婚。", CHECK)]


def _marry(index: int, act: Act, standing: dict[int, list[Marriage]]) -> list[Objection]:
    """Return the marriages in the way of this one; where there are none it stands for the acts after it."""
    found: list[Objection] = []
    for person, other, name in act.parties:
        one = next((one for one in standing[person.pk] if one.reaches(act.on)), None)
        if one is None:
            continue
        if other is not None and one.other == other.pk:
            said = f"{person.name}与{name}自 {one.since} 起已登记结婚，不能重复登记。"
            return [Objection(index, said, "同一对夫妻只登记一次，双方前后互换、证书号不同也是同一次。")]
        said = f"{person.name}自 {one.since} 起已与{one.name}登记结婚，尚无离婚登记。"
        found.append(Objection(index, said, "请先登记离婚或丧偶；前一条有误的，请先订正或作废。", not one.sure))
    if all(one.question for one in found):
        sure = act.a is not None and act.b is not None
        for person, other, name in act.parties:
            standing[person.pk].append(Marriage(other.pk if other else None, name, act.on, sure=sure))
    return found


def _part(index: int, act: Act, standing: dict[int, list[Marriage]]) -> list[Objection]:
    """End the couple's marriage; ask where none is known here: it may have been made elsewhere."""
    ended = False
    for person, other, name in act.parties:
        for one in standing[person.pk]:
            same = one.other == other.pk if other is not None and one.other is not None else one.name == name
            if same and one.since <= act.on and one.reaches(act.on):
                one.until, ended = act.on, True
    if ended or act.a is None or act.b is None:
        return []
    said = f"没有{act.a.name}与{act.b.name}在 {act.on} 以前的结婚登记。"
    return [Objection(index, said, "可能在外地结婚或当时未录入：请查验结婚证，写明核实情况后登记。", question=True)]


def check_events(reports: Sequence[EventReport]) -> list[Objection]:
    """Return what speaks against marriages that come from anywhere: the same bars as in the register."""
    return object_to_couples([Act(one.kind, one.on, one.person, one.other) for one in reports])


def check_coming_of_age(reports: Sequence[EventReport]) -> list[Objection]:
    """Return who is not of age on the day (民法典 第十七条)."""
    found = []
    for index, one in enumerate(reports):
        least = rulebook.numbers(one.person.county, "adult_age", one.on).get("")
        if one.person.birth is not None and isinstance(least, int) and _age(one.person.birth, one.on) < least:
            said = f"{one.person.name}（{one.person.birth} 出生）在 {one.on} 未满 {least} 周岁。"
            found.append(Objection(index, said, "请核对日期。"))
    return found
