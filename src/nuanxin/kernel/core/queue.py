"""Idempotent steps that follow an act: written with it, done after it, retried until done, and shown."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.core.models import Change, QueuedStep

log = logging.getLogger(__name__)

Handler = Callable[[str, Change], None]
_handlers: dict[str, Handler] = {}


@dataclass(frozen=True)
class StepCounts:
    """How many steps a run did and how many of its tries failed."""

    done: int
    failed: int


def register_handler(kind: str, func: Handler) -> None:
    """Say who does steps of a kind; `func(key, change)` must bear being called twice for the same key."""
    held = _handlers.setdefault(kind, func)
    if held is not func:
        raise Fault(f"two handlers for queued steps of kind {kind}")


def enqueue_step(*, kind: str, key: str, change: Change) -> QueuedStep:
    """Write a step beside the act that asks for it, in the act's transaction; the same kind and key stay one step."""
    step, _ = QueuedStep.objects.get_or_create(kind=kind, key=key, defaults={"change": change})
    return step


def reopen_step(*, kind: str, key: str, change: Change) -> QueuedStep:
    """Ask for a step again although it was done before (an act and its inverse may alternate)."""
    step = enqueue_step(kind=kind, key=key, change=change)
    if step.state != "waiting":
        step.state, step.done_at, step.change = "waiting", None, change
        step.save(update_fields=["state", "done_at", "change"])
    return step


def run_waiting_steps(limit: int = 100) -> StepCounts:
    """Do up to `limit` waiting steps, the least tried first, each in its own transaction; failures stay waiting."""
    waiting = QueuedStep.objects.filter(state="waiting", kind__in=list(_handlers)).order_by("attempts", "id")
    done = failed = 0
    for step_id in list(waiting.values_list("id", flat=True)[:limit]):
        if _run_step(step_id):
            done += 1
        else:
            failed += 1
    return StepCounts(done=done, failed=failed)


def _run_step(step_id: int) -> bool:
    try:
        with transaction.atomic():
            step = QueuedStep.objects.select_for_update().select_related("change").get(pk=step_id)
            if step.state != "waiting":
                return True
            _handlers[step.kind](step.key, step.change)
            step.state, step.done_at, step.attempts = "done", clock.now(), step.attempts + 1
            step.last_error = ""
            step.save(update_fields=["state", "done_at", "attempts", "last_error"])
    except Exception as error:
        log.exception("queued step %s failed", step_id)
        _note_failure(step_id, error)
        return False
    return True


def _note_failure(step_id: int, error: Exception) -> None:
    with transaction.atomic():
        step = QueuedStep.objects.select_for_update().get(pk=step_id)
        step.attempts += 1
        step.last_error = f"{type(error).__name__}: {error}"[:500]
        step.save(update_fields=["attempts", "last_error"])
