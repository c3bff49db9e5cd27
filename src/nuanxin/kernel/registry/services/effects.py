"""What a confirmed life event does to the registry itself, and the inverse of each."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import timeline
from nuanxin.kernel.registry.enums import EventKind, RelationKind
from nuanxin.kernel.registry.models import LifeEvent, Membership, Person, Relation
from nuanxin.kernel.registry.services.facts import end_relation, record_relation

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Effect:
    """A pair of acts; `apply` returns the moment its rows were recorded at, by which `undo` finds them."""

    apply: Callable[[LifeEvent, Change], dt.datetime | None]
    undo: Callable[[LifeEvent, Change], None]


def _memberships(event: LifeEvent, first_day_out: dt.date) -> list[Membership]:
    """Return the person's memberships from a day on; a person without one is no fault."""
    when = timeline.overlapping(first_day_out, None)
    return list(Membership.objects.filter(when, person_id=event.person_id, superseded_at__isnull=True))


def _return_to_household(event: LifeEvent, change: Change) -> None:
    if event.confirmed_at is not None:
        rows = list(Membership.objects.filter(person_id=event.person_id))
        timeline.undo(rows, at=event.confirmed_at, change=change)


def _die(event: LifeEvent, change: Change) -> dt.datetime | None:
    Person.objects.filter(pk=event.person_id).update(death=event.on, change=change)
    after = event.on + DAY
    members, marriages = _memberships(event, after), _marriages(event)
    moment = timeline.next_moment([*members, *marriages])
    timeline.clear_stretch(members, start=after, end=None, change=change, at=moment)
    timeline.clear_stretch(marriages, start=after, end=None, change=change, at=moment)
    return moment


def _live_again(event: LifeEvent, change: Change) -> None:
    Person.objects.filter(pk=event.person_id).update(death=None, change=change)
    _return_to_household(event, change)
    if event.confirmed_at is not None:
        timeline.undo(_marriages(event, ended=True), at=event.confirmed_at, change=change)


def _marriages(event: LifeEvent, *, ended: bool = False) -> list[Relation]:
    """Return both sides of the person's marriages: those standing after the event, or every row there ever was."""
    sides = Relation.objects.filter(kind=RelationKind.SPOUSE, person_id=event.person_id)
    sides |= Relation.objects.filter(kind=RelationKind.SPOUSE, other_id=event.person_id)
    if not ended:
        sides = sides.filter(timeline.overlapping(event.on + DAY, None), superseded_at__isnull=True)
    return list(sides)


def _move_out(event: LifeEvent, change: Change) -> dt.datetime | None:
    Person.objects.filter(pk=event.person_id).update(hukou_county="", change=change)
    members = _memberships(event, event.on)
    return timeline.clear_stretch(members, start=event.on, end=None, change=change)


def _come_back(event: LifeEvent, change: Change) -> None:
    Person.objects.filter(pk=event.person_id).update(hukou_county=event.county, change=change)
    _return_to_household(event, change)


def _move_in(event: LifeEvent, change: Change) -> None:
    Person.objects.filter(pk=event.person_id).update(hukou_county=event.county, change=change)


def _not_moved_in(event: LifeEvent, change: Change) -> None:
    Person.objects.filter(pk=event.person_id).update(hukou_county="", change=change)


def _marry(event: LifeEvent, change: Change) -> dt.datetime | None:
    assert event.other_id is not None
    row = record_relation(
        change=change, person_id=event.person_id, other_id=event.other_id, kind=RelationKind.SPOUSE, valid_from=event.on
    )
    return row.recorded_at


def _divorce(event: LifeEvent, change: Change) -> dt.datetime | None:
    return end_relation(
        change=change, person_id=event.person_id, other_id=event.other_id, kind=RelationKind.SPOUSE, on=event.on
    )


def _undo_relation(event: LifeEvent, change: Change) -> None:
    """Put the couple's relation back to what stood before."""
    if event.confirmed_at is None:
        return
    couple = [event.person_id, event.other_id]
    rows = Relation.objects.filter(person_id__in=couple, other_id__in=couple, kind=RelationKind.SPOUSE)
    timeline.undo(list(rows), at=event.confirmed_at, change=change)


def _nothing(event: LifeEvent, change: Change) -> None:
    """Do nothing: the event itself is the record."""


def _refuse(event: LifeEvent, change: Change) -> None:
    raise Refused("event.merged", "档案合并尚不能登记。", "请先把重复的档案报县局处理。")


EFFECTS: dict[EventKind, Effect] = {
    EventKind.BIRTH: Effect(_nothing, _nothing),
    EventKind.DEATH: Effect(_die, _live_again),
    EventKind.MOVE_IN: Effect(_move_in, _not_moved_in),
    EventKind.MOVE_OUT: Effect(_move_out, _come_back),
    EventKind.MARRIAGE: Effect(_marry, _undo_relation),
    EventKind.DIVORCE: Effect(_divorce, _undo_relation),
    EventKind.COMING_OF_AGE: Effect(_nothing, _nothing),
    EventKind.MERGED: Effect(_refuse, _refuse),
}
