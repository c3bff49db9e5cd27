"""Putting a person's record right: name, day of birth, sex, ethnic group, and why there is no number."""

import datetime as dt
from typing import Any

from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.names import checked_name
from nuanxin.kernel.registry.enums import IdentifierKind, NameKind, Sex
from nuanxin.kernel.registry.initials import initials_of
from nuanxin.kernel.registry.models import FormerName, LifeEvent, Person
from nuanxin.kernel.registry.selectors.divisions import standing_division as division_of
from nuanxin.kernel.registry.selectors.stated import TELLING, stated_by
from nuanxin.kernel.registry.services.history import difference, record_item
from nuanxin.kernel.registry.services.households import lock_person
from nuanxin.kernel.registry.services.identities import current_number
from nuanxin.kernel.registry.services.people import check_birth

NO_CHANGE = Refused("person.same", "填写的与登记的一样，没有改动。", "请核对后重填；不用更正就返回。")


@transaction.atomic
def correct_name(*, change: Change, person_id: int, name: str, kind: str, on: dt.date | None = None) -> Person:
    """Give a person another name from a day on (today when None); the one held so far stays in history and is found.

    `kind` says why: the person changed it, or it was registered wrongly. Refused for the same name or a faulty one.
    """
    person = lock_person(person_id)
    new = checked_name(name)
    if new == person.name:
        raise NO_CHANGE
    if kind not in NameKind.values:
        raise Refused("person.name_kind", "还没有选是改名还是登记有误。", "请选择后再提交。", "kind")
    FormerName.objects.create(
        person=person, name=person.name, initials=person.initials, kind=kind, until=on or clock.today(), change=change
    )
    record_item(change=change, record=person, action="name", before={}, after={"name": kind})
    person.name, person.initials, person.change = new, initials_of(new), change
    person.save(update_fields=["name", "initials", "change"])
    return person


@transaction.atomic
def correct_person(
    *,
    change: Change,
    person_id: int,
    birth: dt.date | None,
    sex: int,
    birth_estimated: bool = False,
    ethnic: str | None = None,
) -> Person:
    """Correct the day of birth (None: not known), whether it is estimated, the sex and the ethnic group.

    Refused when nothing differs, when the birth cannot be, lies after something that happened to the person, or is not
    what the person's own number states: then the number is to be corrected first.
    """
    person = lock_person(person_id)
    _check_sex(sex)
    check_birth(birth)
    _check_before_events(person, birth)
    _check_number_says(person_id, birth, sex)
    return _put_right(
        person, change, birth=birth, sex=sex, birth_estimated=birth_estimated, ethnic=ethnic or person.ethnic
    )


@transaction.atomic
def take_from_number(*, change: Change, person_id: int) -> Person:
    """Take birth and sex from the person's present number; a person without such a number stays as registered."""
    person = lock_person(person_id)
    stated = next((said for kind in TELLING if (said := stated_by(kind, current_number(person_id, kind)))), None)
    if stated is None or stated == (person.birth, person.sex):
        return person
    _check_before_events(person, stated[0])
    return _put_right(person, change, birth=stated[0], sex=stated[1], birth_estimated=False)


@transaction.atomic
def move_person(*, change: Change, person_id: int, division: str) -> Person:
    """Say in which village of the county somebody without a household lives."""
    person, place = lock_person(person_id), division_of(division)
    if place.path.count(".") < 4 or place.path.split(".")[2] != person.county:
        raise Refused("person.division", "住址须是本县的村或社区。", "迁出本县请登记“迁出”。", "division")
    return _put_right(person, change, division_id=place.pk)


def _put_right(person: Person, change: Change, **values: Any) -> Person:
    before = {name: getattr(person, name) for name in values}
    if not difference(before, values):
        raise NO_CHANGE
    record_item(change=change, record=person, action="correct", before=before, after=values)
    for name, value in values.items():
        setattr(person, name, value)
    person.change = change
    person.save(update_fields=[*values, "change"])
    return person


def _check_sex(sex: int) -> None:
    if sex not in Sex.values:
        raise Refused("person.sex", "还没有选性别。", "请选择后再提交。", "sex")


def _check_before_events(person: Person, birth: dt.date | None) -> None:
    """Refuse a birth after a death, marriage or other event that stands."""
    if birth is None:
        return
    first = LifeEvent.objects.filter(person=person).exclude(state="withdrawn").exclude(kind="merged").order_by("on")
    event = first.first()
    if event is not None and event.on < birth:
        said = f"出生日期 {birth} 晚于已登记的{event.get_kind_display()}日期 {event.on}。"
        raise Refused("person.birth", said, "请核对；那条登记有误的，请先撤回。", "birth")


def _check_number_says(person_id: int, birth: dt.date | None, sex: int) -> None:
    stated = stated_by(IdentifierKind.CITIZEN_ID, current_number(person_id, IdentifierKind.CITIZEN_ID))
    if stated and stated[0] != birth:
        raise Refused(
            "person.birth_by_number", f"身份证号上的出生日期是 {stated[0]}。", "号码有误的，请先更正号码。", "birth"
        )
    if stated and stated[1] != sex:
        raise Refused(
            "person.sex_by_number", f"身份证号上的性别是{Sex(stated[1]).label}。", "号码有误的，请先更正号码。", "sex"
        )
