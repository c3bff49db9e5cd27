"""Which walk a tally's record takes."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import models

from nuanxin.kernel.core.tallies import all_tallies
from nuanxin.kernel.grants import selectors as grants
from nuanxin.kernel.statistics.lineage.entitlement import decided_steps, entitlement_steps
from nuanxin.kernel.statistics.lineage.money import due_steps, payment_steps
from nuanxin.kernel.statistics.lineage.steps import Reader, TraceStep, person_words
from nuanxin.kernel.statistics.sources import model_of

Walk = Callable[[int, dt.date, Reader], list[TraceStep]]


def walk_record(tally: str, record_id: int, month: dt.date, reader: Reader) -> list[TraceStep]:
    """Return the walk from one operational record as of a month; a register's ends at the change that wrote it."""
    walk = WALKS.get(tally)
    return walk(record_id, month, reader) if walk else change_steps(tally, record_id)


def _from_payment(record_id: int, month: dt.date, reader: Reader) -> list[TraceStep]:
    return payment_steps(record_id, reader)


def _from_due(record_id: int, month: dt.date, reader: Reader) -> list[TraceStep]:
    return due_steps(record_id, reader)


def _from_grant(record_id: int, month: dt.date, reader: Reader) -> list[TraceStep]:
    return entitlement_steps(record_id, None, month, _run_of(record_id, None), reader)


def _from_coverage(record_id: int, month: dt.date, reader: Reader) -> list[TraceStep]:
    coverage = grants.coverage_by_id(record_id)
    if coverage is None:
        return []
    run = _run_of(coverage.grant_id, coverage.person_id)
    return entitlement_steps(coverage.grant_id, coverage.person_id, month, run, reader)


def _run_of(grant_id: int, person_id: int | None) -> int | None:
    """Return the assessment that last fixed what a grant pays."""
    runs = grants.assessment_runs_of(grant_id, person_id)
    return runs[-1] if runs else None


def _from_decision(record_id: int, month: dt.date, reader: Reader) -> list[TraceStep]:
    row = row_of("decision", record_id)
    if row is None:
        return []
    return decided_steps(record_id, row.benefit, (row.household_id, row.person_id), month, None, reader)


WALKS: dict[str, Walk] = {
    "payment": _from_payment,
    "due": _from_due,
    "grant": _from_grant,
    "coverage": _from_coverage,
    "decision": _from_decision,
}


def row_of(tally: str, record_id: int) -> Any:
    """Return the operational row of any tally, by the table it declares; None when it is gone."""
    return model_of(all_tallies()[tally])._default_manager.filter(pk=record_id).first()


def change_steps(tally: str, record_id: int) -> list[TraceStep]:
    """Return a register's record and the change that wrote it: who, when, why, from what source."""
    row = row_of(tally, record_id)
    if row is None:
        return [TraceStep("register", all_tallies()[tally].title, (("说明", "记录已不在台账中"),))]
    steps = [TraceStep("register", all_tallies()[tally].title, tuple(_shown(row)), (tally, record_id))]
    change = getattr(row, "change", None)
    if change is not None:
        lines = (
            ("登记人", change.actor_label),
            ("日期", str(change.business_date)),
            ("事由", f"{change.verb} {change.reason}"),
            ("来源", change.source),
        )
        steps.append(TraceStep("change", "登记的来源", lines))
    return steps


def _shown(row: Any) -> list[tuple[str, str]]:
    """Return the record's plain columns: dates, choices, amounts, yes or no; texts may hold names and stay out."""
    lines = [("编号", str(row.pk))]
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        if value in (None, "") or column.name in ("id", "county", "township", "change", "division"):
            continue
        label = str(column.verbose_name)
        if column.choices:
            lines.append((label, str(getattr(row, f"get_{column.name}_display")())))
        elif isinstance(column, models.ForeignKey) and column.related_model._meta.label == "registry.Person":
            lines.append((label, person_words(value)))
        elif isinstance(column, models.BooleanField):
            lines.append((label, "是" if value else "否"))
        elif isinstance(column, models.DateField):
            lines.append((label, str(value)))
        elif column.name == "source":
            lines.append(("来源", str(value)))
    return lines
