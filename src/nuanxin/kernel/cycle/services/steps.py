"""Resumable steps: done or not, how many records, how long, and the change its writes belong to."""

import time
from collections.abc import Callable

from django.db import transaction

from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.cycle.models import MonthRun, MonthStep

Work = Callable[[Change], tuple[int, str]]


def do_step(run: MonthRun, name: str, author: Author, work: Work, *, again: bool = False) -> MonthStep:
    """Do a step unless it is done (`again` does it once more, for steps that look for what is new).

    The change is opened once per step and kept when a killed step goes on, so that what it wrote has one author.
    """
    step, _ = MonthStep.objects.get_or_create(run=run, name=name)
    if step.state == "done" and not again:
        return step
    change = _change(run, step, author, fresh=step.state == "done")
    started = time.monotonic()
    records, note = work(change)
    with transaction.atomic():
        step.state, step.seconds, step.note = "done", time.monotonic() - started, note[:300]
        step.records = step.records + records if again else records
        step.save(update_fields=["state", "seconds", "note", "records"])
    return step


def _change(run: MonthRun, step: MonthStep, author: Author, *, fresh: bool) -> Change:
    if step.change_id is not None and not fresh:
        known = Change.objects.filter(pk=step.change_id, actor_id=author.account_id).first()
        if known is not None:
            return known
    with transaction.atomic():
        source = f"{run.county} {run.month:%Y-%m}"
        change = open_change(author=author, verb=f"month_{step.name}", reason="月度办理", source=source)
        step.change_id, step.state = change.pk, "running"
        step.save(update_fields=["change_id", "state"])
    return change
