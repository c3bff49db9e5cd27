"""What the month proposes: written once per subject, kind and month; older open ones lapse."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.casework.enums import ProposalState
from nuanxin.kernel.casework.models import Proposal
from nuanxin.kernel.casework.values import Draft
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change

BATCH = 5000
COLUMNS = [
    "county", "township", "month", "benefit", "kind", "person_id", "household_id", "grant_id", "application_id",
    "before_fen", "after_fen", "persons_before", "persons_after", "cause", "key", "assessment_run_id", "state",
    "change_id",
]  # fmt: skip


def write_proposals(*, drafts: Sequence[Draft], change: Change) -> int:
    """Write proposals in batches; those that stand already (same key) are left as they are. Returns new ones."""
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
    return made


def supersede_proposals(*, county: str, before: dt.date) -> int:
    """Let undecided proposals of earlier months lapse: this month's assessment speaks anew. Returns how many."""
    with transaction.atomic():
        stale = Proposal.objects.filter(county=county, month__lt=before, state=ProposalState.OPEN, case__isnull=True)
        return stale.update(state=ProposalState.SUPERSEDED)
