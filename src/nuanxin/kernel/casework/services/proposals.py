"""What the month proposes: written once per subject, kind and month; older open ones lapse."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.db import transaction

from nuanxin.kernel.casework.enums import ProposalState
from nuanxin.kernel.casework.models import Proposal
from nuanxin.kernel.casework.services.complained import take_up_complained
from nuanxin.kernel.casework.values import Draft
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change

BATCH, RENEWED_AT_ONCE = 5000, 1000
COLUMNS = [
    "county", "township", "month", "benefit", "kind", "person_id", "household_id", "grant_id", "application_id",
    "before_fen", "after_fen", "persons_before", "persons_after", "cause", "key", "assessment_run_id", "state",
    "change_id",
]  # fmt: skip


def write_proposals(*, drafts: Sequence[Draft], change: Change) -> int:
    """Write proposals in batches; those that stand already (same key) are left as they are. Returns new ones.

    Those on somebody with an undecided complaint are handled as cases at once.
    """
    made = 0
    for start in range(0, len(drafts), BATCH):
        part = drafts[start : start + BATCH]
        with transaction.atomic():
            known = set(Proposal.objects.filter(key__in=[draft.key for draft in part]).values_list("key", flat=True))
            rows = [
                (d.county, d.township, d.month, d.benefit, d.kind, d.person_id, d.household_id, d.grant_id,
                 d.application_id, d.before_fen, d.after_fen, d.persons_before, d.persons_after, d.cause, d.key,
                 d.assessment_run_id, ProposalState.OPEN.value, change.pk)
                for d in part if d.key not in known
            ]  # fmt: skip
            made += bulk_insert(model=Proposal, columns=COLUMNS, rows=rows)
    for county, month in sorted({(draft.county, draft.month) for draft in drafts}):
        take_up_complained(change=change, county=county, month=month)
    return made


def renew_proposals(*, change: Change, drafts: Sequence[Draft]) -> int:
    """Make proposals of an open month anew after a new standard: undecided ones that say otherwise lapse.

    What is agreed already is proposed once more where the amount is another now; what waits for its checker stands.
    """
    made = 0
    held: dict[str, list[Proposal]] = defaultdict(list)
    for one in _of_subjects(drafts):
        held[one.key.partition("~")[0]].append(one)
    for start in range(0, len(drafts), RENEWED_AT_ONCE):
        part = drafts[start : start + RENEWED_AT_ONCE]
        with transaction.atomic():
            fresh = [draft for draft in part if _says_more(draft, held[draft.key])]
            lapsed = [one for draft in fresh for one in held[draft.key] if one.state == ProposalState.OPEN]
            still = Proposal.objects.filter(pk__in=[one.pk for one in lapsed], state=ProposalState.OPEN)
            still.update(state=ProposalState.SUPERSEDED)
            rows = [replace(d, again=f"~{d.assessment_run_id}") if held[d.key] else d for d in fresh]
            made += write_proposals(drafts=rows, change=change)
    return made


def _of_subjects(drafts: Sequence[Draft]) -> Iterator[Proposal]:
    """Yield the proposals that stand for the same month, benefit, kind and subject, older rounds too."""
    keys = {draft.key for draft in drafts}
    for county, month in {(draft.county, draft.month) for draft in drafts}:
        for one in Proposal.objects.filter(county=county, month=month).order_by("id").iterator():
            if one.key.partition("~")[0] in keys:
                yield one


def _says_more(draft: Draft, held: Sequence[Proposal]) -> bool:
    """Tell whether a draft says something that no standing proposal says, and none of them waits for its checker."""
    alike = [one for one in held if one.state != ProposalState.SUPERSEDED]
    if any(one.state == ProposalState.MADE for one in alike):
        return False
    last = alike[-1] if alike else None
    return last is None or (last.after_fen, last.persons_after) != (draft.after_fen, draft.persons_after)


def supersede_proposals(*, county: str, before: dt.date) -> int:
    """Let undecided proposals of earlier months lapse: this month's assessment speaks anew. Returns how many."""
    with transaction.atomic():
        stale = Proposal.objects.filter(county=county, month__lt=before, state=ProposalState.OPEN, case__isnull=True)
        return stale.update(state=ProposalState.SUPERSEDED)
