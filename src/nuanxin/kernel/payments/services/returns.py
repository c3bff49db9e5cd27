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
from nuanxin.kernel.payments.bank_answers import MOST_NAMED, AnswerFault, SentLine, answer_faults, sent_cells
from nuanxin.kernel.payments.bank_text import BackLine, Control, parse_return
from nuanxin.kernel.payments.enums import FileDirection, LineState, RunState
from nuanxin.kernel.payments.files import open_file, seal_file
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


@dataclass(frozen=True)
class ReturnTrial:
    """What a return file would do if it were taken: its faults (none: it counts), and what becomes of each line."""

    faults: tuple[AnswerFault, ...]
    paid: int
    failed: int
    paid_fen: int
    failed_fen: int
    lines: tuple[BackLine, ...]


@uncollected()
def accept_return(*, run_id: int, data: bytes) -> ReturnReport:
    """Take the bank's answer to a run; Refused on another batch, count, total or line, and on a second other answer.

    Every column that the answer states (serial number, account, name, amount) is held against the file that was
    sent; a difference refuses the whole file and names the lines, and nothing is counted.
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
    sent = sent_lines(run, profile)
    _refuse_faults(list(answer_faults(profile, control, lines, sent, run.total_fen)))
    if known is None:
        _keep_file(run, data, sm3, control)
    _apply(run, lines, sent, profile, control.date or clock.today())
    return _report(PaymentRun.objects.get(pk=run.pk), accepted=True)


def try_return(*, run_id: int, data: bytes) -> ReturnTrial:
    """Tell what a return file would do, line by line, and write nothing; Refused where it cannot be read at all."""
    run = run_or_refuse(run_id)
    profile = load_profile(run.county)
    control, lines = parse_return(profile, data)
    _check_batch(run, control, BankFile.objects.filter(direction=FileDirection.IN, sm3=sm3_hex(data)).first())
    faults = answer_faults(profile, control, lines, sent_lines(run, profile), run.total_fen)
    failed = [line for line in lines if line.code not in profile.paid_codes]
    failed_fen = sum(line.amount_fen for line in failed)
    return ReturnTrial(
        faults=tuple(faults),
        paid=len(lines) - len(failed),
        failed=len(failed),
        paid_fen=sum(line.amount_fen for line in lines) - failed_fen,
        failed_fen=failed_fen,
        lines=tuple(lines),
    )


def sent_lines(run: PaymentRun, profile: BankProfile) -> dict[int, SentLine]:
    """Return a run's lines by serial number with account and name as the file that went to the bank states them."""
    stated = {}
    file = BankFile.objects.filter(run=run, direction=FileDirection.OUT).first()
    if file is not None and {"account", "name"} & {*profile.return_columns}:
        stated = sent_cells(profile, open_file(file.blob))
    rows = Line.objects.filter(paying_lines(run)).values_list("seq", "id", "amount_fen")
    return {seq: SentLine(pk, fen, *stated.get(seq, (None, None))) for seq, pk, fen in rows}


def _refuse_faults(faults: list[AnswerFault]) -> None:
    """Refuse an answer by its first fault, naming the first lines that have any."""
    if not faults:
        return
    named = "；".join(fault.words for fault in faults[:MOST_NAMED])
    more = f"等 {len(faults)} 处" if len(faults) > MOST_NAMED else ""
    raise Refused(faults[0].code, f"回盘文件与送银行的文件不符，没有接收：{named}{more}。", ASK)


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
    run: PaymentRun, lines: list[BackLine], sent: dict[int, SentLine], profile: BankProfile, on: dt.date
) -> None:
    """Write the outcome of each line in batches, then close the run by one change of state.

    The answer names every line sent: once all that failed are marked, all that are still sent were paid.
    """
    reject = "UPDATE payments_line SET state = 'failed', fail_code = %s WHERE id = %s AND state = 'sent'"
    failed = [(line.code[:4], sent[line.seq].line_id) for line in lines if line.code not in profile.paid_codes]
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
