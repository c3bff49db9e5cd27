"""Counting the cash each month by two people; what differs from the ledger is explained."""

import datetime as dt

from django.db import transaction
from django.db.models import Max

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import may
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.payments import reserve
from nuanxin.kernel.payments.enums import ReserveState
from nuanxin.kernel.payments.models import ReserveCount, ReserveFund
from nuanxin.kernel.payments.services.reserve_terms import AGREE, PAY, refuse_elsewhere


def count_reserve(
    *, account: Account, fund_id: int, month: dt.date, counted_fen: int, explanation: str = ""
) -> ReserveCount:
    """Write down the cash counted for a month, in fen, as the first of two people.

    Refused while payments wait to be agreed to, for a month to come, twice, and when a difference is not explained.
    """
    _refuse_stranger(account)
    month, today = month_of(month), clock.today()
    if month > today:
        raise Refused("reserve.count_month", f"{month:%Y-%m} 还没有到。", "请盘点本月或上月。")
    with transaction.atomic():
        fund = ReserveFund.objects.select_for_update().filter(pk=fund_id).first()
        if fund is None:
            raise Refused("reserve.unknown", "没有这个乡镇的备用金。", "请从备用金页面进入。")
        refuse_elsewhere(account, fund.township)
        if reserve.open_requests(fund.pk).exists():
            raise Refused("reserve.count_open", "还有收支在等复核，账面不是最后的数。", "请先复核或退回，再盘点。")
        if fund.counts.filter(month=month).exclude(state=ReserveState.REJECTED).exists():
            raise Refused("reserve.counted", f"{month:%Y-%m} 已经盘点。", "需要重盘的，请先退回上一次盘点。")
        difference = counted_fen - fund.balance_fen
        if counted_fen < 0 or (difference and not explanation.strip()):
            raise Refused(
                "reserve.difference",
                f"账面 {yuan(fund.balance_fen)} 元，实点 {yuan(counted_fen)} 元，相差 {yuan(difference)} 元。",
                "请核对收条；仍不符的，写明原因后再提交。",
            )
        change = open_change(author=author_of(account), verb="count_reserve", reason="备用金盘点", source="盘点")
        return ReserveCount.objects.create(
            fund=fund,
            month=month,
            counted_on=today,
            last_seq=fund.entries.aggregate(last=Max("seq"))["last"] or 0,
            book_fen=fund.balance_fen,
            counted_fen=counted_fen,
            explanation=explanation.strip()[:200],
            state=ReserveState.OPEN,
            first=account,
            change=change,
        )


def confirm_reserve_count(*, account: Account, count_id: int) -> ReserveCount:
    """Agree to a count as the second person who was there."""
    return _close(account, count_id, ReserveState.APPROVED)


def reject_reserve_count(*, account: Account, count_id: int) -> ReserveCount:
    """Give a count back: it is made anew."""
    return _close(account, count_id, ReserveState.REJECTED)


def _close(account: Account, count_id: int, state: ReserveState) -> ReserveCount:
    _refuse_stranger(account)
    with transaction.atomic():
        count = ReserveCount.objects.select_for_update().filter(pk=count_id, state=ReserveState.OPEN).first()
        if count is None:
            raise Refused("reserve.not_open", "这次盘点已经处理或不存在。", "请刷新页面后再办。")
        refuse_elsewhere(account, count.fund.township)
        if count.first_id == account.pk:
            raise Refused("reserve.same_person", "盘点须由两个人进行，第一人不能自己确认。", "请由另一位人员确认。")
        count.change = open_change(
            author=author_of(account), verb="close_reserve_count", reason=f"盘点{state.label}", source="盘点"
        )
        count.state, count.second = state, account
        count.save(update_fields=["state", "second", "change"])
    return count


def _refuse_stranger(account: Account) -> None:
    if not (may(account, PAY) or may(account, AGREE)):
        raise Refused("access.denied", "您的岗位不经管备用金。", "请由乡镇经办或分管领导办理。")
