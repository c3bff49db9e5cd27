"""Making dues: in batches from the shares in force, of two grants of a benefit the older's."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.selectors import PAYABLE, PAYABLE_COLUMNS, grant_id_ranges, payable_parameters
from nuanxin.kernel.payments.enums import Cause, DueKind, DueState
from nuanxin.kernel.payments.models import Due
from nuanxin.kernel.payments.reserve import AFTER_RESERVE, LATER_STAGE, paid_in_cases, settled_parts
from nuanxin.kernel.payments.services.help_first import net_of_reserve, settle_help_first
from nuanxin.kernel.payments.services.reserve_ledger import COMPONENT

BATCH = 5000
DUE_COLUMNS = [
    "county", "township", "benefit", "component", "kind", "person_id", "household_id", "grant_id", "entitlement_month",
    "booked_month", "amount_fen", "account_id", "assessment_run_id", "decision_id", "cause", "state", "change_id",
]  # fmt: skip
# Of two grants of a benefit the older pays: ids ascend from batch to batch, and within one by the order. Benefit by
# benefit, as the indexes stand.
REGULAR = f"""
INSERT INTO payments_due
       ({", ".join(PAYABLE_COLUMNS)}, kind, state, cause, entitlement_month, booked_month, change_id)
SELECT {", ".join(f"p.{name}" for name in ("county", "township", "benefit", "component", "person_id", "household_id"))},
       p.grant_id, p.amount_fen, p.payee_id, p.assessment_run_id, p.decision_id, 'regular', 'live', '', %s, %s, %s
  FROM ({PAYABLE}) p
 ORDER BY p.benefit, p.grant_id, p.share_id
    ON CONFLICT (benefit, component, person_id, entitlement_month) WHERE kind = 'regular' AND state = 'live' DO NOTHING
"""


@dataclass(frozen=True)
class EventDue:
    """What a decision grants once, or a `part` of it: money of each person by component, in fen, for a month's run."""

    decision_id: int
    benefit: str
    township: str
    household_id: int | None
    account_id: int | None
    persons: tuple[tuple[int, tuple[tuple[str, int], ...]], ...]
    entitlement_month: dt.date
    assessment_run_id: int | None = None
    case_id: int | None = None
    part: int = 1


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

    In batches of grants, the older first, each one transaction: killed anywhere and called again, the result is the
    same. A second due for the same benefit, component, person and month is left out by the database's own constraint.
    """
    return sum(_make(county, month, first, last, change) for first, last in grant_id_ranges(county, BATCH))


def _make(county: str, month: dt.date, first: int, last: int, change: Change) -> int:
    day = connection.ops.adapt_datefield_value(month)
    booked = connection.ops.adapt_datefield_value(booking_month(county, month))
    parameters = [day, booked, change.pk, *payable_parameters(county, month, first, last)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REGULAR, parameters)
        return int(cursor.rowcount)


def book_event_dues(*, county: str, month: dt.date, change: Change, events: Sequence[EventDue]) -> int:
    """Make one due per person and component of each part of decisions that grant once; a part with dues is left alone.

    What a reserve fund paid before in the same case is taken off the first part, what it paid too much is a recovery.
    """
    booked = booking_month(county, month)
    made = 0
    for start in range(0, len(events), BATCH):
        part = events[start : start + BATCH]
        with transaction.atomic():
            known = settled_parts([one.decision_id for one in part])
            fresh = [one for one in part if not known.has(one.decision_id, one.entitlement_month, one.part)]
            paid = paid_in_cases([one.case_id for one in fresh if one.case_id is not None and one.part == 1])
            before = [(one, paid.get(one.case_id or 0, {}) if one.part == 1 else {}) for one in fresh]
            rows = [row for one, fund in before for row in _event_rows(county, booked, change, one, fund)]
            made += bulk_insert(model=Due, columns=DUE_COLUMNS, rows=rows)
            for one in fresh:
                if one.case_id in paid and one.part == 1:
                    settle_help_first(change=change, case_id=one.case_id or 0, decision_id=one.decision_id)
    return made


def _event_rows(
    county: str, booked: dt.date, change: Change, one: EventDue, paid: dict[int, int]
) -> list[tuple[Any, ...]]:
    """Return the dues of a decision, less what was `paid` (fen by person) out of a reserve fund."""
    netted = net_of_reserve(one.persons, paid)
    before, usual = dict.fromkeys(paid, AFTER_RESERVE), LATER_STAGE if one.part > 1 else ""
    event, back = DueKind.EVENT.value, DueKind.RECOVERY.value
    dues = [(event, person, part, fen, before.get(person, usual)) for person, part, fen in netted.rest]
    dues += [(back, person, COMPONENT, fen, Cause.HELP_FIRST.value) for person, fen in netted.back.items()]
    return [
        (county, one.township, one.benefit, component, kind, person_id, one.household_id, None, one.entitlement_month,
         booked, fen, one.account_id, one.assessment_run_id, one.decision_id, cause, DueState.LIVE.value, change.pk)
        for kind, person_id, component, fen, cause in dues
    ]  # fmt: skip


def redirect_dues(*, change: Change, due_ids: Sequence[int], account_id: int) -> int:
    """Pay unsettled dues to another account (heirs of a dead payee, a guardian); amounts stay as they are.

    Dues in a line, or paid out of a reserve fund, are left alone. Returns how many were redirected; `change` says who
    and why.
    """
    with transaction.atomic():
        unsettled = Due.objects.filter(pk__in=list(due_ids), line__isnull=True, state=DueState.LIVE)
        count = unsettled.exclude(kind=DueKind.RESERVE).update(account_id=account_id)
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
