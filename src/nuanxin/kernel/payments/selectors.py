"""Reading the money: runs, lines, dues, exceptions, what a person was paid."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from nuanxin.kernel.payments.enums import DueKind, DueState, LineState, RunState
from nuanxin.kernel.payments.models import BankFile, Due, DueException, Line, PaymentRun


@dataclass(frozen=True)
class MonthMoney:
    """A county's month in money (fen) and heads of records."""

    dues: int
    dues_fen: int
    lines: int
    lines_fen: int
    paid: int
    paid_fen: int
    failed: int
    held: int
    exceptions: int


def runs_in(county: str, month: dt.date | None = None) -> QuerySet[PaymentRun]:
    """Return the county's payment runs, newest first; only those of a pay month when one is given."""
    runs = PaymentRun.objects.filter(county=county).select_related("prepared_by", "released_by")
    return (runs.filter(pay_month=month) if month else runs).order_by("-pay_month", "benefit", "number")


def months_due(county: str) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last month whose regular dues were booked here, None before the first."""
    rows = Due.objects.filter(county=county, kind=DueKind.REGULAR, state=DueState.LIVE)
    booked = rows.order_by("booked_month").values_list("booked_month", flat=True)
    first, last = booked.first(), booked.last()
    return (first, last) if first is not None and last is not None else None


def run_by_id(run_id: int) -> PaymentRun | None:
    """Return a run, None when there is none."""
    return PaymentRun.objects.filter(pk=run_id).select_related("prepared_by", "released_by").first()


def run_by_batch(batch_no: str) -> PaymentRun | None:
    """Return the run of a batch number, None when there is none."""
    return PaymentRun.objects.filter(batch_no=batch_no).first()


def lines_of_run(run_id: int) -> QuerySet[Line]:
    """Return a run's lines in the order of the bank file."""
    return Line.objects.filter(run_id=run_id).select_related("person", "account", "account__holder").order_by("seq")


def files_of_run(run_id: int) -> QuerySet[BankFile]:
    """Return what went to the bank and came back."""
    return BankFile.objects.filter(run_id=run_id).order_by("id")


def dues_of_line(line_id: int) -> QuerySet[Due]:
    """Return the dues a line settles."""
    return Due.objects.filter(line_id=line_id).select_related("person").order_by("entitlement_month", "id")


def due_by_id(due_id: int) -> Due | None:
    """Return a due with its line and run, None when there is none."""
    return Due.objects.filter(pk=due_id).select_related("line__run").first()


def line_by_id(line_id: int) -> Line | None:
    """Return a line with its run, None when there is none."""
    return Line.objects.filter(pk=line_id).select_related("run").first()


def exceptions_in(county: str, month: dt.date) -> QuerySet[DueException]:
    """Return what could not be paid in a month and why."""
    rows = DueException.objects.filter(county=county, pay_month=month).select_related("due", "due__person")
    return rows.order_by("benefit", "code", "due__township", "id")


def recoveries_in(county: str) -> QuerySet[Due]:
    """Return what people owe back, newest first."""
    return Due.objects.filter(county=county, kind=DueKind.RECOVERY, state=DueState.LIVE).order_by("-id")


def single_dues_of(person_ids: list[int]) -> QuerySet[Due]:
    """Return people's unsettled or bounced dues that belong to no grant: what decisions pay once."""
    open_ = Q(line=None) | Q(line__state__in=[LineState.FAILED, LineState.HELD])
    rows = Due.objects.filter(open_, person_id__in=person_ids, grant=None, state=DueState.LIVE)
    return rows.exclude(kind__in=[DueKind.RECOVERY, DueKind.RESERVE]).order_by("entitlement_month", "id")


def open_dues_into(account_id: int) -> QuerySet[Due]:
    """Return what is due, or bounced, and is to go to an account."""
    open_ = Q(line=None) | Q(line__state__in=[LineState.FAILED, LineState.HELD])
    rows = Due.objects.filter(open_, account_id=account_id, state=DueState.LIVE)
    return rows.exclude(kind__in=[DueKind.RECOVERY, DueKind.RESERVE])


def open_failure(line_id: int) -> Line | None:
    """Return a failed or held line that no other reissues yet, with its dues; None for any other."""
    rows = Line.objects.filter(pk=line_id, state__in=[LineState.FAILED, LineState.HELD], reissued_by=None)
    return rows.select_related("run", "account").prefetch_related("dues").first()


def corrections_of(change_id: int, county: str, booked_month: dt.date) -> QuerySet[Due]:
    """Return the arrears and recoveries that one change booked in a month, by person, benefit and month."""
    kinds = (DueKind.ARREARS, DueKind.RECOVERY)
    rows = Due.objects.filter(county=county, booked_month=booked_month)  # an index finds these, a change has none
    rows = rows.filter(change_id=change_id, kind__in=kinds, state=DueState.LIVE)
    return rows.order_by("person_id", "benefit", "kind", "entitlement_month", "id")


def payments_of(person_ids: list[int], household_id: int | None = None) -> QuerySet[Due]:
    """Return the live dues of people (and of a household) with their lines, newest month first."""
    who = Q(person_id__in=person_ids)
    if household_id is not None:
        who |= Q(household_id=household_id)
    dues = Due.objects.filter(who, state=DueState.LIVE).select_related("line__run", "person", "account")
    return dues.order_by("-entitlement_month", "benefit", "id")


def month_money(county: str, month: dt.date) -> MonthMoney:
    """Return the totals of the dues booked in a month and of the lines of its runs."""
    dues = Due.objects.filter(county=county, booked_month=month, state=DueState.LIVE).exclude(kind=DueKind.RECOVERY)
    due = dues.aggregate(count=Count("id"), fen=Sum("amount_fen"))
    lines = Line.objects.filter(run__county=county, run__pay_month=month)
    line = lines.aggregate(
        count=Count("id"),
        fen=Sum("amount_fen"),
        paid=Count("id", filter=Q(state=LineState.PAID)),
        paid_fen=Sum("amount_fen", filter=Q(state=LineState.PAID)),
        failed=Count("id", filter=Q(state=LineState.FAILED)),
        held=Count("id", filter=Q(state=LineState.HELD)),
    )
    return MonthMoney(
        dues=due["count"],
        dues_fen=due["fen"] or 0,
        lines=line["count"],
        lines_fen=line["fen"] or 0,
        paid=line["paid"],
        paid_fen=line["paid_fen"] or 0,
        failed=line["failed"],
        held=line["held"],
        exceptions=DueException.objects.filter(county=county, pay_month=month).count(),
    )


def open_runs(county: str, before: dt.date | None = None) -> QuerySet[PaymentRun]:
    """Return the runs that have not come back from the bank, those of earlier pay months when a month is given."""
    runs = PaymentRun.objects.filter(county=county).exclude(state=RunState.RETURNED)
    return (runs.filter(pay_month__lt=before) if before else runs).order_by("pay_month", "benefit", "number")
