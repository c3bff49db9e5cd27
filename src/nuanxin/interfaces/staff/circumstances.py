"""Circumstances in words: the label of the kind, the value with its unit, standing and source."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from nuanxin.kernel.access.selectors import may
from nuanxin.kernel.core import fen
from nuanxin.kernel.registry.enums import Standing
from nuanxin.kernel.rulebook.kinds import CircumstanceKind, circumstance_kinds

TONES = {"verified": "good", "observed": "info", "declared": "warn"}
ABSENT = CircumstanceKind("")


def in_words(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Return each circumstance as label, value in words, tone of its standing and the row itself."""
    kinds = circumstance_kinds()
    return [_one(row, kinds.get(row.kind, ABSENT)) for row in rows]


def to_verify(account: Any, household: Any, rows: Iterable[Any]) -> dict[str, Any]:
    """Return what the form that verifies is made of: how many wait, and its address where the account may verify."""
    waiting = sum(row.standing != Standing.VERIFIED for row in rows)
    address = reverse("facts-verify", args=[household.pk]) if household and may(account, "people.write") else ""
    return {"unverified": waiting, "verify_url": address}


def _one(row: Any, kind: CircumstanceKind) -> dict[str, Any]:
    return {
        "row": row,
        "label": kind.label or row.kind,
        "value": _value(row, kind),
        "tone": TONES.get(row.standing, ""),
    }


def _value(row: Any, kind: CircumstanceKind) -> str:
    parts = []
    if row.code is not None:
        parts.append(kind.codes.get(row.code, row.code))
    if row.level is not None and kind.yes_no:
        parts.append("是" if row.level else "否")
    elif row.level is not None:
        parts.append(f"{row.level} {kind.units.get('level', '')}".strip())
    if row.amount_fen is not None:
        parts.append(f"{fen.yuan(row.amount_fen)} {kind.units.get('amount', '元')}")
    return " · ".join(parts) or gettext("有")
