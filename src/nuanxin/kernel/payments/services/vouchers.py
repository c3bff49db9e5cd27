"""Vouchers: what a released run costs whom, numbered without gaps; and what the bank took for it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import county_of
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.payments.budgets import Ledger, Overrun, by_source, overruns_of
from nuanxin.kernel.payments.models import BankDebit, PaymentRun, Voucher

TRIES = 20


@dataclass(frozen=True)
class Costs:
    """Who bears a run and which budgets it passes, and the `mark` by which is seen that it still holds."""

    mark: tuple[Any, ...]
    over: list[Overrun]
    amounts: dict[str, int]


def costs_of(run: PaymentRun, totals: dict[str, int]) -> Costs:
    """Reckon what a run of so many fen by township costs whom, before the writer is held for its release."""
    ledger = _ledger(run)
    mark = ledger.mark()
    return Costs(mark, overruns_of(ledger, totals, run), by_source(ledger, totals))


def hold_still(run: PaymentRun, costs: Costs) -> bool:
    """Tell whether no run was released and no budget approved since the costs were reckoned."""
    return _ledger(run).mark() == costs.mark


def _ledger(run: PaymentRun) -> Ledger:
    return Ledger(run.county, run.pay_month.year, run.benefit)


def write_voucher(*, run: PaymentRun, costs: Costs, reason: str) -> Voucher:
    """Write a run's voucher in the transaction that releases it: the same again when there is one.

    Refused without a reason where the run passes what is left of a budget.
    """
    known = Voucher.objects.filter(run=run).first()
    if known is not None:
        return known
    over = costs.over
    if over and not reason.strip():
        raise Refused("payments.over_budget", _over_words(over), "请先调整预算，或写明超出预算仍须发放的理由后再复核。")
    values = {**costs.amounts, "total_fen": run.total_fen, "on": clock.today()}
    extra = {"over_fen": sum(one.over_fen for one in over), "over_reason": reason.strip()[:200] if over else ""}
    return _numbered(run, values | extra)


def _over_words(over: list[Overrun]) -> str:
    one = over[0]
    where = "" if not one.township else f"（{one.township}）"
    return f"本批次将超出{one.year}年预算{where}：预算剩余 {yuan(one.left_fen)} 元，本批次 {yuan(one.run_fen)} 元。"


def _numbered(run: PaymentRun, values: dict[str, object]) -> Voucher:
    """Take the next number of the county's year; who came second by a moment takes the one after."""
    for _ in range(TRIES):
        same = Voucher.objects.filter(county=run.county, year=run.pay_month.year)
        number = (same.aggregate(last=Max("number"))["last"] or 0) + 1
        try:
            with transaction.atomic():
                return Voucher.objects.create(
                    run=run, county=run.county, year=run.pay_month.year, number=number, **values
                )
        except IntegrityError:
            continue
    raise Fault(f"run {run.batch_no}: no voucher number could be had")


def book_debit(*, account: Account, voucher_id: int, amount_fen: int, on: dt.date, bank_ref: str) -> BankDebit:
    """Book what the bank took for a voucher; once: the same again changes nothing, another is refused.

    The amount is as on the bank's statement, in fen, even where it differs: the reconciliation shows it.
    """
    require(account, "vouchers.write")
    voucher = Voucher.objects.filter(pk=voucher_id).first()
    if voucher is None or county_of(account) not in (None, voucher.county):
        raise Refused("payments.unknown_voucher", "没有这张凭证。", "请从凭证列表中选择。")
    ref = bank_ref.strip()
    if not ref or amount_fen <= 0:
        raise Refused("payments.debit_blank", "银行流水号和扣款金额都要填写。", "请照银行对账单填写。")
    known = BankDebit.objects.filter(voucher=voucher).first()
    if known is not None and (known.amount_fen, known.on, known.bank_ref) == (amount_fen, on, ref):
        return known
    if known is not None:
        raise Refused("payments.debit_second", "这张凭证的银行扣款已经登记。", "如登记有误，请联系县局核对银行流水。")
    try:
        with transaction.atomic():
            change = open_change(
                author=author_of(account), verb="book_debit", reason="登记银行扣款", source=ref, rows=1
            )
            return BankDebit.objects.create(
                voucher=voucher, county=voucher.county, amount_fen=amount_fen, on=on, bank_ref=ref, made_by=account,
                change=change,
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused("payments.debit_twice", f"银行流水号 {ref} 已登记在另一张凭证上。", "请核对流水号。") from error
