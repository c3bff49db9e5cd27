"""Whom two people's decision on a month's proposal changes is told in writing: amounts, cause, calculation, remedy."""

import datetime as dt
from itertools import islice
from typing import Any, NamedTuple

from nuanxin.kernel.casework.letter_lines import calculation_lines, cause_words, unmet_conditions
from nuanxin.kernel.casework.selectors.walk import decisions_to_tell
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.models import MonthRun
from nuanxin.kernel.cycle.services.standards import newest_document, queue_told
from nuanxin.kernel.work.selectors import queued_keys

BATCH = 2000


class Told(NamedTuple):
    """Of a decision what its letter says; money in fen a month."""

    id: int
    benefit: str
    kind: str
    person_id: int | None
    household_id: int | None
    effective_from: dt.date
    amount_fen: int
    receipt: str
    release_id: str
    before_fen: int
    cause: str
    causes: str


FIELDS = (*Told._fields[:-3], "proposal__before_fen", "proposal__cause", "proposal__causes")


def queue_decided_letters(*, run: MonthRun, change: Change) -> int:
    """Queue a letter for each change and stop that two people agreed to on the month's proposals; returns new ones.

    What a case decided is told by the case.
    """
    rows = decisions_to_tell(run.county, run.month)
    ids = iter(_without_letter(list(rows.values_list("id", flat=True))))
    queued = 0
    while part := list(islice(ids, BATCH)):
        queued += _queue(run, change, [Told(*row) for row in rows.filter(pk__in=part).values_list(*FIELDS)])
    return queued


def _without_letter(ids: list[int]) -> list[int]:
    known = queued_keys([_key(pk) for pk in ids])
    return [pk for pk in ids if _key(pk) not in known]


def _key(decision_id: int) -> str:
    return f"standard:decision:{decision_id}"


def _queue(run: MonthRun, change: Change, told: list[Told]) -> int:
    rules = assessments().rules(run.county, run.month)
    documents = {code: newest_document(run.county, code, run.month) for code in {one.benefit for one in told}}

    def values(one: Told) -> tuple[str, str, dict[str, str]]:
        texts = {"from_month": f"{one.effective_from:%Y-%m}", "cause": cause_words(one.cause, one.causes)}
        if one.kind == "stop":
            unmet = unmet_conditions(one.release_id, one.benefit, run.month, one.receipt)
            texts["reasons"] = "\n".join([texts["cause"], *unmet])
        else:
            lines = calculation_lines(one.benefit, one.receipt, one.amount_fen)
            texts |= {"before": str(one.before_fen), "after": str(one.amount_fen), "reasons": "\n".join(lines)}
        if _letter(one) == "standard":
            texts["document"] = documents[one.benefit]
        title = rules[one.benefit].title if one.benefit in rules else one.benefit
        return title, _key(one.id), texts

    return queue_told(
        change,
        run.county,
        told,
        values,
        who=lambda one: (one.person_id, one.household_id),
        owner=lambda one: ("decision", one.id),
        kind=_letter,
    )


def _letter(one: Any) -> str:
    """Return the kind of letter: of a stop, of a raise by the standard, or of a change with another cause."""
    if one.kind == "stop":
        return "stopped"
    raised = one.amount_fen > one.before_fen
    return "standard" if one.cause == "standard" or (one.cause == "several" and raised) else "changed"
