"""People and households as pages open them: within the account's area, or not at all."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from nuanxin.interfaces.staff.sight import sees_division
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.grants import selectors as grants
from nuanxin.kernel.payments import selectors as payments
from nuanxin.kernel.registry import selectors as registry

LATEST, SHOWN = 120, 36


def person(account: Any, person_id: int) -> Any:
    """Return a person of the account's area with the division; 404 for all others."""
    return _within(account, registry.person_by_id, person_id)


def household(account: Any, household_id: int) -> Any:
    """Return a household of the account's area with its division; 404 for all others."""
    return _within(account, registry.household_by_id, household_id)


def _within(account: Any, find: Any, key: int) -> Any:
    try:
        record = find(key)
    except Refused as error:
        raise Http404 from error
    if not sees_division(account, record.division.path):
        raise Http404
    return record


def needs(account: Any, permission: str) -> None:
    """Refuse an account without a permission that an act needs beside the page's own."""
    if not access.may(account, permission):
        raise PermissionDenied


def _own_part(grant: Any, person_id: int) -> Any:
    """Return a grant with only one person's shares; the household's page shows them all."""
    return replace(grant, shares=tuple(share for share in grant.shares if share.person_id == person_id))


def _together(dues: Iterable[Any]) -> list[dict[str, Any]]:
    """Return dues of one month, benefit, kind and line as one row with their sum and persons."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for due in dues:
        line = due.line
        key = (due.entitlement_month, due.benefit, due.kind, line.run_id if line else None, line.state if line else "")
        row = rows.setdefault(key, {"due": due, "fen": 0, "persons": []})
        row["fen"] += due.amount_fen
        row["persons"].append(due.person_id)
    return list(rows.values())[:SHOWN]


def money(
    account: Any, on: dt.date, *, household_id: int | None = None, person_ids: Sequence[int] = ()
) -> dict[str, list[Any]]:
    """Return the grants and latest payments of a household and its members, or of a person; none without permission."""
    if not access.may(account, "grants.read"):
        return {"grants": [], "dues": []}
    if household_id is None:
        granted = [_own_part(one, person_ids[0]) for one in grants.grants_of_person(person_ids[0], on)]
    else:
        granted = grants.grants_of_household(household_id, person_ids, on)
    dues = payments.payments_of(list(person_ids), household_id)[:LATEST]
    return {"grants": granted, "dues": _together(dues)}
