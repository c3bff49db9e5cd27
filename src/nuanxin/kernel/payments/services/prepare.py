"""Making payment runs: checks, exceptions, one line per account, in batches that may be killed and resumed."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from django.db import connection, transaction
from django.db.models import Count, F, Max, QuerySet, Sum

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import bulk_insert, reserve_ids, uncollected
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.selectors import open_payees
from nuanxin.kernel.payments.enums import DueKind, DueState, ExceptionCode, LineState, RunState
from nuanxin.kernel.payments.models import Due, DueException, Line, PaymentRun
from nuanxin.kernel.payments.periods import waiting_benefits
from nuanxin.kernel.payments.services.checks import Checks, Payable
from nuanxin.kernel.payments.services.setoff import SetOff, close_paid_plans

BATCH, TRIES = 2500, 20
LINE_COLUMNS = [
    "id", "run_id", "seq", "county", "township", "benefit", "person_id", "household_id", "account_id", "amount_fen",
    "state", "reissue_of_id",
]  # fmt: skip
OUTSIDE_THE_RUNS = (DueKind.RECOVERY, DueKind.RESERVE)  # owed by the person; paid out of the township's fund
FIELDS = ("id", "township", "person_id", "household_id", "grant_id", "entitlement_month", "account_id", "amount_fen")
# One statement for a batch, by an object of line ids by due id: SQLite takes a third less than for one each.
SETTLE = {
    vendor: f"UPDATE payments_due SET line_id = CAST(given.value AS bigint) FROM {function}(%s) AS given"
    " WHERE payments_due.id = CAST(given.key AS bigint) AND line_id IS NULL AND state = 'live'"
    for vendor, function in {"sqlite": "json_each", "postgresql": "json_each_text"}.items()
}

NET = F("amount_fen") - F("offset_fen")


@uncollected()
def prepare_payment_runs(
    *, county: str, month: dt.date, change: Change, ready: Callable[[PaymentRun], None] | None = None
) -> list[PaymentRun]:
    """Put every unsettled due of the county, and every failed line of earlier months, into one run per benefit.

    What cannot be paid is listed as an exception and waits. A run left half built is finished; where nothing is to be
    paid no run is made, so that a second call changes nothing. `ready` is told of each run once it is prepared. Refused
    when no account of staff is the author.
    """
    if change.actor_id is None:
        raise Refused("payments.preparer", "编制发放批次必须由本人账号操作。", "请用有“编制发放”权限的账号登录后办理。")
    runs = []
    for benefit in _benefits(county, month):
        if (run := _prepare(county, benefit, month, change)) is not None:
            runs.append(run)
            if ready is not None:
                ready(run)
    return runs


def _benefits(county: str, month: dt.date) -> list[str]:
    """Return the benefits that may have anything to pay, the largest first: the second person waits the least so.

    Open dues are counted in their index alone; which of them are to be paid now is asked benefit by benefit.
    """
    counts = dict(_open_dues(county).order_by().values_list("benefit").annotate(Count("id")))
    building = PaymentRun.objects.filter(county=county, pay_month=month, state=RunState.BUILDING)
    failed = _failed(county, month).values_list("benefit", flat=True).distinct()
    others = {*building.values_list("benefit", flat=True), *failed}
    return sorted({*counts, *others}, key=lambda benefit: (-counts.get(benefit, 0), benefit))


def _open_dues(county: str) -> QuerySet[Due]:
    """Select live dues without a line; the state is written out so that SQLite uses the partial index."""
    return Due.objects.filter(county=county, line__isnull=True).extra(where=["payments_due.state = 'live'"])


def _unsettled(county: str, month: dt.date) -> QuerySet[Due]:
    """Select the open dues that a month's runs pay: neither owed by the person nor set off whole.

    Dues of a benefit that is paid by the quarter, half-year or year wait for the last month of it.
    """
    dues = _open_dues(county).filter(booked_month__lte=month, offset_fen__lt=F("amount_fen"))
    return dues.exclude(kind__in=OUTSIDE_THE_RUNS).exclude(benefit__in=waiting_benefits(county, month))


def _failed(county: str, month: dt.date) -> QuerySet[Line]:
    """Select failed and held lines of earlier months that no line reissues; states written out as above."""
    lines = Line.objects.filter(county=county, reissued_by=None, run__pay_month__lt=month)
    return lines.extra(where=["payments_line.state IN ('failed', 'held')"])


def _prepare(county: str, benefit: str, month: dt.date, change: Change) -> PaymentRun | None:
    dues = _with_payees(_payables(_unsettled(county, month).filter(benefit=benefit).values_list(*FIELDS)))
    failed = list(_failed(county, month).filter(benefit=benefit).order_by("run__pay_month", "run_id", "seq"))
    old = _dues_of_lines(failed)
    wanted = _accounts_now(failed, old)
    looked = [*dues, *(due for line in failed for due in old[line.pk])]
    accounts = {one for one in (*(due.account_id for due in dues), *wanted.values()) if one is not None}
    checks = Checks(county, clock.today(), accounts, {due.person_id for due in looked})
    faults = {due.due_id: fault for due in dues if (fault := checks.fault(due))}
    reissues = []
    for line in failed:
        found = [checks.fault(due._replace(account_id=wanted[line.pk])) for due in old[line.pk]]
        if any(found):
            faults.update({due.due_id: fault for due, fault in zip(old[line.pk], found, strict=True) if fault})
        else:
            reissues.append(line)
    _list_exceptions(county, benefit, month, faults)
    payable = [due for due in dues if due.due_id not in faults]
    run = _open_run(county, benefit, month, change, make=bool(payable or reissues))
    if run is None:
        return None
    _add_lines(run, payable)
    _add_reissues(run, reissues, wanted)
    return _finish(run)


def _payables(rows: Iterable[tuple]) -> list[Payable]:  # type: ignore[type-arg]
    return list(map(Payable._make, rows))


def _with_payees(dues: list[Payable]) -> list[Payable]:
    """Give dues without an account the one their grant names now."""
    payees = open_payees(sorted({due.grant_id for due in dues if due.account_id is None and due.grant_id is not None}))
    return [
        due if due.account_id is not None else due._replace(account_id=payees.get((due.grant_id or 0, due.person_id)))
        for due in dues
    ]


def _dues_of_lines(lines: Sequence[Line]) -> dict[int, list[Payable]]:
    found: dict[int, list[Payable]] = {line.pk: [] for line in lines}
    for line_id, *row in Due.objects.filter(line__in=lines).order_by("id").values_list("line_id", *FIELDS):
        found[line_id].append(Payable(*row))
    return found


def _accounts_now(lines: Sequence[Line], dues: dict[int, list[Payable]]) -> dict[int, int | None]:
    """Return the account each failed line shall go to now: the one its grant names, else its due, else the old one."""
    payees = open_payees(sorted({due.grant_id for listed in dues.values() for due in listed if due.grant_id}))
    accounts = {}
    for line in lines:
        named = {payees.get((due.grant_id or 0, due.person_id), due.account_id) for due in dues[line.pk]} - {None}
        accounts[line.pk] = named.pop() if len(named) == 1 else line.account_id
    return accounts


def _list_exceptions(county: str, benefit: str, month: dt.date, faults: dict[int, ExceptionCode]) -> None:
    """Replace the month's exceptions of a benefit by those found now, touching only what differs."""
    listed = DueException.objects.filter(county=county, benefit=benefit, pay_month=month)
    known = dict(listed.values_list("due_id", "code"))
    gone = [due for due, code in known.items() if faults.get(due) != code]
    fresh = [(due, county, benefit, month, code.value) for due, code in faults.items() if known.get(due) != code]
    columns = ["due_id", "county", "benefit", "pay_month", "code"]
    for start in range(0, len(gone), BATCH):
        with transaction.atomic():
            listed.filter(due_id__in=gone[start : start + BATCH]).delete()
    for start in range(0, len(fresh), BATCH):
        with transaction.atomic():
            bulk_insert(model=DueException, columns=columns, rows=fresh[start : start + BATCH])


