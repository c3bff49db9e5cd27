"""The handler table of life events and of household splits and mergers; rooms above register, the registry calls."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.enums import EventKind, SuccessionKind
from nuanxin.kernel.registry.models import Person


class Stage(StrEnum):
    """When a handler runs; its inverse runs when the event is withdrawn."""

    REPORT = "report"
    CONFIRM = "confirm"


@dataclass(frozen=True)
class EventNotice:
    """What a handler is told about a life event, and the change its writes belong to."""

    event_id: int
    county: str
    kind: EventKind
    person_id: int
    other_id: int | None
    on: dt.date
    booked_month: dt.date
    change: Change


@dataclass(frozen=True)
class SuccessionNotice:
    """What a handler is told about a split or merger of households."""

    predecessor_id: int
    successor_id: int
    kind: SuccessionKind
    on: dt.date
    change: Change


@dataclass(frozen=True)
class RemovalNotice:
    """What a handler is told when a household goes to live elsewhere in the county: its present members and where."""

    household_id: int
    person_ids: tuple[int, ...]
    division: str
    on: dt.date
    change: Change


@dataclass(frozen=True)
class EventReport:
    """A life event somebody reports and nobody has written yet, with the people as they are known."""

    kind: EventKind
    person: Person
    other: Person | None
    on: dt.date


@dataclass(frozen=True)
class Objection:
    """What speaks against one of several reports, by its place; a `question` may be answered with a reason."""

    index: int
    message: str
    todo: str
    question: bool = False


class PayeeKind(StrEnum):
    """What happened to somebody who may be receiving money."""

    ACCOUNT = "account"
    GUARDIAN = "guardian"
    LEFT = "left"


@dataclass(frozen=True)
class PayeeNotice:
    """What a handler is told when an account ends, when `person_id` is a guardian or carer of `other_id` no longer, or
    leaves the household `household_id`."""

    kind: PayeeKind
    change: Change
    on: dt.date
    person_id: int | None = None
    other_id: int | None = None
    household_id: int | None = None
    account_id: int | None = None


@dataclass(frozen=True)
class DivisionNotice:
    """What a handler is told when a village or township was merged into another: codes, and the first day without."""

    code: str
    into: str
    on: dt.date
    change: Change


Handler = Callable[[EventNotice], None]
EventCheck = Callable[[Sequence[EventReport]], list[Objection]]
Concerned = Callable[[Sequence[int]], set[int]]
"""Tells those of many people for whom a handler has anything to do; for the others it would do nothing."""


@dataclass(frozen=True)
class _Entry:
    name: str
    handler: Handler
    inverse: Handler
    concerned: Concerned | None
    together: Callable[[Sequence[EventNotice]], None] | None


_handlers: dict[tuple[EventKind, Stage], list[_Entry]] = {}
_steps: dict[tuple[EventKind, Stage], list[str]] = {}
_checks: list[tuple[frozenset[EventKind], EventCheck]] = []
_succession_handlers: list[Callable[[SuccessionNotice], None]] = []
_removal_handlers: list[Callable[[RemovalNotice], None]] = []
_payee_handlers: list[Callable[[PayeeNotice], None]] = []
_division_handlers: list[Callable[[DivisionNotice], None]] = []


def _name_of(handler: Callable[..., object]) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"


def register_event_handler(
    kind: str,
    stage: str,
    handler: Handler,
    inverse: Handler,
    concerned: Concerned | None = None,
    together: Callable[[Sequence[EventNotice]], None] | None = None,
) -> None:
    """Run `handler` when an event of the kind reaches the stage, in the same transaction; `inverse` when withdrawn.

    With `concerned`, a batch of events asks once whom the handler concerns and leaves it out for everybody else. With
    `together`, it does for a batch at once what it does for one event after the other, where no other handler runs.
    """
    entries = _handlers.setdefault((EventKind(kind), Stage(stage)), [])
    if all(entry.name != _name_of(handler) for entry in entries):
        entries.append(_Entry(_name_of(handler), handler, inverse, concerned, together))


def register_event_check(kinds: Sequence[str], check: EventCheck) -> None:
    """Let a room above say what speaks against events of some kinds; it is given those of a batch together."""
    if all(_name_of(known) != _name_of(check) for _, known in _checks):
        _checks.append((frozenset(EventKind(kind) for kind in kinds), check))


def objections_to(reports: Sequence[EventReport]) -> list[Objection]:
    """Return what speaks against some reports, in their order."""
    found: list[Objection] = []
    for kinds, check in _checks:
        places = [index for index, report in enumerate(reports) if report.kind in kinds]
        if places:
            found += [replace(one, index=places[one.index]) for one in check([reports[at] for at in places])]
    return sorted(found, key=lambda one: one.index)


def register_event_step(kind: str, stage: str, step: str) -> None:
    """Queue the idempotent step `step` (a kind known to core.queue) with the event's id as key, after the stage."""
    steps = _steps.setdefault((EventKind(kind), Stage(stage)), [])
    if step not in steps:
        steps.append(step)


