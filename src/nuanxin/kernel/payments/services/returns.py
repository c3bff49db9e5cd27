"""The bank's answer: verified against the run to the last fen, then applied in batches; twice is once."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Count, Sum

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.bulk import uncollected
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.payments.bank_text import BackLine, Control, parse_return
from nuanxin.kernel.payments.enums import FileDirection, LineState, RunState
from nuanxin.kernel.payments.files import seal_file
from nuanxin.kernel.payments.models import BankFile, Line, PaymentRun
from nuanxin.kernel.payments.profiles import BankProfile, load_profile
from nuanxin.kernel.payments.services.bank_files import blob_name
from nuanxin.kernel.payments.services.release import paying_lines, run_or_refuse

BATCH = 5000
ASK = "请向银行核实并索取正确的回盘文件。"


@dataclass(frozen=True)
class ReturnReport:
    """What a return file did; `accepted` is False when the same file had been taken before."""

    accepted: bool
    paid: int
    failed: int
    paid_fen: int
    failed_fen: int
    message: str


@uncollected()
def accept_return(*, run_id: int, data: bytes) -> ReturnReport:
    """Take the bank's answer to a run; Refused on another batch, count, total or line, and on a second other answer.

    The same file again changes nothing and says so. A killed acceptance goes on when the file is given again.
    """
    run = run_or_refuse(run_id)
    sm3 = sm3_hex(data)
    known = BankFile.objects.filter(direction=FileDirection.IN, sm3=sm3).first()
    if known is not None and known.run_id == run.pk and run.state == RunState.RETURNED:
        return _report(run, accepted=False)
    profile = load_profile(run.county)
    control, lines = parse_return(profile, data)
    _check_batch(run, control, known)
    held = _check_lines(run, control, lines, profile)
    if known is None:
        _keep_file(run, data, sm3, control)
    _apply(run, lines, held, profile, control.date or clock.today())
    return _report(PaymentRun.objects.get(pk=run.pk), accepted=True)


def _check_batch(run: PaymentRun, control: Control, known: BankFile | None) -> None:
    if control.batch_no != run.batch_no:
        raise Refused(
            "payments.return_batch",
            f"回盘文件是批次 {control.batch_no} 的，不是批次 {run.batch_no} 的。",
            "请核对文件。",
        )
    if run.state == RunState.RETURNED:
        raise Refused("payments.return_second", f"批次 {run.batch_no} 已回盘，这份文件与已接收的不同，没有改动。", ASK)
    if run.state != RunState.SENT:
        raise Refused("payments.return_early", f"批次 {run.batch_no} 还没有送银行。", "请先复核并生成银行文件。")
    other = BankFile.objects.filter(run=run, direction=FileDirection.IN).first()
    if other is not None and known is None:
        raise Refused(
            "payments.return_other", f"批次 {run.batch_no} 的另一份回盘文件尚未处理完。", "请重新提交原文件。"
        )


def _check_lines(
    run: PaymentRun, control: Control, lines: list[BackLine], profile: BankProfile
) -> dict[int, tuple[int, int]]:
    """Return the run's lines as seq → (id, fen) when the answer names each once, with its amount, and adds up."""
    sent = {
        seq: (pk, fen) for seq, pk, fen in Line.objects.filter(paying_lines(run)).values_list("seq", "id", "amount_fen")
    }
    if len(lines) != control.line_count or control.line_count != run.line_count:
        raise Refused(
            "payments.return_count",
            f"回盘文件写明 {control.line_count} 笔、实有 {len(lines)} 笔，本批次应为 {run.line_count} 笔。",
            ASK,
        )
    total = sum(line.amount_fen for line in lines)
    if total != control.total_fen or total != run.total_fen:
        raise Refused("payments.return_total", f"回盘文件的金额合计与批次 {run.batch_no} 不符。", ASK)
    seen: set[int] = set()
    for line in lines:
        if line.seq not in sent or line.seq in seen:
            what = "重复" if line.seq in seen else "不在本批次中"
            raise Refused("payments.return_line", f"回盘文件中第 {line.seq} 号明细{what}。", ASK)
        if line.amount_fen != sent[line.seq][1]:
            raise Refused("payments.return_amount", f"回盘文件中第 {line.seq} 号明细的金额被改动。", ASK)
        if line.code not in profile.paid_codes and line.code not in profile.codes:
            raise Refused(
                "payments.return_code", f"回盘文件中的结果码“{line.code}”不认识。", "请在 bank.yaml 中登记该码。"
            )
        seen.add(line.seq)
    return sent


def _keep_file(run: PaymentRun, data: bytes, sm3: str, control: Control) -> None:
    blob = seal_file(blob_name(run.county, run.pay_month, f"{run.batch_no}.in"), data)
    with transaction.atomic():
        BankFile.objects.create(
            run=run,
            direction=FileDirection.IN,
            name=f"{run.batch_no}.in",
            blob=blob,
            sm3=sm3,
            line_count=control.line_count,
            total_fen=control.total_fen,
        )


def _apply(
    run: PaymentRun, lines: list[BackLine], sent: dict[int, tuple[int, int]], profile: BankProfile, on: dt.date
) -> None:
    """Write the outcome of each line in batches, then close the run by one change of state.

    The answer names every line sent: once all that failed are marked, all that are still sent were paid.
    """
    reject = "UPDATE payments_line SET state = 'failed', fail_code = %s WHERE id = %s AND state = 'sent'"
    failed = [(line.code[:4], sent[line.seq][0]) for line in lines if line.code not in profile.paid_codes]
    for start in range(0, len(failed), BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(reject, failed[start : start + BATCH])
    month = booking_month(run.county, run.pay_month)
    for first in range(1, max(sent, default=0) + 1, BATCH):
        still = Line.objects.filter(run=run, seq__gte=first, seq__lt=first + BATCH, state=LineState.SENT)
        with transaction.atomic():
            still.update(state=LineState.PAID, paid_month=month, paid_on=on)
    with transaction.atomic():
        PaymentRun.objects.filter(pk=run.pk).update(state=RunState.RETURNED)


def _report(run: PaymentRun, *, accepted: bool) -> ReturnReport:
    rows = Line.objects.filter(run=run).values_list("state").annotate(lines=Count("id"), fen=Sum("amount_fen"))
    found = {state: (lines, fen) for state, lines, fen in rows.order_by("state")}
    paid, paid_fen = found.get(LineState.PAID.value, (0, 0))
    failed, failed_fen = found.get(LineState.FAILED.value, (0, 0))
    message = (
        f"批次 {run.batch_no} 回盘完成：到账 {paid} 笔，退票 {failed} 笔。"
        if accepted
        else f"批次 {run.batch_no} 的这份回盘文件已经接收过，没有改动。"
    )
    return ReturnReport(accepted, paid, failed, paid_fen, failed_fen, message)