def _open_run(county: str, benefit: str, month: dt.date, change: Change, *, make: bool) -> PaymentRun | None:
    """Return the half-built run of the benefit and month, or a new one when there is something to pay."""
    with transaction.atomic():
        same = PaymentRun.objects.select_for_update().filter(county=county, benefit=benefit, pay_month=month)
        building = same.filter(state=RunState.BUILDING).first()
        if building is not None or not make:
            return building
        number = same.count() + 1
        return PaymentRun.objects.create(
            county=county,
            benefit=benefit,
            pay_month=month,
            number=number,
            batch_no=_batch_no(county, benefit, month, number),
            state=RunState.BUILDING,
            prepared_by_id=change.actor_id,
            change=change,
        )


def _batch_no(county: str, benefit: str, month: dt.date, number: int) -> str:
    """Return county, month, number and the benefit's code: unique, and readable in the bank's answer."""
    return f"{county}{month:%Y%m}{number:02d}{benefit.upper().replace('_', '')}"[:30]


def _key(due: Payable) -> tuple[str, int]:
    return due.township, due.account_id or 0


def _add_lines(run: PaymentRun, dues: list[Payable]) -> None:
    """Group dues by township and account, the account's oldest due first, and write lines in batches."""
    setoff = SetOff(run)
    groups = [list(group) for _, group in groupby(sorted(dues, key=lambda due: (*_key(due), due.due_id)), key=_key)]
    for start in range(0, len(groups), BATCH):
        _write_batch(run, setoff, groups[start : start + BATCH])


