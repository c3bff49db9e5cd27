"""What the month proposes: written once per subject, kind and month; older open ones lapse."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from django.db import transaction
from django.db.models import QuerySet

from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.enums import Outcome, ProposalState
from nuanxin.kernel.casework.models import Decision, Proposal
from nuanxin.kernel.casework.services.complained import take_up_complained
from nuanxin.kernel.casework.values import Draft
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change

BATCH, RENEWED_AT_ONCE = 5000, 1000
UNDECIDED = (ProposalState.OPEN, ProposalState.MADE)
NEW_STANDARD = "标准或政策规则已更新"
COLUMNS = [
    "county", "township", "month", "benefit", "kind", "person_id", "household_id", "grant_id", "application_id",
    "before_fen", "after_fen", "persons_before", "persons_after", "cause", "key", "assessment_run_id", "state",
    "change_id", "causes", "inputs_change_id", "inputs_at",
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
                 d.assessment_run_id, ProposalState.OPEN.value, change.pk, d.causes, d.inputs_change_id, d.inputs_at)
                for d in part if d.key not in known
            ]  # fmt: skip
            made += bulk_insert(model=Proposal, columns=COLUMNS, rows=rows)
    for county, month in sorted({(draft.county, draft.month) for draft in drafts}):
        take_up_complained(change=change, county=county, month=month)
    return made


def renew_proposals(
    *,
    change: Change,
    county: str,
    month: dt.date,
    run_id: int,
    drafts: Sequence[Draft],
    changed: Collection[tuple[str, int]],
    benefits: Collection[str],
) -> int:
    """Make proposals of an open month anew after a new standard; returns the new ones.

    `changed` are the (benefit, subject) whose result the standard changes: what stands undecided of them, also waiting
    for its checker, is void where it says otherwise. What is agreed already is proposed once more where the amount is
    another now. The others of these `benefits` say the same under the run's law; that is noted.
    """
    made = 0
    held: dict[str, list[Proposal]] = defaultdict(list)
    for one in _of_subjects(drafts):
        held[one.key.partition("~")[0]].append(one)
    for start in range(0, len(drafts), RENEWED_AT_ONCE):
        part = drafts[start : start + RENEWED_AT_ONCE]
        with transaction.atomic():
            fresh = [draft for draft in part if _says_more(draft, held[draft.key])]
            _make_void([one.pk for draft in fresh for one in held[draft.key]])
            rows = [replace(d, again=f"~{d.assessment_run_id}") if held[d.key] else d for d in fresh]
            made += write_proposals(drafts=rows, change=change)
    standing = Proposal.objects.filter(
        county=county, month=month, benefit__in=list(benefits), state__in=UNDECIDED, case__isnull=True
    )
    _settle_others(standing, {draft.key for draft in drafts}, changed, assessor().release_of(run_id))
    return made


def _make_void(ids: Sequence[int]) -> None:
    for start in range(0, len(ids), RENEWED_AT_ONCE):
        undecided = Proposal.objects.filter(pk__in=ids[start : start + RENEWED_AT_ONCE], state__in=UNDECIDED)
        Decision.objects.filter(proposal__in=undecided, outcome=Outcome.PENDING).delete()
        undecided.update(state=ProposalState.SUPERSEDED, void_because=NEW_STANDARD)


def _settle_others(
    rows: QuerySet[Proposal], spoken: Collection[str], changed: Collection[tuple[str, int]], release: str
) -> None:
    """Make void what the new standard leaves nothing to do about, and note the release on what it does not touch."""
    gone, same = [], []
    for pk, key, benefit, person, home in rows.values_list("id", "key", "benefit", "person_id", "household_id"):
        if (benefit, home or person or 0) not in changed:
            same.append(pk)
        elif key.partition("~")[0] not in spoken:
            gone.append(pk)
    _make_void(gone)
    for start in range(0, len(same), RENEWED_AT_ONCE):
        Proposal.objects.filter(pk__in=same[start : start + RENEWED_AT_ONCE]).update(release_id=release)


def _of_subjects(drafts: Sequence[Draft]) -> Iterator[Proposal]:
    """Yield the proposals that stand for the same month, benefit, kind and subject, older rounds too."""
    keys = {draft.key for draft in drafts}
    for county, month in {(draft.county, draft.month) for draft in drafts}:
        for one in Proposal.objects.filter(county=county, month=month).order_by("id").iterator():
            if one.key.partition("~")[0] in keys:
                yield one


def _says_more(draft: Draft, held: Sequence[Proposal]) -> bool:
    """Tell whether a draft says something that the newest standing proposal does not."""
    alike = [one for one in held if one.state != ProposalState.SUPERSEDED]
    last = alike[-1] if alike else None
    return last is None or (last.after_fen, last.persons_after) != (draft.after_fen, draft.persons_after)


def supersede_proposals(*, county: str, before: dt.date) -> int:
    """Let undecided proposals of earlier months lapse: this month's assessment speaks anew. Returns how many."""
    with transaction.atomic():
        stale = Proposal.objects.filter(county=county, month__lt=before, state=ProposalState.OPEN, case__isnull=True)
        return stale.update(state=ProposalState.SUPERSEDED)
