"""Set-off: what a plan withholds from dues about to be paid, under the declared ceiling, to the fen."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, Sum

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.payments.enums import PlanState, SettlementKind, SettlementState
from nuanxin.kernel.payments.models import Due, PaymentRun, PlanItem, RecoveryPlan, Settlement
from nuanxin.kernel.payments.schema import Ceiling, recovery_terms
from nuanxin.kernel.payments.services.checks import Payable

SETTLEMENT_COLUMNS = [
    "county", "kind", "state", "recovery_id", "due_id", "run_id", "plan_id", "amount_fen", "on", "change_id",
]  # fmt: skip


@dataclass(frozen=True)
class Offset:
    """So many fen of a recovery set off against a due, under a plan."""

    plan_id: int
    recovery_id: int
    due_id: int
    amount_fen: int


class SetOff:
    """The plans that may withhold from a run; asked once per run, reckoned anew in each batch's transaction."""

    def __init__(self, run: PaymentRun) -> None:
        self.run = run
        self.ceiling: Ceiling = recovery_terms(run.county).on(run.pay_month)
        plans = RecoveryPlan.objects.filter(
            county=run.county, state=PlanState.IN_FORCE, from_month__lte=run.pay_month
        ).order_by("id")
        shielded = run.benefit in self.ceiling.protected
        self.plans = [plan for plan in plans if plan.agreed_with or not shielded]

    def take(self, dues: Sequence[Payable]) -> dict[int, int]:
        """Settle what the plans may withhold from these dues; return due → fen withheld. Call it in a transaction."""
        offsets = [one for plan in self._concerned(dues) for one in self._plan(plan, dues)] if self.plans else []
        withheld: dict[int, int] = {}
        for one in offsets:
            withheld[one.due_id] = withheld.get(one.due_id, 0) + one.amount_fen
        self._write(offsets, withheld)
        return withheld

    def _concerned(self, dues: Sequence[Payable]) -> list[RecoveryPlan]:
        persons = {due.person_id for due in dues}
        households = {due.household_id for due in dues} - {None}
        near = [plan for plan in self.plans if plan.person_id in persons or plan.household_id in households]
        self.left = {due.due_id: self.ceiling.room(due.amount_fen) for due in dues} if near else {}
        locked = RecoveryPlan.objects.select_for_update().filter(pk__in=[plan.pk for plan in near])
        return list(locked.filter(state=PlanState.IN_FORCE).order_by("id"))

    def _plan(self, plan: RecoveryPlan, dues: Sequence[Payable]) -> Iterable[Offset]:
        room = plan.instalment_fen - withheld_in(plan.pk, self.run.pay_month)
        owed = _owed(plan)
        for due in sorted(dues, key=lambda one: (one.month, one.due_id)):
            if due.person_id != plan.person_id and (plan.household_id is None or due.household_id != plan.household_id):
                continue
            for recovery_id in owed:
                fen = min(room, self.left[due.due_id], owed[recovery_id])
                if fen > 0:
                    room, self.left[due.due_id] = room - fen, self.left[due.due_id] - fen
                    owed[recovery_id] -= fen
                    yield Offset(plan.pk, recovery_id, due.due_id, fen)

    def _write(self, offsets: list[Offset], withheld: dict[int, int]) -> None:
        if not offsets:
            return
        rows: list[tuple[Any, ...]] = [
            (self.run.county, SettlementKind.SET_OFF.value, SettlementState.IN_FORCE.value, one.recovery_id, one.due_id,
             self.run.pk, one.plan_id, one.amount_fen, clock.today(), self.run.change_id)
            for one in offsets
        ]  # fmt: skip
        bulk_insert(model=Settlement, columns=SETTLEMENT_COLUMNS, rows=rows)
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE payments_due SET offset_fen = offset_fen + %s"
                " WHERE id = %s AND line_id IS NULL AND state = 'live'",
                [(fen, due) for due, fen in sorted(withheld.items())],
            )
            if cursor.rowcount != len(withheld):
                raise Fault("a due was set off twice")


def withheld_in(plan_id: int, month: dt.date) -> int:
    """Return what a plan withheld in the runs of a pay month, in fen."""
    rows = Settlement.objects.filter(plan_id=plan_id, kind=SettlementKind.SET_OFF, run__pay_month=month)
    return rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0


def outstanding(recovery_ids: Iterable[int]) -> dict[int, int]:
    """Return what is still owed of each recovery, in fen, those settled in full too (0)."""
    counted = Q(settlements__state=SettlementState.IN_FORCE)
    rows = Due.objects.filter(pk__in=list(recovery_ids)).annotate(
        settled=Sum("settlements__amount_fen", filter=counted)
    )
    return {pk: fen - (settled or 0) for pk, fen, settled in rows.values_list("id", "amount_fen", "settled")}


def _owed(plan: RecoveryPlan) -> dict[int, int]:
    """Return what is still owed of each recovery of a plan, the oldest month first."""
    items = PlanItem.objects.filter(plan=plan, running=True, recovery__state="live")
    ids = list(items.order_by("recovery__entitlement_month", "recovery_id").values_list("recovery_id", flat=True))
    owed = outstanding(ids)
    return {pk: owed[pk] for pk in ids if owed[pk] > 0}


def close_paid_plans(county: str) -> int:
    """Close the plans whose recoveries are settled in full and let their items go; return how many were closed."""
    plans = set(RecoveryPlan.objects.filter(county=county, state=PlanState.IN_FORCE).values_list("id", flat=True))
    if not plans:
        return 0
    items = PlanItem.objects.filter(plan__in=plans, running=True, recovery__state="live")
    recoveries = dict(items.values_list("recovery_id", "plan_id"))
    paid = plans - {recoveries[pk] for pk, fen in outstanding(recoveries).items() if fen > 0}
    RecoveryPlan.objects.filter(pk__in=paid).update(state=PlanState.DONE)
    PlanItem.objects.filter(plan__in=paid).update(running=False)
    return len(paid)
