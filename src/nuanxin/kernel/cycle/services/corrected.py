"""Whom the month pays in arrears or asks money back is told in writing, once, with the months and the cause."""

from itertools import groupby
from typing import Any

from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.models import MonthRun
from nuanxin.kernel.payments.enums import Cause
from nuanxin.kernel.payments.selectors import corrections_of
from nuanxin.kernel.work.services import queue_letters
from nuanxin.kernel.work.values import LetterDraft

COLUMNS = (
    "person_id", "benefit", "kind", "county", "household_id", "entitlement_month", "amount_fen", "cause",
    "person__name", "person__division_id",
)  # fmt: skip


def queue_correction_letters(*, run: MonthRun, change: Change) -> int:
    """Queue a letter for each person, benefit and kind of the corrections a change booked; returns how many are new.

    What a new standard brings is left out: its own letter says so.
    """
    booked = corrections_of(change.pk, run.county, booking_month(run.county, run.month))
    found = booked.exclude(cause=Cause.STANDARD).values_list(*COLUMNS, named=True)
    grouped = [list(dues) for _, dues in groupby(found, key=lambda due: (due.person_id, due.benefit, due.kind))]
    if not grouped:
        return 0
    titles = {code: rule.title for code, rule in assessments().rules(run.county, run.month).items()}
    return queue_letters(change=change, drafts=[_draft(change, dues, titles) for dues in grouped])


def _draft(change: Change, dues: list[Any], titles: dict[str, str]) -> LetterDraft:
    first = dues[0]
    causes = dict.fromkeys(Cause(due.cause).label if due.cause in Cause.values else "事后查明" for due in dues)
    months = dict.fromkeys(f"{due.entitlement_month:%Y-%m}" for due in dues)
    return LetterDraft(
        county=first.county,
        division_id=first.person__division_id,
        kind=first.kind,
        owner=("person", first.person_id),
        person_id=first.person_id,
        household_id=first.household_id,
        values={
            "name": first.person__name,
            "benefit": titles.get(first.benefit, first.benefit),
            "amount": str(sum(due.amount_fen for due in dues)),
            "cause": "、".join(causes),
            "months": "、".join(months),
        },
        key=f"correction:{change.pk}:{first.kind}:{first.benefit}:{first.person_id}",
    )
