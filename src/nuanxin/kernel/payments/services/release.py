"""The second person: looks again, holds what may no longer be paid, and releases the run."""

from django.db import transaction
from django.db.models import Count, Q, Sum

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import county_of
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.payments.enums import LineState, RunState
from nuanxin.kernel.payments.models import Due, Line, PaymentRun
from nuanxin.kernel.payments.services.checks import Checks, Payable
from nuanxin.kernel.payments.services.prepare import FIELDS, NET
from nuanxin.kernel.payments.services.vouchers import write_voucher

ACCOUNT, PERSON = FIELDS.index("account_id"), 1 + FIELDS.index("person_id")


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
    held = _lines_to_hold(run)
    with transaction.atomic():
        return _release(run_id, account, held, reason)


def run_or_refuse(run_id: int) -> PaymentRun:
    """Return a run, or refuse."""
    run = PaymentRun.objects.filter(pk=run_id).first()
    if run is None:
        raise Refused("payments.unknown_run", f"没有编号为 {run_id} 的发放批次。", "请从发放批次列表中选择。")
    return run


def _lines_to_hold(run: PaymentRun) -> list[int]:
    lines = dict(Line.objects.filter(run=run).values_list("id", "account_id"))
    dues = list(Due.objects.filter(line__run=run).values_list("line_id", *FIELDS))
    persons = {row[PERSON] for row in dues}
    checks = Checks(run.county, clock.today(), [one for one in lines.values() if one], persons)
    held = set()
    for line_id, *row in dues:
        row[ACCOUNT] = lines[line_id or 0]
        if checks.fault(Payable(*row)):
            held.add(line_id)
    return sorted(line_id for line_id in held if line_id is not None)


def _release(run_id: int, account: Account, held: list[int], reason: str) -> PaymentRun:
    run = PaymentRun.objects.select_for_update().get(pk=run_id)
    if run.state != RunState.PREPARED:
        return run
    Line.objects.filter(pk__in=held).update(state=LineState.HELD)
    paying = Line.objects.filter(run=run).exclude(state=LineState.HELD)
    totals = paying.aggregate(count=Count("id"), fen=Sum("amount_fen"))
    dues = Due.objects.filter(line__in=paying).aggregate(fen=Sum(NET))
    if totals["fen"] != dues["fen"]:
        raise Fault(f"run {run.batch_no}: lines {totals['fen']} fen, dues {dues['fen']} fen")
    run.line_count, run.total_fen = totals["count"], totals["fen"] or 0
    run.state = RunState.RELEASED if run.line_count else RunState.RETURNED
    run.released_by, run.released_on = account, clock.today()
    run.save(update_fields=["line_count", "total_fen", "state", "released_by", "released_on"])
    if run.line_count:
        write_voucher(run=run, reason=reason)
    return run


def paying_lines(run: PaymentRun) -> Q:
    """Select the lines of a run that go to the bank."""
    return Q(run=run) & ~Q(state=LineState.HELD)
