"""From a payment to its batch, bank files and dues; from a due to the grant it follows from."""

import datetime as dt
from typing import Any

from nuanxin.kernel.payments import selectors as payments
from nuanxin.kernel.statistics.lineage.entitlement import decided_steps, entitlement_steps
from nuanxin.kernel.statistics.lineage.steps import Reader, TraceStep, benefit_title, day, money, person_words

DIRECTIONS = {"out": "送银行", "in": "银行回盘"}


def payment_steps(line_id: int, reader: Reader) -> list[TraceStep]:
    """Return the walk from a paid line."""
    line = payments.line_by_id(line_id)
    if line is None:
        return []
    run = line.run
    lines = (
        ("批次", f"{run.batch_no} 第 {line.seq} 行"),
        ("待遇", benefit_title(line.county, line.benefit, run.pay_month)),
        ("金额", money(line.amount_fen)),
        ("状态", f"{line.get_state_display()} {day(line.paid_on)}"),
        ("编制/复核", f"{_who(run.prepared_by)} / {_who(run.released_by)}"),
    )
    steps = [TraceStep("line", "发放明细", lines, ("payment_run", run.pk)), *_bank_steps(run)]
    dues = list(payments.dues_of_line(line_id))
    return steps + (due_steps(dues[0].pk, reader, beside=len(dues) - 1) if dues else [])


def _bank_steps(run: Any) -> list[TraceStep]:
    """Return the batch's bank files."""
    return [
        TraceStep(
            "bank_file",
            f"银行文件({DIRECTIONS.get(file.direction, file.direction)})",
            (("文件", file.name), ("笔数/金额", f"{file.line_count} 笔 {money(file.total_fen)}"), ("SM3", file.sm3)),
            ("payment_run", run.pk),
        )
        for file in payments.files_of_run(run.pk)
    ]


def due_steps(due_id: int, reader: Reader, beside: int = 0) -> list[TraceStep]:
    """Return the walk from a due; `beside` further dues are settled by the same line."""
    due = payments.due_by_id(due_id)
    if due is None:
        return []
    lines = [
        ("对象", person_words(due.person_id)),
        ("待遇", f"{benefit_title(due.county, due.benefit, due.entitlement_month)} {due.component}"),
        ("种类", f"{due.get_kind_display()}, 所属 {due.entitlement_month:%Y-%m}, 登记 {due.booked_month:%Y-%m}"),
        ("金额", money(due.amount_fen)),
    ]
    if beside:
        lines.append(("同一行还结清", f"{beside} 笔应发"))
    step = TraceStep("due", "应发", tuple(lines), ("person", due.person_id))
    return [step, *_behind_due(due, reader)]


def _behind_due(due: Any, reader: Reader) -> list[TraceStep]:
    month: dt.date = due.entitlement_month
    if due.grant_id is not None:
        return entitlement_steps(due.grant_id, due.person_id, month, due.assessment_run_id, reader)
    subject = (due.household_id, due.person_id)
    return decided_steps(due.decision_id, due.benefit, subject, month, due.assessment_run_id, reader)


def _who(account: Any) -> str:
    return f"{account.title} {account.display_name}".strip() if account else "—"