def register_succession_handler(handler: Callable[[SuccessionNotice], None]) -> None:
    """Run `handler` in the transaction of every split and merger of households."""
    if all(_name_of(known) != _name_of(handler) for known in _succession_handlers):
        _succession_handlers.append(handler)


def register_removal_handler(handler: Callable[[RemovalNotice], None]) -> None:
    """Run `handler` in the transaction of every move of a household within its county."""
    if all(_name_of(known) != _name_of(handler) for known in _removal_handlers):
        _removal_handlers.append(handler)


def register_payee_handler(handler: Callable[[PayeeNotice], None]) -> None:
    """Run `handler` in the transaction in which an account, a guardianship or a payee's membership ends."""
    if all(_name_of(known) != _name_of(handler) for known in _payee_handlers):
        _payee_handlers.append(handler)


def run_payee_handlers(notice: PayeeNotice) -> None:
    """Tell every room that registered that money may no longer go where it goes."""
    for handler in _payee_handlers:
        handler(notice)


def register_division_handler(handler: Callable[[DivisionNotice], None]) -> None:
    """Run `handler` in the transaction of every merger of villages or townships."""
    if all(_name_of(known) != _name_of(handler) for known in _division_handlers):
        _division_handlers.append(handler)


def run_division_handlers(notice: DivisionNotice) -> None:
    """Tell every room that registered which place went into which."""
    for handler in _division_handlers:
        handler(notice)


def run_removal_handlers(notice: RemovalNotice) -> None:
    """Tell every room that registered where a household lives now."""
    for handler in _removal_handlers:
        handler(notice)


def run_handlers(notice: EventNotice, stage: Stage) -> None:
    """Run the handlers of a stage in the order they were registered."""
    for entry in _handlers.get((notice.kind, stage), []):
        entry.handler(notice)


def run_handlers_of_many(notices: Sequence[EventNotice], stage: Stage) -> None:
    """Run the handlers of a stage for events of one kind: event by event, in order, for those whom each concerns."""
    entries = _handlers.get((notices[0].kind, stage), []) if notices else []
    everybody = [notice.person_id for notice in notices]
    concerned = [set(everybody) if one.concerned is None else one.concerned(everybody) for one in entries]
    if len(entries) == 1 and entries[0].together is not None:
        entries[0].together([notice for notice in notices if notice.person_id in concerned[0]])
        return
    for notice in notices:
        for entry, people in zip(entries, concerned, strict=True):
            if notice.person_id in people:
                entry.handler(notice)


def run_inverses(notice: EventNotice, stage: Stage) -> None:
    """Run the inverses of a stage, last first."""
    for entry in reversed(_handlers.get((notice.kind, stage), [])):
        entry.inverse(notice)


def run_succession_handlers(notice: SuccessionNotice) -> None:
    """Tell every room that registered about a split or merger."""
    for handler in _succession_handlers:
        handler(notice)


def steps_of(kind: EventKind, stage: Stage) -> list[str]:
    """Return the kinds of the steps to queue after a stage."""
    return _steps.get((kind, stage), [])
