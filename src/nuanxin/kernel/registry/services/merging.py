"""Two records of one person become one: what the absorbed one holds follows by new rows, and goes back when withdrawn.

The confirmed event itself is the alias (`LifeEvent`: person stays, other is absorbed). Memberships, circumstances and
relations follow as rows with two times, so that what was known before can be read; where both records say something of
the same time, the one that stays is right. Numbers and accounts stay in their rows and are found through the alias.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.models import Bitemporal, Circumstance, LifeEvent, Membership, Person, Relation
from nuanxin.kernel.registry.services.history import record_item
from nuanxin.kernel.registry.services.removals import return_home
from nuanxin.kernel.registry.services.timeline import supersede, undo
from nuanxin.kernel.registry.timeline import Stretch, cut_out, next_moment

NOWHERE = ""
ONE_CHANGE = "请核对两份档案，并先撤回其中一份的重复登记。"


def check_merger(person: Person, other_id: int | None) -> None:
    """Refuse a merger of a record with itself, across counties, of an absorbed record, or of two different people."""
    other = Person.objects.filter(pk=other_id or 0).first()
    if other is None or other.pk == person.pk:
        raise Refused("event.other", "档案合并须填写另一份档案。", "请选择同一个人的另一份档案。")
    if other.county != person.county:
        raise Refused("event.merged", "两份档案不在同一个县，或其中一份已经合并。", "请先办理迁移，再合并。")
    if person.sex != other.sex or (person.birth and other.birth and person.birth != other.birth):
        raise Refused("event.merged", "两份档案的性别或出生日期不同，不能认定是同一个人。", "请先订正有误的一份。")
    if other.death is not None and person.death != other.death:
        raise Refused("event.merged", f"档案 {other.pk} 已登记死亡，保留的档案没有。", ONE_CHANGE)
    if LifeEvent.objects.filter(Q(person=other) | Q(other=other), state="reported").exclude(kind="merged").exists():
        raise Refused("event.merged", f"档案 {other.pk} 还有待确认的事件。", "请先确认或撤回那一条，再合并。")


def merge_people(events: Sequence[LifeEvent], change: Change) -> dt.datetime | None:
    """Let what the absorbed record holds follow to the one that stays; return the moment of the new rows."""
    (event,) = events
    assert event.other_id is not None
    if change.actor_id is not None and change.actor_id == event.change.actor_id:
        raise Refused("event.same_person", "合并档案须由另一人确认。", "请交给审核人员办理。")
    check_merger(event.person, event.other_id)
    _set_county(event.other_id, event.county, NOWHERE, change)
    tables = [Membership, Circumstance, Relation]
    rows = {model: _rows(model, event.other_id) for model in tables}
    moment = next_moment([row for found in rows.values() for row in found])
    for model in tables:
        _follow(rows[model], event.person_id, event.other_id, moment, change)
    return_home(change=change, person_id=event.person_id, on=event.on)
    return moment


def unmerge_people(event: LifeEvent, change: Change) -> None:
    """Give the absorbed record back what followed; what was changed since stays with the one that was kept."""
    if event.other_id is None or event.confirmed_at is None:
        return
    _set_county(event.other_id, NOWHERE, event.county, change)
    for model in (Membership, Circumstance, Relation):
        both = Q(person_id__in=(event.person_id, event.other_id))
        if model is Relation:
            both |= Q(other_id__in=(event.person_id, event.other_id))
        undo(list(model._default_manager.filter(both)), at=event.confirmed_at, change=change)
    for person_id in (event.person_id, event.other_id):
        return_home(change=change, person_id=person_id, on=event.on)


def _set_county(person_id: int, before: str, after: str, change: Change) -> None:
    """Take a record out of its county's snapshots, lists and counts, or put it back."""
    person = Person.objects.select_for_update().get(pk=person_id)
    record_item(change=change, record=person, action="update", before={"county": before}, after={"county": after})
    person.county, person.change = after, change
    person.save(update_fields=["county", "change"])


def _rows(model: Any, person_id: int) -> list[Any]:
    held = Q(person_id=person_id) | Q(other_id=person_id) if model is Relation else Q(person_id=person_id)
    return list(model._default_manager.filter(held, superseded_at__isnull=True))


def _follow(rows: list[Any], kept: int, absorbed: int, moment: dt.datetime, change: Change) -> None:
    """Supersede the absorbed record's rows; insert what they say of a time of which the kept record says nothing."""
    if not rows:
        return
    supersede(rows, moment)
    model = type(rows[0])
    names = [f.attname for f in model._meta.concrete_fields if not f.primary_key]
    new = []
    for row in rows:
        said = {name: getattr(row, name) for name in names}
        said |= {n: kept for n in ("person_id", "other_id") if said.get(n) == absorbed}
        if said.get("other_id") == said["person_id"]:
            continue
        for start, end in _left(model, row, said):
            stood = {"valid_from": start, "valid_to": end, "recorded_at": moment, "superseded_at": None}
            new.append(tuple((said | stood | {"change_id": change.pk})[name] for name in names))
    bulk_insert(model=model, columns=names, rows=new)


def _left(model: type[Bitemporal], row: Bitemporal, said: dict[str, Any]) -> list[Stretch]:
    """Return the stretches of a row of which the kept record says nothing of the same kind."""
    same = {n: said[n] for n in _same(model)}
    left: list[Stretch] = [(row.valid_from, row.valid_to)]
    for stands in model._default_manager.filter(superseded_at__isnull=True, **same):
        left = [part for stretch in left for part in cut_out(stretch, stands.valid_from, stands.valid_to)]
    return left


def _same(model: type[Bitemporal]) -> tuple[str, ...]:
    """Return the columns by which two rows speak of the same: one household at a time, one value, one relative."""
    if model is Circumstance:
        return "person_id", "kind", "standing"
    if model is Membership:
        return ("person_id",)
    return "person_id", "other_id", "kind"
