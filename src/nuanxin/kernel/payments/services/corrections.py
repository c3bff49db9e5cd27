"""Arrears and recoveries: what is due as known now, less what was booked as due, month by month and household."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from django.db import transaction

from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import months_between
from nuanxin.kernel.grants.selectors import KnownShare, known_shares, touched_persons
from nuanxin.kernel.payments.differing import OF_COUNTY, SIGN, differing
from nuanxin.kernel.payments.enums import Cause, DueKind, DueState
from nuanxin.kernel.payments.models import Due, PlanItem, Settlement
from nuanxin.kernel.payments.services.dues import DUE_COLUMNS
from nuanxin.kernel.registry.selectors.aliases import survivors_of

Standards = Callable[[], frozenset[str]]
Corrected = Mapping[int, Sequence[tuple[dt.date, dt.date]]]
BATCH = 100
CAUSES = {"death": Cause.DEATH, "move_out": Cause.MOVED, "duplicate": Cause.DUPLICATE, "left": Cause.MOVED}


class Key(NamedTuple):
    """What money is compared by; household 0 stands for a person's own grant."""

    benefit: str
    component: str
    person_id: int
    month: dt.date
    household_id: int


class Booked(NamedTuple):
    """A live due as read for comparison."""

    pk: int
    kind: str
    amount_fen: int
    offset_fen: int
    line_id: int | None
    change_id: int
    township: str
    grant_id: int | None
    account_id: int | None
    assessment_run_id: int | None
    decision_id: int | None

    @property
    def signed_fen(self) -> int:
        """Return what the due gives, less than nothing where it asks money back."""
        return SIGN[self.kind] * self.amount_fen


@dataclass
class Books:
    """What a batch of people was booked, and what was voided and is to be written; `absorbed` records were merged."""

    county: str
    month: dt.date
    booked_month: dt.date
    change: Change
    standards: Standards
    corrected: Corrected
    absorbed: frozenset[int] = frozenset()
    dues: dict[Key, list[Booked]] = field(default_factory=lambda: defaultdict(list))
    regular: dict[tuple[Any, ...], list[int]] = field(default_factory=lambda: defaultdict(list))
    bound: set[int] = field(default_factory=set)
    voided: set[int] = field(default_factory=set)
    rows: list[tuple[Any, ...]] = field(default_factory=list)


def book_corrections(
    *,
    county: str,
    month: dt.date,
    floor: dt.date,
    since: int,
    change: Change,
    standards: Standards = frozenset,
    corrected: Corrected | None = None,
) -> int:
    """Book what months up to this one owe or were overpaid, as known now; returns the dues made or voided.

    Looked at is everybody whose grants were written after the change `since` (the last build of dues); months before
    `floor` (the first that was run here) are never touched. What was not yet paid is voided first; nothing is edited.
    `standards` tells the benefits whose standard is new, `corrected` the months of grants that two people corrected.
    In batches of people, each one transaction: killed anywhere
    and called again, or called twice, the result is the same, because what is booked counts.
    """
    if floor > month:
        return 0
    found = differing(county, touched_persons(county, since), floor, month)
    if found.restated:
        standards()  # asked before the writer is held: the law of several months is read for it
    made = 0
    for start in range(0, len(found.persons), BATCH):
        with transaction.atomic():
            books = Books(county, month, booking_month(county, month), change, standards, corrected or {})
            made += _correct(books, found.persons[start : start + BATCH], floor)
    return made


def _correct(books: Books, persons: Sequence[int], floor: dt.date) -> int:
    shares = known_shares(books.county, persons)
    books.absorbed = frozenset(survivors_of(persons))
    wanted = wanted_shares(shares, floor, books.month)
    _read(books, persons, floor)
    causes = {(share.benefit, share.person_id): share.end_cause for share in shares}
    for key in sorted({*wanted, *books.dues}):
        _compare(books, key, wanted.get(key), causes.get((key.benefit, key.person_id), ""))
    Due.objects.filter(pk__in=sorted(books.voided)).update(state=DueState.VOID)
    return bulk_insert(model=Due, columns=DUE_COLUMNS, rows=books.rows) + len(books.voided)


def wanted_shares(shares: Iterable[KnownShare], floor: dt.date, month: dt.date) -> dict[Key, KnownShare]:
    """Return which share pays each component of each month as known now: one, of the oldest grant where two meet."""
    paying: dict[tuple[str, str, int, dt.date], KnownShare] = {}
    for share in shares:
        first, last = share.first, share.last
        if last is not None and last <= floor:
            continue
        for one in months_between(max(first, floor), month):
            if first <= one and (last is None or one < last):
                paying.setdefault((share.benefit, share.component, share.person_id, one), share)
    return {Key(*key, share.household_id or 0): share for key, share in paying.items()}


