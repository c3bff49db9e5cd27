"""How much of a person an account may see: names masked at sensitivity 1, means and health from 2 on."""

from typing import Any

from nuanxin.kernel.access import selectors as access


def sees_means(account: Any) -> bool:
    """Return whether the account may see incomes, health and the facts of a receipt."""
    role = access.role_of(account)
    return bool(role and role.sensitivity >= access.SEES_MEANS)


def name_for(account: Any, name: str, path: str = "") -> str:
    """Return a name as the account may see it; `path` is where its bearer stands, if that may be outside the area."""
    return access.name_for(account, name, path)


def person_name(account: Any, person: Any) -> str:
    """Return a resident's name as the account may see it; empty when there is none."""
    return access.name_for(account, person.name, person.division.path) if person else ""


def sees_division(account: Any, path: str) -> bool:
    """Return whether a record standing in a division lies in the account's area."""
    return access.sees_path(account, path)


def checks_months(account: Any) -> bool:
    """Return whether the account checks what the month proposes: the county does, a township decides in cases only."""
    return access.may(account, "cases.check") and access.area_level(account) != "township"
