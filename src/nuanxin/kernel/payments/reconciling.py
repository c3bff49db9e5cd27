"""Reconciliation: list = voucher = bank debit = paid + failed, to the fen, and the row that breaks it."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import BigIntegerField, Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from nuanxin.kernel.payments.enums import FileDirection, LineState, RunState
from nuanxin.kernel.payments.models import BankDebit, BankFile, Due, Line, PaymentRun, Voucher
from nuanxin.kernel.payments.profiles import load_profile

FINISHED = (LineState.PAID, LineState.FAILED)
NET = F("amount_fen") - F("offset_fen")


@dataclass(frozen=True)
class Leg:
    """One of the totals that must be equal, in fen; None where it does not exist yet."""

    name: str
    words: str
    count: int | None
    fen: int | None


@dataclass(frozen=True)
class Broken:
    """A row that breaks the balance: which line (0: the whole run), what it should be and what it is, in fen."""

    seq: int
    words: str
    expected_fen: int
    found_fen: int


@dataclass(frozen=True)
class Repair:
    """A line that bounced or was held, and what became of it."""

    line: Line
    why: str
    words: str

    @property
    def open(self) -> bool:
        """Tell whether no line reissues it yet."""
        return getattr(self.line, "reissued_by", None) is None


@dataclass(frozen=True)
class Reconciliation:
    """A run's totals side by side; `complete` when every leg is there and equal."""

    run: PaymentRun
    legs: tuple[Leg, ...]
    broken: tuple[Broken, ...]
    repairs: tuple[Repair, ...]

    @property
    def complete(self) -> bool:
        """Tell whether everything is there and equal."""
        return not self.broken and all(leg.fen is not None for leg in self.legs)

    @property
    def waiting(self) -> list[str]:
        """Return what is still awaited."""
        return [leg.words for leg in self.legs if leg.fen is None]


def reconcile(run: PaymentRun) -> Reconciliation:
    """Hold a run's list, bank file, voucher, debit and outcome against each other, with the rows that differ."""
    legs = tuple(_legs(run))
    expected = run.total_fen
    broken = [
        Broken(0, f"{leg.words}与名单合计不符", expected, leg.fen)
        for leg in legs
        if leg.fen is not None and leg.fen != expected
    ]
    return Reconciliation(run, legs, (*broken, *_broken_lines(run)), tuple(_repairs(run)))


def reconcile_month(county: str, month: dt.date) -> list[Reconciliation]:
    """Reconcile every run of a pay month, by benefit."""
    runs = PaymentRun.objects.filter(county=county, pay_month=month).exclude(state=RunState.BUILDING)
    return [reconcile(run) for run in runs.order_by("benefit", "number")]


def _legs(run: PaymentRun) -> list[Leg]:
    paying = Line.objects.filter(run=run).exclude(state=LineState.HELD)
    listed = paying.aggregate(count=Count("id"), fen=Sum("amount_fen"))
    out = BankFile.objects.filter(run=run, direction=FileDirection.OUT).first()
    voucher = Voucher.objects.filter(run=run).first()
    debit = BankDebit.objects.filter(voucher__run=run).first()
    back = paying.filter(state__in=FINISHED).aggregate(count=Count("id"), fen=Sum("amount_fen"))
    returned = run.state == RunState.RETURNED
    return [
        Leg("list", "发放名单", listed["count"], listed["fen"] or 0),
        Leg("file", "银行文件", out.line_count if out else None, out.total_fen if out else None),
        Leg("voucher", "记账凭证", None, voucher.total_fen if voucher else None),
        Leg("debit", "银行扣款", None, debit.amount_fen if debit else None),
        Leg("outcome", "到账加退票", back["count"] if returned else None, (back["fen"] or 0) if returned else None),
    ]


def _broken_lines(run: PaymentRun) -> list[Broken]:
    """Return the lines whose amount is not that of their dues, or that came back neither paid nor failed."""
    rows = Line.objects.filter(run=run, reissued_by=None).order_by("seq")
    dues = Due.objects.filter(line=OuterRef("pk")).order_by().values("line").annotate(fen=Sum(NET)).values("fen")
    net = Coalesce(Subquery(dues), 0, output_field=BigIntegerField())
    wrong = rows.annotate(net=net).exclude(amount_fen=F("net")).values_list("seq", "net", "amount_fen")[:50]
    found = [Broken(seq, "明细金额与其应发不符", due, fen) for seq, due, fen in wrong]
    if run.state == RunState.RETURNED:
        open_ = rows.filter(state__in=[LineState.PREPARED, LineState.SENT]).values_list("seq", "amount_fen")[:50]
        found += [Broken(seq, "已回盘，但这一笔没有结果", fen, 0) for seq, fen in open_]
    return found


def _repairs(run: PaymentRun) -> list[Repair]:
    codes = load_profile(run.county).codes
    rows = Line.objects.filter(run=run, state__in=[LineState.FAILED, LineState.HELD])
    rows = rows.select_related("person", "account__holder", "reissued_by__run").order_by("seq")
    return [
        Repair(line, codes.get(line.fail_code, "") or str(LineState(line.state).label), _repaired(line))
        for line in rows
    ]


def _repaired(line: Line) -> str:
    again = getattr(line, "reissued_by", None)
    if again is None:
        return "下月批次自动重发一次；账户有误的，请先变更收款账户"
    changed = "，已换账户" if again.account_id != line.account_id else ""
    return f"已在批次 {again.run.batch_no} 重发{changed}：{LineState(again.state).label}"
