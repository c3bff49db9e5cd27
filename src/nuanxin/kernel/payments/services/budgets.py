"""Budgets: entered by finance, approved by a second person, replaced by a new row."""

from dataclasses import dataclass

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import county_of
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.payments.enums import PlanState
from nuanxin.kernel.payments.models import Budget
from nuanxin.kernel.payments.models.money import WHOLE


@dataclass(frozen=True)
class BudgetDraft:
    """A budget as entered: ceiling in fen, shares in ten-thousandths that add up to the whole."""

    year: int
    benefit: str
    township: str
    ceiling_fen: int
    central: int
    province: int
    city: int
    county_share: int
    document: str


def enter_budget(*, account: Account, draft: BudgetDraft) -> Budget:
    """Enter a budget; it counts when a second person approved. Refused on shares that are not the whole."""
    require(account, "budget.write")
    county = _county(account)
    shares = (draft.central, draft.province, draft.city, draft.county_share)
    if sum(shares) != WHOLE or min(shares) < 0:
        raise Refused("budget.shares", "中央、省、市、县分担比例之和须为 100%。", "请核对预算文件中的分担比例。")
    if draft.ceiling_fen <= 0 or not draft.document.strip():
        raise Refused("budget.blank", "预算金额和预算文件文号都要填写。", "请照预算批复文件填写。")
    with transaction.atomic():
        change = open_change(
            author=author_of(account), verb="enter_budget", reason="录入预算", source=draft.document[:200], rows=1
        )
        return Budget.objects.create(
            county=county, state=PlanState.PROPOSED, made_by=account, change=change, **vars(draft)
        )


def check_budget(*, account: Account, budget_id: int, agree: bool = True) -> Budget:
    """Approve a budget as a second person, or refuse it; the one in force until now is replaced."""
    require(account, "payments.release")
    county = _county(account)
    with transaction.atomic():
        budget = Budget.objects.select_for_update().filter(pk=budget_id, county=county).first()
        if budget is None:
            raise Refused("budget.unknown", "没有这条预算。", "请从预算列表中选择。")
        if budget.made_by_id == account.pk:
            raise Refused("budget.same_person", "录入人不能批准自己录入的预算。", "请由另一位有复核权限的人员办理。")
        if budget.state != PlanState.PROPOSED:
            return budget
        same = Budget.objects.filter(
            county=county, year=budget.year, benefit=budget.benefit, township=budget.township, state=PlanState.IN_FORCE
        )
        if agree:
            same.update(state=PlanState.REPLACED)
        budget.state = PlanState.IN_FORCE if agree else PlanState.REFUSED
        budget.checked_by = account
        budget.save(update_fields=["state", "checked_by"])
        open_change(
            author=author_of(account), verb="check_budget", reason="批准预算", source=budget.document[:200], rows=1
        )
        return budget


def _county(account: Account) -> str:
    county = county_of(account)
    if county is None:
        raise Refused("budget.area", "预算按县录入。", "请用县级账号登录。")
    return county
