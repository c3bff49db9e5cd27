"""Life events: reported holds, confirmed acts, withdrawn undoes; each in one transaction with every handler."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from nuanxin.kernel.core import queue
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import events
from nuanxin.kernel.registry.enums import EventKind, EventState
from nuanxin.kernel.registry.events import EventNotice, EventReport, Stage
from nuanxin.kernel.registry.models import LifeEvent, Person
from nuanxin.kernel.registry.selectors.divisions import township_of
from nuanxin.kernel.registry.services.effects import EFFECTS
from nuanxin.kernel.registry.services.event_checks import (
    PAIRED,
    already_open,
    check_later_events,
    check_objections,
    check_report,
)
from nuanxin.kernel.registry.services.history import record_item
from nuanxin.kernel.registry.services.households import lock_person
from nuanxin.kernel.registry.services.withdrawals import refuse_while_needed


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

    Refused on an impossible date (after today, before birth), on what the law bars, and while the same kind is still
    open for the person. `booked_month` None means the month of the date, or the open month when that one is closed.
    """
    person = lock_person(person_id)
    check_new(person, EventKind(kind), on, Person.objects.filter(pk=other_id).first() if other_id else None)
    event = new_event(person, EventKind(kind), on, source, other_id, booked_month, change)
    event.save()
    run_stage(event, Stage.REPORT, change)
    return event


def check_new(person: Person, kind: EventKind, on: dt.date, other: Person | None) -> None:
    """Refuse a report that cannot be true, or while one of its kind is open for the person."""
    check_report(person, kind, on, other)
    known = list(LifeEvent.objects.filter(Q(person=person) | Q(other=person)).exclude(state=EventState.WITHDRAWN))
    check_known(person, kind, on, known)
    check_objections([EventReport(kind, person, other, on)])


def check_known(person: Person, kind: EventKind, on: dt.date, known: Sequence[LifeEvent]) -> None:
    """Refuse what does not go with the events of the person that are known already."""
    for event in known:
        mine = kind in PAIRED or event.person_id == person.pk
        if mine and (event.kind, event.state) == (kind, EventState.REPORTED):
            raise already_open(person, kind, event)
    if kind == EventKind.DEATH:
        check_later_events(person, on, known)


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
    """Withdraw an event: the inverses of what it did, last first. Withdrawing twice changes nothing.

    Refused while a register's record, a later event or a later marriage stands on a confirmed one; it says which.
    """
    event = _locked(event_id)
    if event.state == EventState.WITHDRAWN:
        return event
    notice = _notice(event, change)
    if event.state == EventState.CONFIRMED:
        refuse_while_needed(event, notice)
        events.run_inverses(notice, Stage.CONFIRM)
        EFFECTS[EventKind(event.kind)].undo(event, change)
    events.run_inverses(notice, Stage.REPORT)
    _move(event, EventState.WITHDRAWN, change)
    return event


@transaction.atomic
def correct_event(*, change: Change, event_id: int, on: dt.date) -> LifeEvent:
    """Put the day of an event right: it is withdrawn and reported anew, confirmed where it was; return the new one.

    Refused as a withdrawal and as a report; a merger of records and a withdrawn event have no day to correct.
    """
    old = _locked(event_id)
    if old.state == EventState.WITHDRAWN or old.kind == EventKind.MERGED:
        raise Refused("event.withdrawn", "这条报告已撤回，不能订正。", "如情况属实，请重新报告。")
    if old.on == on:
        raise Refused("event.same", f"日期已经是 {on}，没有改动。", "请填写正确的日期。", "on")
    state = old.state
    withdraw_event(change=change, event_id=event_id)
    new = report_event(
        change=change, kind=old.kind, person_id=old.person_id, on=on, source=old.source, other_id=old.other_id
    )
    return confirm_event(change=change, event_id=new.pk) if state == EventState.CONFIRMED else new


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
