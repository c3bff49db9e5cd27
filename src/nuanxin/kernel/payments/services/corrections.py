"""Arrears and recoveries: what is due as known now, less what was booked as due, month by month."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db import transaction

from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import add_months, months_between
from nuanxin.kernel.grants.selectors import KnownShare, cut_coverages, known_shares, late_coverages
from nuanxin.kernel.payments.enums import DueKind, DueState
from nuanxin.kernel.payments.models import Due
from nuanxin.kernel.payments.services.dues import DUE_COLUMNS

Key = tuple[str, str, int, dt.date]
SIGN = {DueKind.REGULAR: 1, DueKind.ARREARS: 1, DueKind.RECOVERY: -1}


def book_corrections(*, county: str, month: dt.date, floor: dt.date, since: int, change: Change) -> int:
    """Book what earlier months owe or were overpaid, as known now; returns the dues made or voided.

    Looked at is coverage written after the change `since` (the last build of dues) or ended late; months before
    `floor` (the first that was run here) are never touched. Twice changes nothing: what is booked counts.
    """
    pairs = set(late_coverages(county, month, since))
    pairs |= {(grant, person) for grant, person, _ in cut_coverages(county, month, add_months(month, -1))}
    if not pairs or floor >= month:
        return 0
    with transaction.atomic():
        shares = known_shares(sorted(pairs))
        persons = {person for _, person in pairs}
        booked = _booked(county, persons, floor, month)
        wanted = _wanted(shares, floor, month)
        return _book(county, month, change, shares, wanted, booked)


def _booked(county: str, persons: set[int], floor: dt.date, month: dt.date) -> dict[Key, list[Due]]:
    """Return the live dues of earlier months of these persons by benefit, component, person and month."""
    found: dict[Key, list[Due]] = defaultdict(list)
    rows = Due.objects.filter(
        county=county,
        person_id__in=sorted(persons),
        entitlement_month__gte=floor,
        entitlement_month__lt=month,
        state=DueState.LIVE,
        kind__in=list(SIGN),
        grant__isnull=False,
    )
    for due in rows.order_by("id"):
        found[due.benefit, due.component, due.person_id, due.entitlement_month].append(due)
    return found


def _wanted(shares: Iterable[KnownShare], floor: dt.date, month: dt.date) -> "Counter[Key]":
    """Return what each month should have paid as known now, in fen."""
    wanted: Counter[Key] = Counter()
    for share in shares:
        for one in months_between(max(share.first, floor), add_months(month, -1)):
            if share.pays_in(one):
                wanted[share.benefit, share.component, share.person_id, one] += share.amount_fen
    return wanted


def _book(
    county: str,
    month: dt.date,
    change: Change,
    shares: list[KnownShare],
    wanted: "Counter[Key]",
    booked: dict[Key, list[Due]],
) -> int:
    latest = {(share.benefit, share.component, share.person_id): share for share in shares}
    benefits = {(share.benefit, share.person_id) for share in shares}
    rows, voided = [], []
    for key in sorted(set(wanted) | {key for key in booked if (key[0], key[2]) in benefits}):
        dues = booked.get(key, [])
        missing = wanted[key] - sum(SIGN[DueKind(due.kind)] * due.amount_fen for due in dues)
        for due in dues:
            if missing < 0 and due.line_id is None and due.kind != DueKind.RECOVERY and due.amount_fen <= -missing:
                voided.append(due.pk)
                missing += due.amount_fen
        share = latest.get(key[:3])
        if missing and share is not None:
            kind = DueKind.ARREARS if missing > 0 else DueKind.RECOVERY
            rows.append(
                (county, share.township, key[0], key[1], kind.value, key[2], share.household_id, share.grant_id, key[3],
                 booking_month(county, month), abs(missing), share.payee_id, share.assessment_run_id, share.decision_id,
                 "late", DueState.LIVE.value, change.pk)
            )  # fmt: skip
    Due.objects.filter(pk__in=voided).update(state=DueState.VOID)
    return bulk_insert(model=Due, columns=DUE_COLUMNS, rows=rows) + len(voided)
