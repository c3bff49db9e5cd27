"""Asking at once for another account: a task on each grant that would be paid where nobody may receive it any more."""

import datetime as dt
from collections.abc import Iterable, Sequence

from nuanxin.kernel.access.selectors import masked_name
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.core.workdays import add_working_days
from nuanxin.kernel.grants.payees import PaidGrant, grants_paid_into
from nuanxin.kernel.payments.payees import answer_days
from nuanxin.kernel.registry.selectors import members_of, people_by_ids
from nuanxin.kernel.rulebook.selectors import benefits
from nuanxin.kernel.work.services import drop_tasks, finish_tasks, open_tasks
from nuanxin.kernel.work.values import TaskDraft

OWNER, KIND, ROLE = "payee", "payee", "people.write"


def ask_for_accounts(*, change: Change, grants: Sequence[PaidGrant], why: str, key: str) -> int:
    """Open a task on each of the grants, once for a `key`, saying whose money it is and why the account cannot stay.

    Returns how many are new; due within the working days of the parameter `payee_answer_days`.
    """
    once = {one.grant_id: one for one in grants}
    if not once:
        return 0
    on = change.business_date
    names = _subjects(once.values(), on)
    titles = {county: _titles(county, on) for county in {one.county for one in once.values()}}
    drafts = [
        TaskDraft(
            county=one.county,
            division_id=one.division_id,
            kind=KIND,
            title=f"{names.get(one.grant_id, '')} {titles[one.county].get(one.benefit, one.benefit)}：{why}",
            owner=(OWNER, one.grant_id),
            due_on=answer_day(one.county, on),
            key=f"payee:{one.grant_id}:{key}",
            role=ROLE,
        )
        for one in once.values()
    ]
    return open_tasks(change=change, drafts=drafts)


def _subjects(grants: Iterable[PaidGrant], on: dt.date) -> dict[int, str]:
    """Return for each grant the masked name of its person, or of the head of its household."""
    listed = list(grants)
    people = people_by_ids({one.person_id for one in listed if one.person_id is not None})
    names = {one.grant_id: people[one.person_id].name for one in listed if one.person_id in people}
    for one in listed:
        if one.household_id is not None and (head := members_of(one.household_id, on).first()):
            names[one.grant_id] = head.person.name
    return {grant: masked_name(name) for grant, name in names.items()}


def _titles(county: str, on: dt.date) -> dict[str, str]:
    return {code: one.title for code, one in benefits(county, month_of(on)).items()}


def answer_day(county: str, on: dt.date) -> dt.date:
    """Return by when an account is to be named; counted in plain days where the year has no calendar yet."""
    days = answer_days(county, on)
    try:
        return add_working_days(on, days)
    except Refused:
        return on + dt.timedelta(days=days)


def close_account_tasks(*, change: Change, grant_ids: Iterable[int]) -> None:
    """Finish what asked for an account of these grants."""
    for grant_id in grant_ids:
        finish_tasks(change=change, owner=(OWNER, grant_id))


def drop_account_tasks(*, change: Change, grant_ids: Iterable[int]) -> None:
    """Drop what asked for an account of these grants: why it was asked was withdrawn."""
    for grant_id in grant_ids:
        drop_tasks(change=change, owner=(OWNER, grant_id))


def paying_to(holder_id: int) -> list[PaidGrant]:
    """Return the open grants that pay into accounts which a person holds."""
    return grants_paid_into(holders=[holder_id])
