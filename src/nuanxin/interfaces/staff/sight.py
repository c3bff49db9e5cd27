"""How much of a person an account may see: names masked at sensitivity 1, means and health from 2 on."""

from typing import Any

from nuanxin.kernel.access import selectors as access

MEANS = 2


def sees_means(account: Any) -> bool:
    """Return whether the account may see incomes, health and the facts of a receipt."""
    role = access.role_of(account)
    return bool(role and role.sensitivity >= MEANS)


def name_for(account: Any, name: str) -> str:
    """Return a person's name as the account may see it."""
    return name if sees_means(account) else access.masked_name(name)


def sees_division(account: Any, path: str) -> bool:
    """Return whether a record standing in a division lies in the account's area."""
    return access.sees_path(account, path)


def checks_months(account: Any) -> bool:
    """Return whether the account checks what the month proposes: the county does, a township decides in cases only."""
    return access.may(account, "cases.check") and access.area_level(account) != "township"
