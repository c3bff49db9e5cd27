"""What the pages about accounts show: grants with where they are paid, accounts to choose from, bounced lines."""

from typing import Any

from nuanxin.interfaces.staff.saying import said
from nuanxin.interfaces.staff.sight import name_for, sees_division
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.grants.payees import grants_paid_into
from nuanxin.kernel.grants.selectors import grants_of_household, grants_of_person
from nuanxin.kernel.payments import selectors as payments
from nuanxin.kernel.payments.profiles import load_profile
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.enums import PayeeRule

EVERY_RULE = [one.value for one in PayeeRule if one not in (PayeeRule.PARLOUR, PayeeRule.ORGANISATION)]


def own_account(person: Any, account_id: int) -> Any:
    """Return an account of a person that is still open, None for any other."""
    row = registry.account_holders([account_id]).get(account_id)
    holders = (person.pk, *registry.aliases_of(person.pk))
    return row if row is not None and row.holder_id in holders and row.valid_to is None else None


def grants_of(person: Any) -> list[Any]:
    """Return the open grants that are a person's or their household's, or are paid to the person."""
    today = clock.today()
    home = registry.household_of(person.pk, today)
    mine = _own_grants(person.pk, home.pk if home else None, today)
    return grants_paid_into(holders=[person.pk, *registry.aliases_of(person.pk)], grants=mine)


def _own_grants(person_id: int, household_id: int | None, today: Any) -> list[int]:
    """Return the ids of the open grants of a person and of the household they live in."""
    found = grants_of_person(person_id, today)
    found += grants_of_household(household_id, [], today) if household_id else []
    return sorted({one.id for one in found if one.to_date is None})


def grant_rows(account: Any, person: Any) -> list[dict[str, Any]]:
    """Return the grants whose account may be changed on a person's page, each with where it is paid now."""
    found = grants_of(person)
    holders = registry.account_holders({one.account_id for one in found if one.account_id is not None})
    people = registry.people_by_ids({one.person_id for one in found if one.person_id is not None})
    return [
        {
            "grant": one,
            "whose": name_for(account, people[one.person_id].name) if one.person_id in people else "",
            "now": account_words(account, holders.get(one.account_id or 0)),
        }
        for one in found
    ]


def account_words(account: Any, row: Any) -> str:
    """Return an account as pages name it: holder, bank, masked number; empty where there is none."""
    if row is None:
        return ""
    holder = name_for(account, row.holder.name) if row.holder else row.organisation.name if row.organisation else ""
    return f"{holder} {row.bank_code} {access.mask_account(row.tail)}"


def single_dues(person: Any) -> list[Any]:
    """Return a person's unsettled dues that belong to no grant: what decisions pay once."""
    return list(payments.single_dues_of([person.pk, *registry.aliases_of(person.pk)]))


def choices(account: Any, person: Any, receiver: int = 0) -> list[Any]:
    """Return the open accounts that money of a person may go to, by what their holder is to the person.

    `receiver` is the key of a further resident in the account's area, for cases that no relation is registered of.
    """
    today = clock.today()
    home = registry.household_of(person.pk, today)
    found = registry.payee_accounts(
        EVERY_RULE, person_id=person.pk, household_id=home.pk if home else None, county=person.county, on=today
    )
    if receiver and sees_division(account, registry.person_by_id(receiver).division.path):
        found += registry.payee_accounts(["own"], person_id=receiver, household_id=None, county=person.county, on=today)
    return [
        one._replace(holder_name=name_for(account, one.holder_name), rule=said(PayeeRule(one.rule).label))
        if one.holder_id
        else one._replace(rule=said(PayeeRule(one.rule).label))
        for one in {one.id: one for one in reversed(found)}.values()
    ][::-1]


def bounced_line(account: Any, person: Any, line_id: int) -> Any:
    """Return a failed or held line of the person's money, None for any other."""
    line = payments.open_failure(line_id) if line_id else None
    if line is None or line.county != person.county:
        return None
    mine = {person.pk, *registry.aliases_of(person.pk)}
    people = {due.person_id for due in line.dues.all()} | ({line.account.holder_id} if line.account else set())
    return line if mine & people else None


def bounce_words(line: Any) -> str:
    """Return the reason that a bounced line gives for a change of account."""
    why = load_profile(line.county).codes.get(line.fail_code, "")
    return f"批次 {line.run.batch_no} 第 {line.seq} 笔退票：{why}" if why else ""


def grants_of_line(line: Any) -> list[int]:
    """Return the grants whose dues a line was to pay."""
    return sorted({due.grant_id for due in line.dues.all() if due.grant_id is not None})


def dues_of_line(line: Any) -> list[int]:
    """Return the dues of a line that belong to no grant."""
    return [due.pk for due in line.dues.all() if due.grant_id is None]


def grants_into(account_id: int) -> list[int]:
    """Return the open grants that are paid into an account."""
    return sorted({one.grant_id for one in grants_paid_into(accounts=[account_id])})


def has_open_dues(account_id: int) -> bool:
    """Tell whether anything unsettled is to go to an account."""
    return payments.open_dues_into(account_id).exists()


def whose_line(line: Any) -> int | None:
    """Return on whose page the account of a line is changed: the one person's, else the account's holder's."""
    if line.person_id is not None:
        return int(line.person_id)
    return line.account.holder_id if line.account else None


def change_row(account: Any, one: Any) -> dict[str, Any]:
    """Return an account change as the list shows it."""
    return {
        "row": one,
        "name": name_for(account, one.person.name),
        "to": account_words(account, one.account),
        "ends": account_words(account, one.ends),
        "benefits": [grant.benefit for grant in one.grants.all()],
    }


def many_rows(account: Any, found: dict[int, Any]) -> list[dict[str, Any]]:
    """Return the accounts paid for many people with holder and names, those without a reason first."""
    holders = registry.account_holders(found)
    people = registry.people_by_ids({person for one in found.values() for person in one.persons})
    rows = [
        {
            "one": one,
            "to": account_words(account, holders.get(pk)),
            "holder": holders[pk].holder_id if pk in holders else None,
            "names": [(person, name_for(account, people[person].name)) for person in one.persons if person in people],
        }
        for pk, one in found.items()
    ]
    return sorted(rows, key=lambda row: (row["one"].explained, -len(row["one"].persons)))
