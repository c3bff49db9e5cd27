"""The file that goes to the bank: rendered by the county's profile, sealed, named by a row with its control totals."""

import datetime as dt

from django.db import transaction
from django.db.models import Max

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import log_disclosure
from nuanxin.kernel.core.bulk import uncollected
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.payments.bank_text import Control, OutLine, fitted, render
from nuanxin.kernel.payments.enums import FileDirection, LineState, RunState
from nuanxin.kernel.payments.files import open_file, seal_file
from nuanxin.kernel.payments.models import BankFile, Line, PaymentRun
from nuanxin.kernel.payments.profiles import load_profile
from nuanxin.kernel.payments.services.release import paying_lines, run_or_refuse
from nuanxin.kernel.registry.selectors.money import payment_accounts

BATCH = 5000


@uncollected()
def write_bank_file(*, run_id: int, purpose: str) -> BankFile:
    """Write a released run's file (file first, then its row) and mark its lines sent; called again it returns the same.

    `purpose` is the benefit's title as it shall stand on the payee's statement. Refused before release.
    """
    run = run_or_refuse(run_id)
    if run.state in (RunState.BUILDING, RunState.PREPARED):
        raise Refused("payments.not_released", f"批次 {run.batch_no} 尚未复核。", "请先由第二人复核。")
    file = BankFile.objects.filter(run=run, direction=FileDirection.OUT).first()
    if file is None:
        if not run.line_count:
            raise Refused("payments.empty", f"批次 {run.batch_no} 没有可发放的明细。", "暂缓的明细将在下月重新编制。")
        file = _write(run, purpose)
    _mark_sent(run)
    return file


def open_bank_file(*, run_id: int, account: Account, purpose: str) -> tuple[str, bytes]:
    """Return the name and bytes of the file that went to the bank; the look is logged. Refused without `disclose`."""
    run = run_or_refuse(run_id)
    file = BankFile.objects.filter(run=run, direction=FileDirection.OUT).first()
    if file is None:
        raise Refused("payments.no_file", f"批次 {run.batch_no} 还没有生成银行文件。", "请先生成银行文件。")
    log_disclosure(account=account, person_id=None, what=f"bank_file {run.batch_no}", purpose=purpose)
    return file.name, open_file(file.blob)


def _write(run: PaymentRun, purpose: str) -> BankFile:
    profile = load_profile(run.county)
    lines = _out_lines(run, purpose)
    total = sum(line.amount_fen for line in lines)
    if (len(lines), total) != (run.line_count, run.total_fen):
        raise Fault(
            f"run {run.batch_no}: {len(lines)} lines of {total} fen, run says {run.line_count}, {run.total_fen}"
        )
    control = Control(run.batch_no, len(lines), total, project=purpose, date=run.released_on)
    data = render(profile, control, lines)
    name = profile.file_name.format(batch_no=run.batch_no)
    blob = seal_file(blob_name(run.county, run.pay_month, f"{run.batch_no}.out"), data)
    with transaction.atomic():
        file, _ = BankFile.objects.get_or_create(
            run=run,
            direction=FileDirection.OUT,
            defaults={
                "name": name, "blob": blob, "sm3": sm3_hex(data), "line_count": len(lines), "total_fen": total,
            },
        )  # fmt: skip
    return file


def blob_name(county: str, month: dt.date, name: str) -> str:
    """Return where under the store a bank file of a county and pay month lies."""
    return f"bank/{county}/{month:%Y-%m}/{name}"


def _out_lines(run: PaymentRun, purpose: str) -> list[OutLine]:
    lines = Line.objects.filter(paying_lines(run), account__isnull=False)
    accounts = payment_accounts(lines.values("account_id"))
    rows = lines.order_by("seq").values_list("seq", "account_id", "amount_fen", "township")
    words = fitted(load_profile(run.county), "purpose", purpose)
    paying = [(seq, accounts[account or 0], fen, township) for seq, account, fen, township in rows]
    return [
        OutLine(seq, to.holder_name, to.citizen_id, to.bank_code, to.number, fen, words, township)
        for seq, to, fen, township in paying
    ]


def _mark_sent(run: PaymentRun) -> None:
    """Mark the lines sent in batches, then the run by one change of state."""
    if run.state != RunState.RELEASED:
        return
    lines = Line.objects.filter(run=run, state=LineState.PREPARED)
    last = lines.aggregate(last=Max("seq"))["last"] or 0
    for first in range(1, last + 1, BATCH):
        with transaction.atomic():
            lines.filter(seq__gte=first, seq__lt=first + BATCH).update(state=LineState.SENT)
    with transaction.atomic():
        PaymentRun.objects.filter(pk=run.pk, state=RunState.RELEASED).update(state=RunState.SENT)
