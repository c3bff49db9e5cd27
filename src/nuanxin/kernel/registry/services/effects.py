"""What confirmed life events do to the registry itself, and the inverse of each."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import timeline
from nuanxin.kernel.registry.enums import EventKind, RelationKind
from nuanxin.kernel.registry.models import Bitemporal, LifeEvent, Membership, Person, Relation
from nuanxin.kernel.registry.services.facts import end_relation, record_marriages
from nuanxin.kernel.registry.services.merging import merge_people, unmerge_people
from nuanxin.kernel.registry.services.removals import return_home
from nuanxin.kernel.registry.services.timeline import replace, undo

DAY = dt.timedelta(days=1)
Events = Sequence[LifeEvent]


@dataclass(frozen=True)
class Effect:
    """A pair of acts; `apply` (events of one kind) returns the moment of its rows, by which `undo` finds them."""

    apply: Callable[[Events, Change], dt.datetime | None]
    undo: Callable[[LifeEvent, Change], None]


def _cut_after(
    rows: Sequence[timeline.Row], first_day: Callable[[timeline.Row], dt.date]
) -> list[tuple[timeline.Row, list[timeline.Stretch]]]:
    """Return each row that reaches beyond its first day out with what is left of it."""
    touched = [(row, first_day(row)) for row in rows if row.valid_to is None or row.valid_to > first_day(row)]
    return [(row, timeline.cut_out((row.valid_from, row.valid_to), day, None)) for row, day in touched]


def _die(events: Events, change: Change) -> dt.datetime | None:
    """Set the dates of death; memberships and marriages end on the day after."""
    by_day: dict[dt.date, list[int]] = defaultdict(list)
    for event in events:
        by_day[event.on].append(event.person_id)
    for day, ids in by_day.items():
        Person.objects.filter(pk__in=ids).update(death=day, change=change)
    out = {event.person_id: event.on + DAY for event in events}
    members = _cut_after(list(timeline.current_rows(Membership, "person_id", out)), lambda row: out[row.person_id])
    marriages = _cut_after(_marriages(list(out)), lambda row: out.get(row.person_id) or out[row.other_id])
    touched: list[Bitemporal] = [*(row for row, _ in members), *(row for row, _ in marriages)]
    moment = timeline.next_moment(touched)
    replace(members, change=change, at=moment)
    replace(marriages, change=change, at=moment)
    return moment


def _marriages(person_ids: list[int]) -> list[Relation]:
    """Return both sides of the marriages that are known now."""
    sides = [row for column in ("person_id", "other_id") for row in timeline.current_rows(Relation, column, person_ids)]
    return list({row.pk: row for row in sides if row.kind == RelationKind.SPOUSE}.values())


def _live_again(event: LifeEvent, change: Change) -> None:
    Person.objects.filter(pk=event.person_id).update(death=None, change=change)
    _return_to_household(event, change)
    if event.confirmed_at is not None:
        rows = Relation.objects.filter(kind=RelationKind.SPOUSE, person_id=event.person_id)
        rows |= Relation.objects.filter(kind=RelationKind.SPOUSE, other_id=event.person_id)
        undo(list(rows), at=event.confirmed_at, change=change)


def _return_to_household(event: LifeEvent, change: Change) -> None:
    if event.confirmed_at is not None:
        rows = list(Membership.objects.filter(person_id=event.person_id))
        undo(rows, at=event.confirmed_at, change=change)
        return_home(change=change, person_id=event.person_id, on=event.on)


def _move_out(events: Events, change: Change) -> dt.datetime | None:
    out = {event.person_id: event.on for event in events}
    Person.objects.filter(pk__in=list(out)).update(hukou_county="", change=change)
    members = list(timeline.current_rows(Membership, "person_id", out))
    return replace(_cut_after(members, lambda row: out[row.person_id]), change=change)


def _come_back(event: LifeEvent, change: Change) -> None:
    Person.objects.filter(pk=event.person_id).update(hukou_county=event.county, change=change)
    _return_to_household(event, change)


def _move_in(events: Events, change: Change) -> None:
    for event in events:
        Person.objects.filter(pk=event.person_id).update(hukou_county=event.county, change=change)


def _not_moved_in(event: LifeEvent, change: Change) -> None:
    Person.objects.filter(pk=event.person_id).update(hukou_county="", change=change)


def _marry(events: Events, change: Change) -> dt.datetime | None:
    couples = [(event.person_id, event.other_id, event.on) for event in events if event.other_id is not None]
    return record_marriages(change=change, couples=couples)


def _divorce(events: Events, change: Change) -> dt.datetime | None:
    (event,) = events
    return end_relation(
        change=change, person_id=event.person_id, other_id=event.other_id, kind=RelationKind.SPOUSE, on=event.on
    )


def _undo_relation(event: LifeEvent, change: Change) -> None:
    """Put the couple's relation back to what stood before."""
    if event.confirmed_at is None or event.other_id is None:
        return
    couple = [event.person_id, event.other_id]
    rows = Relation.objects.filter(person_id__in=couple, other_id__in=couple, kind=RelationKind.SPOUSE)
    undo(list(rows), at=event.confirmed_at, change=change)


def _nothing(events: Events, change: Change) -> None:
    """Do nothing: the event itself is the record."""


def _nothing_undone(event: LifeEvent, change: Change) -> None:
    """Undo nothing."""


EFFECTS: dict[EventKind, Effect] = {
    EventKind.BIRTH: Effect(_nothing, _nothing_undone),
    EventKind.DEATH: Effect(_die, _live_again),
    EventKind.MOVE_IN: Effect(_move_in, _not_moved_in),
    EventKind.MOVE_OUT: Effect(_move_out, _come_back),
    EventKind.MARRIAGE: Effect(_marry, _undo_relation),
    EventKind.DIVORCE: Effect(_divorce, _undo_relation),
    EventKind.COMING_OF_AGE: Effect(_nothing, _nothing_undone),
    EventKind.MERGED: Effect(merge_people, unmerge_people),
}
ONE_AT_A_TIME = {EventKind.DIVORCE, EventKind.MERGED}
