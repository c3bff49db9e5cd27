"""Life events: reported holds, confirmed acts, withdrawn undoes; each in one transaction with every handler."""

import datetime as dt

import pyarrow as pa
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
from nuanxin.kernel.registry.services import tables
from nuanxin.kernel.registry.services.effects import EFFECTS
from nuanxin.kernel.registry.services.history import record_item
from nuanxin.kernel.registry.services.households import lock_person

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

    Reporting the same kind again for a person with one still open (or, for a death, confirmed) is refused.
    """
    person = lock_person(person_id)
    _check_report(person, EventKind(kind), on, other_id)
    event = LifeEvent.objects.create(
        county=person.county,
        kind=EventKind(kind),
        person=person,
        other_id=other_id,
        on=on,
        state=EventState.REPORTED,
        source=source,
        township=township_of(person.division_id),
        booked_month=booked_month or booking_month(person.county, on),
        change=change,
    )
    _run(event, Stage.REPORT, change)
    return event


def _check_report(person: Person, kind: EventKind, on: dt.date, other_id: int | None) -> None:
    if kind == EventKind.MERGED:
        raise Refused("event.merged", "档案合并尚不能登记。", "请先把重复的档案报县局处理。")
    if person.birth is not None and on < person.birth:
        raise Refused("event.date", f"日期 {on} 早于出生日期 {person.birth}。", "请核对日期。")
    if kind in PAIRED and other_id is None:
        raise Refused("event.other", f"{kind.label}须填写另一方。", "请选择另一方。")
    if person.death is not None and kind == EventKind.DEATH:
        raise Refused("event.dead", f"居民 {person.pk} 已登记于 {person.death} 死亡。", "无需重复登记。")
    if LifeEvent.objects.filter(person=person, kind=kind, state=EventState.REPORTED).exists():
        raise Refused("event.twice", f"居民 {person.pk} 已有一条待确认的{kind.label}报告。", "请确认或撤回那一条。")


@transaction.atomic
def confirm_event(*, change: Change, event_id: int) -> LifeEvent:
    """Confirm a reported event: the registry's own consequences, then every registered handler, then queued steps.

    Confirming a confirmed event changes nothing; a withdrawn one is refused.
    """
    event = _locked(event_id)
    if event.state == EventState.CONFIRMED:
        return event
    if event.state != EventState.REPORTED:
        raise Refused("event.withdrawn", "这条报告已撤回,不能确认。", "如情况属实，请重新报告。")
    event.confirmed_at = EFFECTS[EventKind(event.kind)].apply(event, change)
    _move(event, EventState.CONFIRMED, change)
    _run(event, Stage.CONFIRM, change)
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


def _run(event: LifeEvent, stage: Stage, change: Change) -> None:
    """Run the stage's handlers and queue its steps."""
    notice = _notice(event, change)
    events.run_handlers(notice, stage)
    for step in events.steps_of(notice.kind, stage):
        queue.reopen_step(kind=step, key=str(event.pk), change=change)


COLUMNS = tables.Columns(
    needed={"kind": pa.string(), "person_id": pa.int64(), "on": pa.date32(), "source": pa.string()},
    optional={"other_id": pa.int64(), "booked_month": pa.date32()},
)


@transaction.atomic
def confirm_events(*, change: Change, table: pa.Table) -> list[int]:
    """Confirm many events (columns `kind person_id on source [other_id booked_month]`); return their ids in order.

    An event already reported is confirmed, one already confirmed stays, a new one is reported first; all or none.
    """
    rows = tables.conform(table, COLUMNS).to_pylist()
    return [_confirm_row(change, row) for row in rows]


def _confirm_row(change: Change, row: dict[str, object]) -> int:
    known = LifeEvent.objects.filter(person_id=row["person_id"], kind=row["kind"], on=row["on"])
    event = known.exclude(state=EventState.WITHDRAWN).first()
    if event is None:
        event = report_event(change=change, **row)  # type: ignore[arg-type]  # the table's types were checked
    return confirm_event(change=change, event_id=event.pk).pk