def _write_batch(run: PaymentRun, setoff: SetOff, groups: list[list[Payable]]) -> None:
    """Write a line for each group less what is set off; where nothing is left to pay there is no line."""
    with transaction.atomic():
        withheld = setoff.take([due for group in groups for due in group])
        paying = [(group, fen) for group in groups if (fen := _net(group, withheld))]
        seq = last_seq(run)
        ids = reserve_ids(model=Line, count=len(paying))
        rows, settled = [], []
        for place, (line_id, (group, fen)) in enumerate(zip(ids, paying, strict=True), start=seq + 1):
            first, person, household = group[0], *_whose(group)
            rows.append(
                (line_id, run.pk, place, run.county, first.township, run.benefit, person, household,
                 first.account_id, fen, LineState.PREPARED.value, None)
            )  # fmt: skip
            settled += [(line_id, due.due_id) for due in group if withheld.get(due.due_id, 0) < due.amount_fen]
        bulk_insert(model=Line, columns=LINE_COLUMNS, rows=rows)
        _settle(settled)


def _whose(group: list[Payable]) -> tuple[int | None, int | None]:
    """Return the one person and the one household whose dues these are; None where there are several."""
    if len(group) == 1:
        return group[0].person_id, group[0].household_id
    persons = {due.person_id for due in group}
    households = {due.household_id for due in group}
    return (persons.pop() if len(persons) == 1 else None), (households.pop() if len(households) == 1 else None)


def _net(group: list[Payable], withheld: dict[int, int]) -> int:
    return sum(due.amount_fen - withheld.get(due.due_id, 0) for due in group)


def last_seq(run: PaymentRun) -> int:
    """Return the number of a run's last line; lines are only ever added after it."""
    return Line.objects.filter(run=run).aggregate(last=Max("seq"))["last"] or 0


def _settle(pairs: list[tuple[int, int]]) -> None:
    """Point dues at their line; Fault when one was settled or voided meanwhile, and nothing is written."""
    if not pairs:
        return
    lines = {due_id: line_id for line_id, due_id in pairs}
    with connection.cursor() as cursor:
        cursor.execute(SETTLE[connection.vendor], [json.dumps(lines)])
        if cursor.rowcount != len(pairs):
            raise Fault("a due was settled twice")


def _add_reissues(run: PaymentRun, lines: list[Line], accounts: dict[int, int | None]) -> None:
    """Write a new line for each failed one and let its dues follow."""
    for start in range(0, len(lines), BATCH):
        part = lines[start : start + BATCH]
        with transaction.atomic():
            seq = last_seq(run)
            ids = reserve_ids(model=Line, count=len(part))
            rows = [
                (line_id, run.pk, place, run.county, old.township, run.benefit, old.person_id, old.household_id,
                 accounts[old.pk], old.amount_fen, LineState.PREPARED.value, old.pk)
                for place, (line_id, old) in enumerate(zip(ids, part, strict=True), start=seq + 1)
            ]  # fmt: skip
            bulk_insert(model=Line, columns=LINE_COLUMNS, rows=rows)
            with connection.cursor() as cursor:
                cursor.executemany(
                    "UPDATE payments_due SET line_id = %s WHERE line_id = %s", [(row[0], row[-1]) for row in rows]
                )


def _finish(run: PaymentRun) -> PaymentRun:
    """Count the run, hold its sum against its dues' and make it ready for the second person.

    It is counted before the writer is held, and again when somebody added a line meanwhile.
    """
    for _ in range(TRIES):
        last = last_seq(run)
        totals = Line.objects.filter(run=run).aggregate(count=Count("id"), fen=Sum("amount_fen"))
        dues = Due.objects.filter(line__run=run, state=DueState.LIVE).aggregate(fen=Sum(NET))
        with transaction.atomic():
            PaymentRun.objects.select_for_update().get(pk=run.pk)
            if last_seq(run) != last:
                continue
            if totals["fen"] != dues["fen"]:
                raise Fault(f"run {run.batch_no}: lines {totals['fen']} fen, dues {dues['fen']} fen")
            run.line_count, run.total_fen, run.state = totals["count"], totals["fen"] or 0, RunState.PREPARED
            run.save(update_fields=["line_count", "total_fen", "state"])
            close_paid_plans(run.county)
            return run
    raise Fault(f"run {run.batch_no}: lines were added all the time")
