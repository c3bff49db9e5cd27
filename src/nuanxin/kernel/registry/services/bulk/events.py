"""Many life events confirmed at once, with the same effects and the same handlers as one at a time."""

from collections import Counter, defaultdict
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import F

from nuanxin.kernel.core.booking import months_asked_once
from nuanxin.kernel.core.bulk import bulk_insert, reserve_ids
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.enums import EventKind, EventState
from nuanxin.kernel.registry.events import EventReport, Stage
from nuanxin.kernel.registry.models import LifeEvent, Person
from nuanxin.kernel.registry.services.effects import EFFECTS, ONE_AT_A_TIME
from nuanxin.kernel.registry.services.event_checks import PAIRED, check_objections, check_report
from nuanxin.kernel.registry.services.events import check_known, new_event, run_stages
from nuanxin.kernel.registry.services.tables import Columns, conform, refuse_unless_in
from nuanxin.kernel.registry.timeline import CHUNK

COLUMNS = Columns(
    needed={"kind": pa.string(), "person_id": pa.int64(), "on": pa.date32(), "source": pa.string()},
    optional={"other_id": pa.int64(), "booked_month": pa.date32()},
)
Known = dict[int, list[LifeEvent]]


@transaction.atomic
@months_asked_once()
def confirm_events(*, change: Change, table: pa.Table) -> list[int]:
    """Confirm many events (columns `kind person_id on source [other_id booked_month]`); return their ids in order.

    An event already reported is confirmed, one already confirmed stays, a new one is reported first; all or none.
    """
    conformed = conform(table, COLUMNS)
    refuse_unless_in(conformed, "kind", list(EventKind.values), "事件类型")
    rows = conformed.to_pylist()
    people = _people(sorted({one for row in rows for one in (row["person_id"], row["other_id"]) if one is not None}))
    known = _known(list(people))
    fresh = [_fresh(row, people, known, change) for row in rows if _find(row, known) is None]
    check_objections([_report(event, people) for event in fresh])
    _save(fresh)
    run_stages(fresh, Stage.REPORT, change)
    found = [event for event in (_find(row, known) for row in rows) if event is not None]
    _confirm([event for event in dict.fromkeys(found) if event.state == EventState.REPORTED], change)
    Change.objects.filter(pk=change.pk).update(rows=F("rows") + len(fresh))
    return [event.pk for event in found]


def _find(row: dict[str, Any], known: Known) -> LifeEvent | None:
    """Return the event that a row speaks of, if it is recorded; of a couple in either order."""
    parties = _parties(row["kind"], row["person_id"], row["other_id"])
    for event in known.get(row["person_id"], []):
        same = (event.kind, event.on) == (row["kind"], row["on"])
        if same and _parties(event.kind, event.person_id, event.other_id) == parties:
            return event
    return None


def _parties(kind: str, person_id: int, other_id: int | None) -> frozenset[int | None] | int:
    """Return whom an event is about: both of a couple, of every other kind the person alone."""
    return frozenset((person_id, other_id)) if kind in PAIRED else person_id


def _report(event: LifeEvent, people: dict[int, Person]) -> EventReport:
    other = people[event.other_id] if event.other_id is not None else None
    return EventReport(EventKind(event.kind), people[event.person_id], other, event.on)


def _people(ids: list[int]) -> dict[int, Person]:
    """Return the people, locked; Refused when one is not there."""
    people: dict[int, Person] = {}
    for start in range(0, len(ids), CHUNK):
        chosen = Person.objects.select_for_update().filter(pk__in=ids[start : start + CHUNK]).order_by("pk")
        people.update({person.pk: person for person in chosen})
    missing = [one for one in ids if one not in people]
    if missing:
        raise Refused("person.unknown", f"没有编号为 {missing[0]} 的居民。", "请核对名单。")
    return people


def _known(ids: list[int]) -> Known:
    """Return the events of these people that are not withdrawn, by person; a couple's stands with both."""
    found: Known = defaultdict(list)
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        for event in LifeEvent.objects.filter(person_id__in=part).exclude(state=EventState.WITHDRAWN):
            found[event.person_id].append(event)
        for event in LifeEvent.objects.filter(other_id__in=part).exclude(state=EventState.WITHDRAWN):
            assert event.other_id is not None
            found[event.other_id].append(event)
    return found


def _fresh(row: dict[str, Any], people: dict[int, Person], known: Known, change: Change) -> LifeEvent:
    """Return a new event of a row and remember it; Refused when it cannot be true or another of its kind is open."""
    person, kind = people[row["person_id"]], EventKind(row["kind"])
    other = people[row["other_id"]] if row["other_id"] is not None else None
    check_report(person, kind, row["on"], other)
    # Somebody may marry, divorce and marry in one batch; two deaths of one person are refused within it, too.
    before = [one for one in known[person.pk] if one.pk] if kind in PAIRED else known[person.pk]
    check_known(person, kind, row["on"], before)
    event = new_event(person, kind, row["on"], row["source"], row["other_id"], row["booked_month"], change)
    known[person.pk].append(event)
    if other is not None:
        known[other.pk].append(event)
    return event


def _save(fresh: list[LifeEvent]) -> None:
    """Insert the events with ids given here, so that handlers may name them."""
    names = [field.attname for field in LifeEvent._meta.concrete_fields]
    for event, free in zip(fresh, reserve_ids(model=LifeEvent, count=len(fresh)), strict=True):
        event.pk = free
    if fresh:
        bulk_insert(model=LifeEvent, columns=names, rows=[tuple(getattr(e, name) for name in names) for e in fresh])


def _confirm(reported: list[LifeEvent], change: Change) -> None:
    """Apply the effects kind by kind, mark the events confirmed, then run every handler."""
    for group in _groups(reported):
        moment = EFFECTS[EventKind(group[0].kind)].apply(group, change)
        ids = [event.pk for event in group]
        for start in range(0, len(ids), CHUNK):
            chosen = LifeEvent.objects.filter(pk__in=ids[start : start + CHUNK])
            chosen.update(state=EventState.CONFIRMED, confirmed_at=moment, change=change)
        for event in group:
            event.state, event.confirmed_at, event.change = EventState.CONFIRMED, moment, change
        run_stages(group, Stage.CONFIRM, change)


def _groups(reported: list[LifeEvent]) -> list[list[LifeEvent]]:
    """Return the events by kind; those whose effect takes one at a time stand alone.

    Who marries and divorces more than once in a batch does so one after the other, a divorce before a marriage of its
    day.
    """
    often = _more_than_once(reported)
    in_turn = [event for event in reported if event.kind in PAIRED and often & {event.person_id, event.other_id}]
    apart = {event.pk for event in in_turn}
    by_kind: dict[str, list[LifeEvent]] = defaultdict(list)
    for event in reported:
        if event.pk not in apart:
            by_kind[event.kind].append(event)
    groups: list[list[LifeEvent]] = []
    for kind, listed in by_kind.items():
        groups += [[event] for event in listed] if kind in ONE_AT_A_TIME else [listed]
    return groups + [[event] for event in sorted(in_turn, key=lambda one: (one.on, one.kind != EventKind.DIVORCE))]


def _more_than_once(reported: list[LifeEvent]) -> set[int | None]:
    """Return who is a party of several marriages and divorces."""
    counts = Counter(one for event in reported if event.kind in PAIRED for one in (event.person_id, event.other_id))
    return {person for person, times in counts.items() if times > 1}
