"""A household's account as a citizen can read it: due, paid when and where, owed, paid back, and the balance."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, Sum

from nuanxin.kernel.payments.enums import Cause, DueKind, DueState, LineState, SettlementState
from nuanxin.kernel.payments.models import Due, RecoveryPlan, Redirection, Settlement
from nuanxin.kernel.payments.reserve import LATER_STAGE
from nuanxin.kernel.payments.services.setoff import outstanding

CAUSES = dict(Cause.choices) | {LATER_STAGE: "分阶段救助"}
WAITING = {
    LineState.PREPARED: "已编制，待发放", LineState.SENT: "已送银行", LineState.PAID: "已到账",
    LineState.HELD: "暂缓发放", LineState.FAILED: "银行退回，待重发",
}  # fmt: skip
OTHER_LABELS = {"recovery": "应退还", "outside": "乡镇备用金已付", "set_off": "已全部抵扣", "open": "待发放"}


@dataclass(frozen=True)
class Entry:
    """One line of a statement, in fen: due (a recovery is negative), what was set off, what reached the account."""

    month: dt.date
    benefit: str
    person_id: int
    kind: str
    words: str
    cause: str
    due_fen: int
    set_off_fen: int
    paid_fen: int
    paid_on: dt.date | None
    tail: str
    state: str


@dataclass(frozen=True)
class Statement:
    """A statement with its totals in fen: `balance_fen` is what is still to be paid, less what is to be paid back."""

    entries: tuple[Entry, ...]
    settlements: tuple[Settlement, ...]
    plans: tuple[RecoveryPlan, ...]
    due_fen: int
    paid_fen: int
    returned_fen: int
    owed_fen: int
    debt_fen: int

    @property
    def balance_fen(self) -> int:
        """Return what is still to be paid to the household, less what it owes."""
        return self.owed_fen - self.debt_fen


def statement_of(*, household_id: int | None, person_ids: Sequence[int], year: int) -> Statement:
    """Return the statement of the months of a year of a household's grants and of its members' own."""
    who = Q(household_id=household_id) if household_id is not None else Q(pk__in=[])
    who |= Q(person_id__in=list(person_ids), household__isnull=True)
    rows = Due.objects.filter(who, state=DueState.LIVE, entitlement_month__year=year)
    dues = list(rows.select_related("line", "line__account", "account").order_by("entitlement_month", "benefit", "id"))
    entries = tuple(_entry(due) for due in dues)
    owed = [due.pk for due in dues if due.kind == DueKind.RECOVERY]
    settled = Settlement.objects.filter(recovery_id__in=owed, state=SettlementState.IN_FORCE).order_by("on", "id")
    settlements = tuple(settled.select_related("recovery", "due"))
    back = sum(one.amount_fen for one in settlements)
    recoveries = sum(-one.due_fen for one in entries if one.due_fen < 0)
    due_fen = sum(one.due_fen for one in entries if one.kind != DueKind.RETURNED)
    paid = sum(one.paid_fen for one in entries)
    waiting = sum(one.due_fen - one.set_off_fen - one.paid_fen for one in entries if one.due_fen > 0)
    plans = RecoveryPlan.objects.filter(items__recovery_id__in=owed).distinct().order_by("id")
    return Statement(entries, settlements, tuple(plans), due_fen, paid, back, waiting, recoveries - back)


def _entry(due: Due) -> Entry:
    line, recovery = due.line, due.kind == DueKind.RECOVERY
    outside = due.kind == DueKind.RESERVE
    paid = due.amount_fen if outside else 0
    if line is not None and line.state == LineState.PAID:
        paid = due.amount_fen - due.offset_fen
    account = line.account if line is not None else None
    return Entry(
        month=due.entitlement_month,
        benefit=due.benefit,
        person_id=due.person_id,
        kind=due.kind,
        words=OTHER_LABELS["recovery"] if recovery else str(DueKind(due.kind).label),
        cause=str(CAUSES.get(due.cause, "")),
        due_fen=-due.amount_fen if recovery else due.amount_fen,
        set_off_fen=due.offset_fen,
        paid_fen=paid,
        paid_on=line.paid_on if line is not None else None,
        tail=account.tail if account is not None else "",
        state=_state(due, recovery, outside),
    )


def _state(due: Due, recovery: bool, outside: bool) -> str:
    if recovery:
        return ""
    if outside:
        return OTHER_LABELS["outside"]
    if due.line is not None:
        return WAITING[LineState(due.line.state)]
    return OTHER_LABELS["set_off" if due.offset_fen == due.amount_fen else "open"]


def debts_in(county: str, *, settled: bool = False) -> QuerySet[Due]:
    """Return the recoveries of a county with `settled_fen`, newest first; those paid back only when asked for."""
    counted = Q(settlements__state=SettlementState.IN_FORCE)
    rows = Due.objects.filter(county=county, kind=DueKind.RECOVERY, state=DueState.LIVE)
    rows = rows.annotate(settled_fen=Sum("settlements__amount_fen", filter=counted, default=0))
    rows = rows if settled else rows.filter(amount_fen__gt=F("settled_fen"))
    return rows.select_related("person", "household").order_by("-booked_month", "-id")


def debt_by_id(due_id: int) -> Due | None:
    """Return a recovery with person, household and change, None when there is none."""
    rows = Due.objects.filter(pk=due_id, kind=DueKind.RECOVERY, state=DueState.LIVE)
    return rows.select_related("person", "household").first()


def owed_of(due_id: int) -> int:
    """Return what is still owed of a recovery, in fen."""
    return outstanding([due_id]).get(due_id, 0)


def settlements_of(due_id: int) -> list[Settlement]:
    """Return every settlement of a recovery, refused ones too, as they were written."""
    rows = Settlement.objects.filter(recovery_id=due_id).select_related("made_by", "checked_by", "run", "reverses")
    return list(rows.order_by("id"))


def plan_of(due_id: int) -> RecoveryPlan | None:
    """Return the plan that settles a recovery or waits to, None when there is none."""
    rows = RecoveryPlan.objects.filter(items__recovery_id=due_id, items__running=True)
    return rows.select_related("made_by", "checked_by").first()


def debts_with(due: Due) -> list[Due]:
    """Return the unsettled recoveries of the same debtor, household or person, the oldest month first."""
    same = Q(household_id=due.household_id) if due.household_id else Q(person_id=due.person_id, household=None)
    return sorted(debts_in(due.county).filter(same), key=lambda one: (one.entitlement_month, one.pk))


def redirections_in(county: str) -> QuerySet[Redirection]:
    """Return the redirections of a county, those that wait for a second person first."""
    rows = Redirection.objects.filter(county=county).select_related(
        "person", "account__holder", "made_by", "checked_by"
    )
    return rows.order_by(F("checked_by_id").asc(nulls_first=True), "-id")


def unsettled_of(person_id: int) -> QuerySet[Due]:
    """Return what could not be paid to a person yet and lies in no run."""
    rows = Due.objects.filter(person_id=person_id, state=DueState.LIVE, line__isnull=True)
    return rows.exclude(kind__in=[DueKind.RECOVERY, DueKind.RESERVE]).order_by("entitlement_month", "id")
