"""The second person: looks again, holds what may no longer be paid, and releases the run."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import county_of
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import uncollected
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.payments.enums import LineState, RunState
from nuanxin.kernel.payments.models import Due, Line, PaymentRun
from nuanxin.kernel.payments.services.checks import Checks, Payable
from nuanxin.kernel.payments.services.prepare import FIELDS, NET, last_seq
from nuanxin.kernel.payments.services.vouchers import Costs, costs_of, hold_still, write_voucher
from nuanxin.kernel.registry.selectors.chosen import among

TRIES = 20
DUE_FIELDS = ["line__account_id" if name == "account_id" else name for name in FIELDS]  # where the line pays it


@dataclass(frozen=True)
class Reckoning:
    """What releasing a run comes to: which lines are held, what the others and their dues sum up to, who bears it."""

    last_seq: int
    held: list[int]
    line_count: int
    total_fen: int
    dues_fen: int
    costs: Costs


@uncollected()
def release_run(*, run_id: int, account: Account, reason: str = "") -> PaymentRun:
    """Release a prepared run; Refused to its preparer, without `payments.release`, or outside the account's county.

    Beyond what is left of the budget it is refused unless a `reason` is stated, which the voucher keeps.
    Lines whose person died, was taken into custody or is held since the run was made are held and reissued later.
    """
    require(account, "payments.release")
    run = run_or_refuse(run_id)
    if county_of(account) not in (None, run.county):
        raise Refused("payments.area", "该批次不属于您的辖区。", "请由该县区的复核人员办理。")
    if run.prepared_by_id == account.pk:
        raise Refused("payments.same_person", "编制人不能复核自己编制的发放批次。", "请由另一位有复核权限的人员办理。")
    if run.state in (RunState.RELEASED, RunState.SENT, RunState.RETURNED):
        return run
    if run.state != RunState.PREPARED:
        raise Refused("payments.not_prepared", f"批次 {run.batch_no} 还没有编制完成。", "请先完成编制。")
    for _ in range(TRIES):
        found = _reckon(run)
        with transaction.atomic():
            released = _release(run_id, account, found, reason)
        if released is not None:
            return released
    raise Fault(f"run {run.batch_no}: lines, releases or budgets came in all the time")


def run_or_refuse(run_id: int) -> PaymentRun:
    """Return a run, or refuse."""
    run = PaymentRun.objects.filter(pk=run_id).first()
    if run is None:
        raise Refused("payments.unknown_run", f"没有编号为 {run_id} 的发放批次。", "请从发放批次列表中选择。")
    return run


def _reckon(run: PaymentRun) -> Reckoning:
    """Look at every line and due of the run once more, without holding the writer."""
    last = last_seq(run)
    lines, dues = Line.objects.filter(run=run), Due.objects.filter(line__run=run)
    held = _no_longer(run, lines, dues)
    totals = _by_township(lines)
    for township, (count, fen) in _by_township(lines.filter(pk__in=held)).items():
        totals[township] = (totals[township][0] - count, totals[township][1] - fen)
    paying = {township: fen for township, (count, fen) in totals.items() if count}
    owed = dues.aggregate(fen=Sum(NET))["fen"] or 0
    return Reckoning(
        last_seq=last,
        held=held,
        line_count=sum(count for count, _ in totals.values()),
        total_fen=sum(paying.values()),
        dues_fen=owed - (dues.filter(line__in=held).aggregate(fen=Sum(NET))["fen"] or 0),
        costs=costs_of(run, paying),
    )


def _no_longer(run: PaymentRun, lines: QuerySet[Line], dues: QuerySet[Due]) -> list[int]:
    """Return the lines that may not be paid any more: what is wrong is asked of all, then looked at due by due."""
    checks = Checks(run.county, clock.today(), lines.values("account_id"), dues.values("person_id"))
    wrong = Q(person_id__in=among(checks.persons)) | Q(line__account_id__in=among(checks.accounts))
    rows = dues.filter(wrong | Q(line__account_id__isnull=True)).values_list("line_id", *DUE_FIELDS)
    return sorted({line for line, *row in rows if line is not None and checks.fault(Payable(*row))})


def _by_township(lines: QuerySet[Line]) -> dict[str, tuple[int, int]]:
    rows = lines.order_by().values("township").annotate(count=Count("id"), fen=Sum("amount_fen"))
    return {township: (count, fen) for township, count, fen in rows.values_list("township", "count", "fen")}


def _release(run_id: int, account: Account, found: Reckoning, reason: str) -> PaymentRun | None:
    """Write what was reckoned; None when a line, a release or a budget came in between."""
    run = PaymentRun.objects.select_for_update().get(pk=run_id)
    if run.state != RunState.PREPARED:
        return run
    if last_seq(run) != found.last_seq or not hold_still(run, found.costs):
        return None
    if found.total_fen != found.dues_fen:
        raise Fault(f"run {run.batch_no}: lines {found.total_fen} fen, dues {found.dues_fen} fen")
    Line.objects.filter(pk__in=found.held).update(state=LineState.HELD)
    run.line_count, run.total_fen = found.line_count, found.total_fen
    run.state = RunState.RELEASED if run.line_count else RunState.RETURNED
    run.released_by, run.released_on = account, clock.today()
    run.save(update_fields=["line_count", "total_fen", "state", "released_by", "released_on"])
    if run.line_count:
        write_voucher(run=run, costs=found.costs, reason=reason)
    return run


def paying_lines(run: PaymentRun) -> Q:
    """Select the lines of a run that go to the bank."""
    return Q(run=run) & ~Q(state=LineState.HELD)
