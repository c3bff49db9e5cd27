"""Reading appeals; who brought one is told by `services.disclose_complainant` only."""

from collections.abc import Iterable

from django.db.models import F, Q, QuerySet

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter, colleagues, may
from nuanxin.kernel.casework.models import Appeal, CaseMove, Decision, Review

DAYS, HANDLE = "appeal_days", "appeals.handle"


def appeals_in(county: str, account: Account) -> QuerySet[Appeal]:
    """Return the appeals of the account's area, undecided ones first, the earliest due on top."""
    rows = Appeal.objects.filter(area_filter(account), county=county)
    return (
        rows.select_related("division", "handler")
        .defer("cipher", "key_id")
        .order_by(F("decided_on").desc(nulls_first=True), "due_on", "id")
    )


def appeal_by_id(appeal_id: int, account: Account) -> Appeal | None:
    """Return an appeal of the account's area without who brought it, None when there is none."""
    rows = Appeal.objects.filter(area_filter(account), pk=appeal_id)
    return rows.select_related("division", "handler", "decision", "review").defer("cipher", "key_id").first()


def handlers_for(appeal: Appeal, account: Account) -> list[Account]:
    """Return who may handle an appeal: those of the area who hold the permission and had nothing to do with it."""
    barred = concerned(appeal)
    return [one for one in (account, *colleagues(account, [HANDLE])) if may(one, HANDLE) and one.pk not in barred]


def concerned(appeal: Appeal) -> set[int]:
    """Return the accounts that may not handle an appeal: makers and checkers of the decision, of the decisions on the
    same subject and benefit, of its reviews, and whoever moved a case that is open about it."""
    found: set[int | None] = set()
    decisions = Decision.objects.filter(pk=appeal.decision_id or 0)
    if appeal.person_id or appeal.household_id:
        on = Decision.objects.filter(person_id=appeal.person_id) if appeal.person_id else Decision.objects.none()
        if appeal.household_id:
            on = on | Decision.objects.filter(household_id=appeal.household_id)
        decisions = decisions | (on.filter(benefit=appeal.benefit) if appeal.benefit else on)
    rows: Iterable[tuple[int | None, int | None]] = decisions.values_list("maker_id", "checker_id")
    for maker, checker in rows:
        found |= {maker, checker}
    about = Q(pk__in=[])
    for name in ("person_id", "household_id", "grant_id"):
        about |= Q(**{f"case__{name}": value}) if (value := getattr(appeal, name)) else Q(pk__in=[])
    moved = CaseMove.objects.filter(about, case__closed_on__isnull=True)
    moved = moved.filter(case__benefit=appeal.benefit) if appeal.benefit else moved
    found |= set(moved.values_list("account_id", flat=True))
    if appeal.grant_id:
        for maker, checker in Review.objects.filter(grant_id=appeal.grant_id).values_list("maker_id", "checker_id"):
            found |= {maker, checker}
    return {one for one in found if one is not None}