def _read(books: Books, persons: Sequence[int], floor: dt.date) -> None:
    """Read the live dues of these people, the newest first, and which recoveries somebody already settles."""
    rows = Due.objects.filter(
        person_id__in=list(persons),
        entitlement_month__gte=floor,
        entitlement_month__lte=books.month,
        state=DueState.LIVE,
        kind__in=list(SIGN),
        grant__isnull=False,
    ).extra(where=[OF_COUNTY], params=[books.county])
    columns = ("benefit", "component", "person_id", "entitlement_month", "household_id", "id", *Booked._fields[1:])
    for benefit, component, person, month, household, *rest in rows.order_by("-id").values_list(*columns):
        key, due = Key(benefit, component, person, month, household or 0), Booked(*rest)
        books.dues[key].append(due)
        if due.kind == DueKind.REGULAR:
            books.regular[key[:4]].append(due.pk)
    owed = [due.pk for due in chain.from_iterable(books.dues.values()) if due.kind == DueKind.RECOVERY]
    books.bound |= set(Settlement.objects.filter(recovery__in=owed).values_list("recovery_id", flat=True))
    books.bound |= set(PlanItem.objects.filter(recovery__in=owed, running=True).values_list("recovery_id", flat=True))


def _compare(books: Books, key: Key, share: KnownShare | None, end_cause: str) -> None:
    """Void what is booked wrongly and not yet paid, then book the difference."""
    dues = books.dues.get(key, [])
    missing = (share.amount_fen if share else 0) - sum(due.signed_fen for due in dues)
    if not missing:
        return
    for due in dues:
        anew = key.month == books.month or due.change_id == books.change.pk
        if _free(books, due) and (anew or missing * SIGN[due.kind] < 0):
            books.voided.add(due.pk)
            missing += due.signed_fen
    if missing:
        gone = share is None and (end_cause in CAUSES or key.person_id in books.absorbed)
        looked_back = not gone and _corrected(books, key, share, dues)
        cause = Cause.REASSESSED if looked_back else _cause(books, key, share, bool(dues), end_cause)
        books.rows.append(_row(books, key, share, dues, missing, cause))


def _free(books: Books, due: Booked) -> bool:
    """Tell whether nothing was paid, withheld, refunded or agreed on a due yet."""
    return due.line_id is None and not due.offset_fen and due.pk not in books.bound


def _corrected(books: Books, key: Key, share: KnownShare | None, dues: list[Booked]) -> bool:
    """Tell whether two people have corrected the month of a grant that pays or paid it."""
    grants = {share.grant_id if share else None, *(due.grant_id for due in dues)} - {None}
    spans = (span for grant in grants for span in books.corrected.get(grant or 0, ()))
    return any(first <= key.month <= last for first, last in spans)


def _cause(books: Books, key: Key, share: KnownShare | None, booked: bool, end_cause: str) -> Cause:
    if share is None:
        if key.person_id in books.absorbed:  # a second record of the same person
            return Cause.DUPLICATE
        return CAUSES.get(end_cause, Cause.INCOME if not end_cause else Cause.LATE)
    if not booked:
        return Cause.LATE
    return Cause.STANDARD if share.benefit in books.standards() else Cause.INCOME


def _row(
    books: Books, key: Key, share: KnownShare | None, dues: list[Booked], missing: int, cause: Cause
) -> tuple[Any, ...]:
    """Return the due that books a difference; what nothing pays any more is described as it was booked."""
    one = share or dues[0]
    return (
        books.county, one.township, key.benefit, key.component, _kind(books, key, missing).value, key.person_id,
        key.household_id or None, one.grant_id, key.month, books.booked_month, abs(missing), one.account_id,
        one.assessment_run_id, one.decision_id, cause.value, DueState.LIVE.value, books.change.pk,
    )  # fmt: skip


def _kind(books: Books, key: Key, missing: int) -> DueKind:
    """Return arrears or recovery; in its own month a due made anew for a voided one stays a regular one."""
    if missing < 0:
        return DueKind.RECOVERY
    regular = books.regular.get(key[:4], []) if key.month == books.month else []
    return DueKind.REGULAR if regular and books.voided.issuperset(regular) else DueKind.ARREARS
