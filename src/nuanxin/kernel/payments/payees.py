"""Accounts that are paid for many people, with the reason a person gave; how long one may take to name an account."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.grants.payees import persons_paid_into
from nuanxin.kernel.payments.enums import DueState, PlanState
from nuanxin.kernel.payments.models import AccountChange, Due, Line, ManyPaidReason
from nuanxin.kernel.registry.selectors import account_holders
from nuanxin.kernel.registry.selectors.money import households_of
from nuanxin.kernel.rulebook.selectors import parameter_fen

ANSWER_DAYS, MOST_PERSONS = "payee_answer_days", "payee_most_persons"


@dataclass(frozen=True)
class ManyPaid:
    """An account that is paid for more people outside its holder's household than the county lets pass."""

    account_id: int
    persons: tuple[int, ...]
    reason: ManyPaidReason | None

    @property
    def explained(self) -> bool:
        """Tell whether the reason in force was given for as many people as there are now."""
        return self.reason is not None and len(self.persons) <= self.reason.persons


def answer_days(county: str, on: dt.date) -> int:
    """Return within how many working days an account is to be named; 0 where the county has no rule."""
    return _whole(county, ANSWER_DAYS, on) or 0


def _whole(county: str, name: str, on: dt.date) -> int | None:
    found = parameter_fen(county, name, month_of(on))
    return found[0] if found else None


def many_paid_accounts(county: str, on: dt.date) -> dict[int, ManyPaid]:
    """Return the accounts of persons that are paid for more people than `payee_most_persons`, by id.

    Counted are the people whose open grants or unsettled dues name the account, without the holder and without those
    who live in the holder's household. Accounts of organisations are theirs to receive for many.
    """
    most = _whole(county, MOST_PERSONS, on)
    if most is None:
        return {}
    paid = persons_paid_into(county, most)
    for account, person in _of_open_dues(county):
        paid[account].add(person)
    crowded = {account: persons for account, persons in paid.items() if len(persons) > most}
    outside = _outside_the_home(crowded, on)
    reasons = {one.account_id: one for one in ManyPaidReason.objects.filter(account__in=crowded, ended_on=None)}
    return {
        account: ManyPaid(account, tuple(sorted(persons)), reasons.get(account))
        for account, persons in outside.items()
        if len(persons) > most
    }


def _of_open_dues(county: str) -> Iterable[tuple[int, int]]:
    rows = Due.objects.filter(county=county, line=None, state=DueState.LIVE, grant=None, account__isnull=False)
    return rows.values_list("account_id", "person_id")


def _outside_the_home(paid: dict[int, set[int]], on: dt.date) -> dict[int, set[int]]:
    holders = {pk: row.holder_id for pk, row in account_holders(paid).items() if row.holder_id is not None}
    people = {person for account in holders for person in paid[account]} | set(holders.values())
    homes = households_of(sorted(people), on)
    outside: dict[int, set[int]] = defaultdict(set)
    for account, holder in holders.items():
        home = homes.get(holder)
        outside[account] = {p for p in paid[account] if p != holder and (home is None or homes.get(p) != home)}
    return outside


def reasons_in_run(run_id: int) -> list[ManyPaidReason]:
    """Return the reasons in force for accounts that a run pays for many people, for whoever checks it."""
    accounts = Line.objects.filter(run_id=run_id).values("account_id")
    rows = ManyPaidReason.objects.filter(account__in=accounts, ended_on=None)
    return list(rows.select_related("account__holder", "given_by").order_by("id"))


def account_changes_in(county: str) -> QuerySet[AccountChange]:
    """Return a county's account changes, those that wait first, then the newest."""
    rows = AccountChange.objects.filter(county=county).select_related(
        "person", "account__holder", "account__organisation", "ends", "made_by", "checked_by", "line__run"
    )  # fmt: skip
    return rows.prefetch_related("grants").order_by("checked_on", "-id")


def waiting_changes(county: str) -> QuerySet[AccountChange]:
    """Return the account changes that wait for their second person."""
    return account_changes_in(county).filter(state=PlanState.PROPOSED)
