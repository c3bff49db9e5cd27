"""Making dues: staged in batches from the shares in force, live by one small change of state per benefit."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet

from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.selectors import PAYABLE, PAYABLE_COLUMNS, grant_id_ranges, payable_parameters
from nuanxin.kernel.payments.enums import DueKind, DueState
from nuanxin.kernel.payments.models import Due

BATCH = 5000
DUE_COLUMNS = [
    "county", "township", "benefit", "component", "kind", "person_id", "household_id", "grant_id", "entitlement_month",
    "booked_month", "amount_fen", "account_id", "assessment_run_id", "decision_id", "cause", "state", "change_id",
]  # fmt: skip
STAGE = f"""
INSERT INTO payments_due
       ({", ".join(PAYABLE_COLUMNS)}, kind, state, cause, entitlement_month, booked_month, change_id)
SELECT {", ".join(f"p.{name}" for name in ("county", "township", "benefit", "component", "person_id", "household_id"))},
       p.grant_id, p.amount_fen, p.payee_id, p.assessment_run_id, p.decision_id, 'regular', 'staged', '', %s, %s, %s
  FROM ({PAYABLE}) p
 WHERE NOT EXISTS (SELECT 1 FROM payments_due d
                    WHERE d.benefit = p.benefit AND d.component = p.component AND d.person_id = p.person_id
                      AND d.entitlement_month = %s AND d.kind = 'regular' AND d.state = 'live')
"""


@dataclass(frozen=True)
class EventDue:
    """What a decision grants once: money of each person by component, in fen, to be paid in the month's run."""

    decision_id: int
    benefit: str
    township: str
    household_id: int | None
    account_id: int | None
    persons: tuple[tuple[int, tuple[tuple[str, int], ...]], ...]
    entitlement_month: dt.date
    assessment_run_id: int | None = None


@dataclass(frozen=True)
class Debt:
    """Money owed from before a takeover: `kind` arrears (to the person) or recovery (by the person)."""

    benefit: str
    component: str
    township: str
    person_id: int
    kind: str
    month: dt.date
    amount_fen: int
    account_id: int | None
    note: str


def build_regular_dues(*, county: str, month: dt.date, change: Change) -> int:
    """Make the month's regular dues of every share that pays in it; those that are live already stay. Returns new ones.

    Killed anywhere and called again, the result is the same: staged rows of a broken try are dropped first.
    """
    _drop_staged(county, month)
    for first, last in grant_id_ranges(county, BATCH):
        _stage(county, month, first, last, change)
    _drop_doubles(county, month)
    staged = _staged(county, month)
    made = 0
    for benefit in sorted(set(staged.values_list("benefit", flat=True))):
        with transaction.atomic():
            made += staged.filter(benefit=benefit).update(state=DueState.LIVE)
    return made


def _stage(county: str, month: dt.date, first: int, last: int, change: Change) -> None:
    day = connection.ops.adapt_datefield_value(month)
    booked = connection.ops.adapt_datefield_value(booking_month(county, month))
    parameters = [day, booked, change.pk, *payable_parameters(county, month, first, last), day]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STAGE, parameters)


def _staged(county: str, month: dt.date) -> QuerySet[Due]:
    """Select staged dues; the state is written out because SQLite uses a partial index for literals only."""
    return Due.objects.filter(county=county, entitlement_month=month).extra(where=["payments_due.state = 'staged'"])


def _drop_staged(county: str, month: dt.date) -> None:
    staged = _staged(county, month)
    while ids := list(staged.values_list("id", flat=True)[:BATCH]):
        with transaction.atomic():
            Due.objects.filter(pk__in=ids).delete()


def _drop_doubles(county: str, month: dt.date) -> None:
    """Keep one staged due per person and component where two grants of a benefit meet in a month."""
    day = connection.ops.adapt_datefield_value(month)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT MIN(id), benefit, component, person_id FROM payments_due"
            " WHERE county = %s AND entitlement_month = %s AND state = 'staged'"
            " GROUP BY benefit, component, person_id HAVING COUNT(*) > 1",
            [county, day],
        )
        doubled = cursor.fetchall()
    for kept, benefit, component, person in doubled:
        rest = _staged(county, month).exclude(pk=kept)
        rest.filter(benefit=benefit, component=component, person_id=person).delete()


def book_event_dues(*, county: str, month: dt.date, change: Change, events: Sequence[EventDue]) -> int:
    """Make one due per person and component of each decision that grants once; a decision with dues is left alone."""
    booked = booking_month(county, month)
    made = 0
    for start in range(0, len(events), BATCH):
        part = events[start : start + BATCH]
        with transaction.atomic():
            known = set(
                Due.objects.filter(decision_id__in=[one.decision_id for one in part], kind=DueKind.EVENT).values_list(
                    "decision_id", flat=True
                )
            )
            rows = [
                (county, one.township, one.benefit, component, DueKind.EVENT.value, person_id, one.household_id,
                 None, one.entitlement_month, booked, fen, one.account_id, one.assessment_run_id, one.decision_id, "",
                 DueState.LIVE.value, change.pk)
                for one in part if one.decision_id not in known
                for person_id, shares in one.persons for component, fen in shares if fen > 0
            ]  # fmt: skip
            made += bulk_insert(model=Due, columns=DUE_COLUMNS, rows=rows)
    return made


def redirect_dues(*, change: Change, due_ids: Sequence[int], account_id: int) -> int:
    """Pay unsettled dues to another account (heirs of a dead payee, a guardian); amounts stay as they are.

    Dues already in a line are left alone. Returns how many were redirected; `change` says who and why.
    """
    with transaction.atomic():
        unsettled = Due.objects.filter(pk__in=list(due_ids), line__isnull=True, state=DueState.LIVE)
        count = unsettled.update(account_id=account_id)
        Change.objects.filter(pk=change.pk).update(rows=count)
    return count


def book_debts(*, county: str, booked: dt.date, change: Change, debts: Iterable[Debt]) -> int:
    """Make the dues of debts taken over: arrears are paid with the next run, recoveries are listed. Once per person."""
    with transaction.atomic():
        known = set(
            Due.objects.filter(county=county, cause__startswith="takeover").values_list(
                "benefit", "person_id", "entitlement_month", "kind"
            )
        )
        rows = [
            (county, debt.township, debt.benefit, debt.component, debt.kind, debt.person_id, None, None, debt.month,
             booked, debt.amount_fen, debt.account_id, None, None, "takeover", DueState.LIVE.value, change.pk)
            for debt in debts
            if (debt.benefit, debt.person_id, debt.month, debt.kind) not in known
        ]  # fmt: skip
        return bulk_insert(model=Due, columns=DUE_COLUMNS, rows=rows)
