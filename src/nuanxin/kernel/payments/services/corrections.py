"""Arrears and recoveries: what is due as known now, less what was booked as due, month by month and household."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import transaction

from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import months_between
from nuanxin.kernel.grants.selectors import KnownShare, known_shares, touched_persons
from nuanxin.kernel.payments.enums import Cause, DueKind, DueState
from nuanxin.kernel.payments.models import Due, PlanItem, Settlement
from nuanxin.kernel.payments.services.dues import DUE_COLUMNS

Standards = Callable[[], frozenset[str]]
BATCH = 500
SIGN = {DueKind.REGULAR: 1, DueKind.ARREARS: 1, DueKind.RECOVERY: -1}
CAUSES = {"death": Cause.DEATH, "move_out": Cause.MOVED, "duplicate": Cause.DUPLICATE, "left": Cause.MOVED}


class Key(NamedTuple):
    """What money is compared by; household 0 stands for a person's own grant."""

    benefit: str
    component: str
    person_id: int
    month: dt.date
    household_id: int


@dataclass
class Books:
    """What a batch of people was booked, and what was voided and is to be written."""

    county: str
    month: dt.date
    change: Change
    standards: Standards
    dues: dict[Key, list[Due]] = field(default_factory=lambda: defaultdict(list))
    bound: set[int] = field(default_factory=set)
    voided: list[int] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)


def book_corrections(
    *,
    county: str,
    month: dt.date,
    floor: dt.date,
    since: int,
    change: Change,
    standards: Standards = frozenset,
) -> int:
    """Book what months up to this one owe or were overpaid, as known now; returns the dues made or voided.

    Looked at is everybody whose grants were written after the change `since` (the last build of dues); months before
    `floor` (the first that was run here) are never touched. What was not yet paid is voided first; nothing is edited.
    `standards` tells the benefits whose standard is new. In batches of people, each one transaction: killed anywhere
    and called again, or called twice, the result is the same, because what is booked counts.
    """
    if floor > month:
        return 0
    persons = touched_persons(county, since)
    made = 0
    for start in range(0, len(persons), BATCH):
        with transaction.atomic():
            made += _correct(county, persons[start : start + BATCH], floor, month, change, standards)
    return made


def _correct(
    county: str, persons: list[int], floor: dt.date, month: dt.date, change: Change, standards: Standards
) -> int:
    shares = known_shares(persons)
    wanted = wanted_shares(shares, floor, month)
    books = Books(county, month, change, standards)
    _read(books, persons, floor)
    causes = {(share.benefit, share.person_id): share.end_cause for share in shares}
    for key in sorted({*wanted, *books.dues}):
        _compare(books, key, wanted.get(key), causes.get((key.benefit, key.person_id), ""))
    Due.objects.filter(pk__in=books.voided).update(state=DueState.VOID)
    return bulk_insert(model=Due, columns=DUE_COLUMNS, rows=books.rows) + len(books.voided)


def wanted_shares(shares: Iterable[KnownShare], floor: dt.date, month: dt.date) -> dict[Key, KnownShare]:
    """Return which share pays each component of each month as known now: one, of the oldest grant where two meet."""
    paying: dict[tuple[str, str, int, dt.date], KnownShare] = {}
    for share in shares:
        if share.last is not None and share.last <= floor:
            continue
        for one in months_between(max(share.first, floor), month):
            if share.pays_in(one):
                paying.setdefault((share.benefit, share.component, share.person_id, one), share)
    return {Key(*key, share.household_id or 0): share for key, share in paying.items()}


def _read(books: Books, persons: Sequence[int], floor: dt.date) -> None:
    """Read the live dues of these people, and which recoveries somebody already settles."""
    rows = Due.objects.filter(
        county=books.county,
        person_id__in=list(persons),
        entitlement_month__gte=floor,
        entitlement_month__lte=books.month,
        state=DueState.LIVE,
        kind__in=list(SIGN),
        grant__isnull=False,
    )
    for due in rows.order_by("-id"):
        books.dues[Key(due.benefit, due.component, due.person_id, due.entitlement_month, due.household_id or 0)].append(
            due
        )
    owed = [due.pk for dues in books.dues.values() for due in dues if due.kind == DueKind.RECOVERY]
    books.bound |= set(Settlement.objects.filter(recovery__in=owed).values_list("recovery_id", flat=True))
    books.bound |= set(PlanItem.objects.filter(recovery__in=owed, running=True).values_list("recovery_id", flat=True))


def _compare(books: Books, key: Key, share: KnownShare | None, end_cause: str) -> None:
    """Void what is booked wrongly and not yet paid, then book the difference."""
    dues = books.dues.get(key, [])
    missing = (share.amount_fen if share else 0) - sum(SIGN[DueKind(due.kind)] * due.amount_fen for due in dues)
    if not missing:
        return
    staying = []
    for due in dues:
        sign = SIGN[DueKind(due.kind)]
        anew = key.month == books.month or due.change_id == books.change.pk
        if _free(books, due) and (anew or missing * sign < 0):
            books.voided.append(due.pk)
            missing += sign * due.amount_fen
        else:
            staying.append(due)
    if missing:
        cause = _cause(books, share, bool(staying or dues), end_cause)
        books.rows.append(_row(books, key, share, dues, missing, cause))


def _free(books: Books, due: Due) -> bool:
    """Tell whether nothing was paid, withheld, refunded or agreed on a due yet."""
    return due.line_id is None and not due.offset_fen and due.pk not in books.bound


def _cause(books: Books, share: KnownShare | None, booked: bool, end_cause: str) -> Cause:
    if share is None:
        return CAUSES.get(end_cause, Cause.INCOME if not end_cause else Cause.LATE)
    if not booked:
        return Cause.LATE
    return Cause.STANDARD if share.benefit in books.standards() else Cause.INCOME


def _row(
    books: Books, key: Key, share: KnownShare | None, dues: list[Due], missing: int, cause: Cause
) -> tuple[Any, ...]:
    """Return the due that books a difference; what nothing pays any more is described as it was booked."""
    one = share or dues[0]
    return (
        books.county, one.township, key.benefit, key.component, _kind(books, key, missing).value, key.person_id,
        key.household_id or None, one.grant_id, key.month, booking_month(books.county, books.month), abs(missing),
        share.payee_id if share else dues[0].account_id, one.assessment_run_id, one.decision_id, cause.value,
        DueState.LIVE.value, books.change.pk,
    )  # fmt: skip


def _kind(books: Books, key: Key, missing: int) -> DueKind:
    """Return arrears or recovery; in its own month a due made anew for a voided one stays a regular one."""
    if missing < 0:
        return DueKind.RECOVERY
    regular = [due for one in _same_month(books, key) for due in one if due.kind == DueKind.REGULAR]
    anew = key.month == books.month and bool(regular) and all(due.pk in books.voided for due in regular)
    return DueKind.REGULAR if anew else DueKind.ARREARS


def _same_month(books: Books, key: Key) -> list[list[Due]]:
    return [dues for other, dues in books.dues.items() if other[:4] == key[:4]]
