"""Circumstances in words: the label of the kind, the value with its unit, standing and source."""

from collections.abc import Iterable
from typing import Any

from nuanxin.kernel.core import fen
from nuanxin.kernel.rulebook import selectors as rulebook

TONES = {"verified": "good", "observed": "info", "declared": "warn"}


def in_words(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Return each circumstance as label, value in words, tone of its standing and the row itself."""
    kinds = rulebook.circumstance_kinds()
    return [_one(row, kinds.get(row.kind)) for row in rows]


def _one(row: Any, kind: Any) -> dict[str, Any]:
    label = kind.label if kind else row.kind
    return {"row": row, "label": label, "value": _value(row, kind), "tone": TONES.get(row.standing, "")}


def _value(row: Any, kind: Any) -> str:
    parts = []
    if row.code is not None:
        parts.append(kind.codes.get(row.code, row.code) if kind else row.code)
    if row.level is not None:
        parts.append(f"{row.level}{kind.unit if kind else ''}")
    if row.amount_fen is not None:
        parts.append(f"{fen.yuan(row.amount_fen)} {kind.money_unit if kind else '元'}")
    return " · ".join(parts) or "有"
