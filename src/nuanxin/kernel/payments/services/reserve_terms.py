"""A township's reserve fund, and what it may hold and pay: proposed by one person, approved by another."""

import datetime as dt

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_level, sees_path
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.payments import reserve
from nuanxin.kernel.payments.enums import ReserveState
from nuanxin.kernel.payments.models import ReserveFund, ReserveTerms
from nuanxin.kernel.registry.selectors import division

PROPOSE, AGREE, PAY = "budget.write", "reserve.check", "reserve.pay"


def refuse_elsewhere(account: Account, township: str) -> None:
    """Raise Refused unless the township lies in the account's area."""
    if not sees_path(account, division(township).path):
        raise Refused("reserve.area", "该乡镇不在您的辖区。", "请由该乡镇或县局的人员办理。")


def refuse_below_county(account: Account) -> None:
    """Raise Refused to accounts of a township or village: money from and to the county is agreed to there."""
    if area_level(account) in ("township", "village"):
        raise Refused("reserve.county_only", "这一项由县局同意。", "请等县局复核，或联系县局股长。")


def propose_reserve_terms(
    *,
    account: Account,
    township: str,
    float_fen: int | None = None,
    limit_fen: int | None = None,
    from_date: dt.date | None = None,
    document: str = "",
) -> ReserveTerms:
    """Propose what a township may hold and pay at once, in fen; opens its fund where there is none.

    Left out, the amounts are the parameters' (assumptions until a document is named). Another person approves.
    """
    require(account, PROPOSE)
    refuse_elsewhere(account, township)
    place, today = division(township), clock.today()
    county = place.code[:6]
    suggested = reserve.suggested_terms(county, today)
    held, limit = float_fen or suggested[0], limit_fen or suggested[1]
    if not 0 < limit <= held:
        raise Refused("reserve.terms", "单笔限额须大于零，且不超过备用金总额。", "请核对两个金额。")
    with transaction.atomic():
        change = open_change(
            author=author_of(account), verb="propose_reserve_terms", reason="核定备用金", source=document or "参数假定"
        )
        fund, _ = ReserveFund.objects.select_for_update().get_or_create(
            township=township, defaults={"county": county, "opened_on": today, "change": change}
        )
        if fund.terms.filter(state=ReserveState.OPEN).exists():
            raise Refused("reserve.terms_open", "该乡镇已有一份限额在等批准。", "请先批准或退回那一份。")
        return ReserveTerms.objects.create(
            fund=fund,
            from_date=from_date or today,
            float_fen=held,
            limit_fen=limit,
            document=document,
            assumption=not document,
            state=ReserveState.OPEN,
            proposed_by=account,
            change=change,
        )


def approve_reserve_terms(*, account: Account, terms_id: int) -> ReserveTerms:
    """Approve proposed terms as a second person of the county."""
    return _close_terms(account, terms_id, ReserveState.APPROVED)


def reject_reserve_terms(*, account: Account, terms_id: int) -> ReserveTerms:
    """Give proposed terms back."""
    return _close_terms(account, terms_id, ReserveState.REJECTED)


def _close_terms(account: Account, terms_id: int, state: ReserveState) -> ReserveTerms:
    require(account, AGREE)
    refuse_below_county(account)
    with transaction.atomic():
        rows = ReserveTerms.objects.select_for_update(of=("self",)).select_related("fund")
        terms = rows.filter(pk=terms_id, state=ReserveState.OPEN).first()
        if terms is None:
            raise Refused("reserve.not_open", "这份限额已经处理或不存在。", "请刷新页面后再办。")
        refuse_elsewhere(account, terms.fund.township)
        if terms.proposed_by_id == account.pk:
            raise Refused("reserve.same_person", "提出限额的人不能自己批准。", "请由另一位有权限的人员办理。")
        reason = f"备用金 {yuan(terms.float_fen)}，单笔 {yuan(terms.limit_fen)}：{state.label}"
        terms.change = open_change(author=author_of(account), verb="close_reserve_terms", reason=reason, source="复核")
        terms.state, terms.approved_by = state, account
        terms.save(update_fields=["state", "approved_by", "change"])
    return terms
