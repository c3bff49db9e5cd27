"""Life events: reported holds, confirmed acts, withdrawn undoes; each in one transaction with every handler."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.core import queue
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import events
from nuanxin.kernel.registry.enums import EventKind, EventState
from nuanxin.kernel.registry.events import EventNotice, Stage
from nuanxin.kernel.registry.models import LifeEvent, Person
from nuanxin.kernel.registry.selectors.divisions import township_of
from nuanxin.kernel.registry.services.effects import EFFECTS
from nuanxin.kernel.registry.services.history import record_item
from nuanxin.kernel.registry.services.households import lock_person
from nuanxin.kernel.registry.services.merging import check_merger

PAIRED = {EventKind.MARRIAGE, EventKind.DIVORCE}


@transaction.atomic
def report_event(
    *,
    change: Change,
    kind: str,
    person_id: int,
    on: dt.date,
    source: str,
    other_id: int | None = None,
    booked_month: dt.date | None = None,
) -> LifeEvent:
    """Report a life event: what it would stop is held until it is confirmed or withdrawn.

    Refused on an impossible date, and while the same kind is still open for the person. `booked_month` None means the
    month of the date, or the open month when that one is closed.
    """
    person = lock_person(person_id)
    check_report(person, EventKind(kind), on, other_id)
    if LifeEvent.objects.filter(person=person, kind=kind, state=EventState.REPORTED).exists():
        raise already_open(person.pk, EventKind(kind))
    event = new_event(person, EventKind(kind), on, source, other_id, booked_month, change)
    event.save()
    run_stage(event, Stage.REPORT, change)
    return event


def already_open(person_id: int, kind: EventKind) -> Refused:
    """Return the refusal of a second open report."""
    return Refused("event.twice", f"居民 {person_id} 已有一条待确认的{kind.label}报告。", "请确认或撤回那一条。")


def new_event(
    person: Person,
    kind: EventKind,
    on: dt.date,
    source: str,
    other_id: int | None,
    booked_month: dt.date | None,
    change: Change,
) -> LifeEvent:
    """Return a reported event, not yet saved, booked where the person lives."""
    return LifeEvent(
        county=person.county,
        kind=kind,
        person=person,
        other_id=other_id,
        on=on,
        state=EventState.REPORTED,
        source=source,
        township=township_of(person.division_id),
        booked_month=booked_month or booking_month(person.county, on),
        change=change,
    )


def check_report(person: Person, kind: EventKind, on: dt.date, other_id: int | None) -> None:
    """Refuse an event that cannot be true of the person."""
    if person.birth is not None and on < person.birth:
        raise Refused("event.date", f"居民 {person.pk} 的日期 {on} 早于出生日期 {person.birth}。", "请核对日期。")
    if kind in PAIRED and other_id is None:
        raise Refused("event.other", f"{kind.label}须填写另一方。", "请选择另一方。")
    if kind == EventKind.MERGED:
        check_merger(person, other_id)
        return
    if person.death is not None and kind == EventKind.DEATH:
        raise Refused("event.dead", f"居民 {person.pk} 已登记于 {person.death} 死亡。", "无需重复登记。")
    if person.death is not None and on > person.death:
        raise Refused("event.dead", f"居民 {person.pk} 已于 {person.death} 死亡。", "请核对人员和日期。")


@transaction.atomic
def confirm_event(*, change: Change, event_id: int) -> LifeEvent:
    """Confirm a reported event: the registry's own consequences, then every registered handler, then queued steps.

    Confirming a confirmed event changes nothing; a withdrawn one is refused.
    """
    event = _locked(event_id)
    if event.state == EventState.CONFIRMED:
        return event
    if event.state != EventState.REPORTED:
        raise Refused("event.withdrawn", "这条报告已撤回，不能确认。", "如情况属实，请重新报告。")
    event.confirmed_at = EFFECTS[EventKind(event.kind)].apply([event], change)
    _move(event, EventState.CONFIRMED, change)
    run_stage(event, Stage.CONFIRM, change)
    return event


@transaction.atomic
def withdraw_event(*, change: Change, event_id: int) -> LifeEvent:
    """Withdraw an event: the inverses of what it did, last first. Withdrawing twice changes nothing."""
    event = _locked(event_id)
    if event.state == EventState.WITHDRAWN:
        return event
    notice = _notice(event, change)
    if event.state == EventState.CONFIRMED:
        events.run_inverses(notice, Stage.CONFIRM)
        EFFECTS[EventKind(event.kind)].undo(event, change)
    events.run_inverses(notice, Stage.REPORT)
    _move(event, EventState.WITHDRAWN, change)
    return event


def _locked(event_id: int) -> LifeEvent:
    event = LifeEvent.objects.select_for_update().filter(pk=event_id).first()
    if event is None:
        raise Refused("event.unknown", f"没有编号为 {event_id} 的事件。", "请刷新页面后重选。")
    lock_person(event.person_id)
    return event


def _move(event: LifeEvent, state: EventState, change: Change) -> None:
    record_item(change=change, record=event, action=state, before={"state": event.state}, after={"state": state})
    event.state, event.change = state, change
    event.save(update_fields=["state", "change", "confirmed_at"])


def _notice(event: LifeEvent, change: Change) -> EventNotice:
    return EventNotice(
        event_id=event.pk,
        county=event.county,
        kind=EventKind(event.kind),
        person_id=event.person_id,
        other_id=event.other_id,
        on=event.on,
        booked_month=event.booked_month,
        change=change,
    )


def run_stage(event: LifeEvent, stage: Stage, change: Change) -> None:
    """Run the stage's handlers and queue its steps."""
    events.run_handlers(_notice(event, change), stage)
    _queue_steps(event, stage, change)


def run_stages(listed: Sequence[LifeEvent], stage: Stage, change: Change) -> None:
    """Run the stage of many events and queue its steps, kind by kind."""
    by_kind: dict[str, list[EventNotice]] = defaultdict(list)
    for event in listed:
        by_kind[event.kind].append(_notice(event, change))
    for notices in by_kind.values():
        events.run_handlers_of_many(notices, stage)
    for event in listed:
        _queue_steps(event, stage, change)


def _queue_steps(event: LifeEvent, stage: Stage, change: Change) -> None:
    for step in events.steps_of(EventKind(event.kind), stage):
        queue.reopen_step(kind=step, key=str(event.pk), change=change)
