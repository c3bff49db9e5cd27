"""Many life events confirmed at once, with the same effects and the same handlers as one at a time."""

from collections import defaultdict
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import F

from nuanxin.kernel.core.booking import months_asked_once
from nuanxin.kernel.core.bulk import bulk_insert, reserve_ids
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.enums import EventKind, EventState
from nuanxin.kernel.registry.events import Stage
from nuanxin.kernel.registry.models import LifeEvent, Person
from nuanxin.kernel.registry.services.effects import EFFECTS, ONE_A_PERSON, ONE_AT_A_TIME
from nuanxin.kernel.registry.services.events import already_open, check_report, new_event, run_stages
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
    people = _people(sorted({row["person_id"] for row in rows}))
    known = _known(list(people))
    fresh = [_fresh(row, people, known, change) for row in rows if _find(row, known) is None]
    _save(fresh)
    run_stages(fresh, Stage.REPORT, change)
    found = [event for event in (_find(row, known) for row in rows) if event is not None]
    _confirm([event for event in dict.fromkeys(found) if event.state == EventState.REPORTED], change)
    Change.objects.filter(pk=change.pk).update(rows=F("rows") + len(fresh))
    return [event.pk for event in found]


def _find(row: dict[str, Any], known: Known) -> LifeEvent | None:
    """Return the event that a row speaks of, if it is recorded."""
    same = (e for e in known.get(row["person_id"], []) if (e.kind, e.on) == (row["kind"], row["on"]))
    return next(same, None)


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
    """Return the events of these people that are not withdrawn, by person."""
    found: Known = defaultdict(list)
    for start in range(0, len(ids), CHUNK):
        rows = LifeEvent.objects.filter(person_id__in=ids[start : start + CHUNK])
        for event in rows.exclude(state=EventState.WITHDRAWN):
            found[event.person_id].append(event)
    return found


def _fresh(row: dict[str, Any], people: dict[int, Person], known: Known, change: Change) -> LifeEvent:
    """Return a new event of a row and remember it; Refused when it cannot be true or another of its kind is open."""
    person, kind = people[row["person_id"]], EventKind(row["kind"])
    check_report(person, kind, row["on"], row["other_id"])
    if any((event.kind, event.state) == (kind, EventState.REPORTED) for event in known[person.pk]):
        raise already_open(person.pk, kind)
    event = new_event(person, kind, row["on"], row["source"], row["other_id"], row["booked_month"], change)
    known[person.pk].append(event)
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
    """Return the events by kind; those whose effect takes one at a time stand alone."""
    by_kind: dict[str, list[LifeEvent]] = defaultdict(list)
    for event in reported:
        by_kind[event.kind].append(event)
    groups: list[list[LifeEvent]] = []
    for kind, listed in by_kind.items():
        alone = kind in ONE_AT_A_TIME or (kind in ONE_A_PERSON and not _all_differ(listed))
        groups += [[event] for event in listed] if alone else [listed]
    return groups


def _all_differ(listed: list[LifeEvent]) -> bool:
    """Tell whether nobody is in two of the events."""
    people = [one for event in listed for one in (event.person_id, event.other_id) if one is not None]
    return len(set(people)) == len(people)
