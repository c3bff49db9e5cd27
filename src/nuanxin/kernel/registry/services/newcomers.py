"""Registering somebody who is not yet here, with or without a number, in a household of their own or in one here."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.names import visible_line
from nuanxin.kernel.registry.enums import ATTACHED, IdentifierKind, MemberRole, Sex
from nuanxin.kernel.registry.models import Household, Person
from nuanxin.kernel.registry.selectors.households import household_by_id
from nuanxin.kernel.registry.selectors.stated import normalise_number, stated_by
from nuanxin.kernel.registry.services.households import add_member, register_household
from nuanxin.kernel.registry.services.people import register_person

REASON_LENGTH = 60


@dataclass(frozen=True)
class Newcomer:
    """What is known of somebody at the counter; `number` is empty for kind `none`, which needs `why_unnumbered`.

    Birth and sex may be left out where the number states them.
    """

    name: str
    kind: str = IdentifierKind.CITIZEN_ID
    number: str = ""
    sex: int | None = None
    birth: dt.date | None = None
    birth_estimated: bool = False
    why_unnumbered: str = ""
    phone: str = ""
    hukou_here: bool = True


@transaction.atomic
def register_newcomer(
    *,
    change: Change,
    newcomer: Newcomer,
    division: str,
    household_id: int | None = None,
    role: str = "",
    address: str = "",
) -> Household:
    """Register a person and make them a member from today: of a household here with a role, else of their own.

    Refused in words that name the field: a faulty or taken number, a birth or sex that is not the number's, a person
    without number for whom nobody says why.
    """
    home = household_by_id(household_id) if household_id is not None else None
    if home is not None and role not in MemberRole.values:
        raise Refused("member.role", "还没有选与户主的关系。", "请选择后再提交。", "role")
    person = _person(newcomer, home.division_id if home else division, change)
    if home is None:
        home = register_household(
            change=change, division=division, address=visible_line(address)[:120], opened=clock.today()
        )
    given = role if household_id is not None else MemberRole.HEAD.value
    add_member(change=change, household_id=home.pk, person_id=person.pk, role=given, valid_from=clock.today())
    return home


def _person(new: Newcomer, division: str, change: Change) -> Person:
    kind = _kind(new)
    number = "" if kind == IdentifierKind.NONE else normalise_number(kind, new.number)
    birth, sex = _birth_and_sex(new, kind, number)
    return register_person(
        change=change,
        division=division,
        name=new.name,
        sex=sex,
        birth=birth,
        birth_estimated=new.birth_estimated and stated_by(kind, number) is None,
        numbers={kind.value: number} if number else {},
        unnumbered=visible_line(new.why_unnumbered)[:REASON_LENGTH] if kind == IdentifierKind.NONE else "",
        phone=new.phone.strip(),
        hukou_county=None if new.hukou_here else "",
    )


def _kind(new: Newcomer) -> IdentifierKind:
    if new.kind not in IdentifierKind.values or new.kind in ATTACHED:
        raise Refused("identifier.kind", "还没有选证件种类。", "请选择后再提交。", "kind")
    kind = IdentifierKind(new.kind)
    if kind == IdentifierKind.NONE and new.number.strip():
        raise Refused(
            "identifier.none", "选了“无身份证件”，又填了号码。", "有证件的请选证件种类；没有的请清空号码。", "number"
        )
    if kind == IdentifierKind.NONE and not visible_line(new.why_unnumbered):
        raise Refused(
            "identifier.why", "还没有写没有证件的原因。", "如：流浪乞讨、身份待查、新生儿未落户。", "unnumbered"
        )
    if kind != IdentifierKind.NONE and not new.number.strip():
        raise Refused(
            "identifier.empty", "还没有填证件号码。", "请填写；确实没有证件的，种类选“无身份证件”。", "number"
        )
    return kind


def _birth_and_sex(new: Newcomer, kind: IdentifierKind, number: str) -> tuple[dt.date | None, int]:
    """Return the birth and sex the number states, else those given; Refused when both are there and differ."""
    stated = stated_by(kind, number)
    if stated is None:
        if new.birth is None:
            raise Refused("person.birth", "还没有填出生日期。", "请填写；不清楚的填估计的日期，并勾选“估计”。", "birth")
        if new.sex not in (Sex.MALE, Sex.FEMALE):
            raise Refused("person.sex", "还没有选性别。", "请选择后再提交。", "sex")
        return new.birth, new.sex
    if new.birth is not None and new.birth != stated[0]:
        raise Refused(
            "person.birth_by_number",
            f"证件号码上的出生日期是 {stated[0]}，与填写的不同。",
            "请核对号码和日期。",
            "birth",
        )
    if new.sex is not None and new.sex != stated[1]:
        raise Refused(
            "person.sex_by_number",
            f"证件号码上的性别是{Sex(stated[1]).label}，与填写的不同。",
            "请核对号码和性别。",
            "sex",
        )
    return stated
