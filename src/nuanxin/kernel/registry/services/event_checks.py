"""What cannot be true of a life event, whoever reports it: its day, its two parties, what rooms above object to."""

import datetime as dt
from collections.abc import Sequence

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.days import EARLIEST
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.enums import EventKind, EventState
from nuanxin.kernel.registry.events import EventReport, objections_to
from nuanxin.kernel.registry.models import LifeEvent, Person
from nuanxin.kernel.registry.services.merging import check_merger

PAIRED = {EventKind.MARRIAGE, EventKind.DIVORCE}
CHECK = "请核对人员和日期。"


def check_report(person: Person, kind: EventKind, on: dt.date, other: Person | None) -> None:
    """Refuse an event that cannot be true of the person (and of the other party of a marriage or divorce).

    A life event is a thing that has happened: its day is today at the latest, also for a move that is announced.
    """
    _check_day(person, kind, on)
    if kind == EventKind.MERGED:
        check_merger(person, other.pk if other else None)
        return
    if person.death is not None and kind == EventKind.DEATH:
        said = f"{person.name}已登记于 {person.death} 死亡。"
        raise Refused("event.dead", said, "无需重复登记；日期有误的请订正原来那一条。")
    _check_alive(person, kind, on)
    if kind in PAIRED:
        _check_pair(person, kind, on, other)


def _check_day(person: Person, kind: EventKind, on: dt.date) -> None:
    said, today = f"{person.name}的{kind.label}日期 {on}", clock.today()
    if on > today:
        raise Refused("event.date", f"{said} 晚于今天（{today}）。", "尚未发生的不能登记，请在当天或以后办理。")
    if on < EARLIEST:
        raise Refused("event.date", f"{said} 早于 {EARLIEST}。", "请核对日期。")
    if person.birth is None:
        return
    if on < person.birth:
        raise Refused("event.date", f"{said} 早于出生日期 {person.birth}。", "请核对日期。")
    if kind == EventKind.BIRTH and on != person.birth:
        raise Refused("event.date", f"{said} 与登记的出生日期 {person.birth} 不同。", "请核对出生日期，有误的先订正。")


def _check_alive(person: Person, kind: EventKind, on: dt.date) -> None:
    if person.death is not None and on > person.death:
        said = f"{person.name}已于 {person.death} 死亡，{kind.label}日期 {on} 在其后。"
        raise Refused("event.dead", said, CHECK)


def _check_pair(person: Person, kind: EventKind, on: dt.date, other: Person | None) -> None:
    if other is None:
        raise Refused("event.other", f"{kind.label}须填写另一方。", "请选择另一方。")
    if other.pk == person.pk:
        raise Refused("event.other", f"{kind.label}的双方不能是同一个人（{person.name}）。", "请重新选择另一方。")
    _check_day(other, kind, on)
    _check_alive(other, kind, on)


def check_objections(reports: Sequence[EventReport]) -> None:
    """Refuse when a room above objects to one of these events (a marriage that the law bars); the first is said."""
    for objection in objections_to(reports):
        if not objection.question:
            raise Refused("event.barred", objection.message, objection.todo)


def check_later_events(person: Person, on: dt.date, known: Sequence[LifeEvent]) -> None:
    """Refuse a death before a marriage or divorce of the same person: one of the two is wrong."""
    for event in known:
        later = event.kind in PAIRED and event.state == EventState.CONFIRMED and event.on > on
        if later:
            kind = EventKind(event.kind).label
            said = f"{person.name}在死亡日期 {on} 之后还有{kind}登记（{event.on}）。"
            raise Refused("event.later", said, "两条必有一条有误，请先核对并订正。")


def already_open(person: Person, kind: EventKind, reported: LifeEvent) -> Refused:
    """Return the refusal of a second open report."""
    said = f"{person.name}已有一条待确认的{kind.label}报告（{reported.on}，{reported.source}）。"
    return Refused("event.twice", said, "请先到居民页面确认、订正或撤回那一条。")
