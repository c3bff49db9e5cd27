"""What a letter says of a decision: at most four plain lines of the calculation, and the true cause in words."""

import datetime as dt
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from nuanxin.kernel.core.declarations import load_declaration
from nuanxin.kernel.core.fen import signed_yuan, yuan
from nuanxin.kernel.rulebook.kinds import circumstance_kinds
from nuanxin.kernel.rulebook.selectors import kept_receipt

PACKAGE = Path(__file__).resolve().parents[2]
COMPONENT = "c_"
MOST = 4
CAUSES = {
    "standard": "标准调整", "time": "年龄或期限到时", "takeover": "接收的金额与规则不同", "member": "家庭成员变动",
    "death": "家庭成员去世", "relation": "赡养扶养关系变动", "coverage": "其他待遇变动", "membership": "家庭成员变动",
    "circumstance": "家庭情况有变化", "several": "标准调整和家庭情况变化", "not_eligible": "按现在的情况不再符合条件",
    "not_applicable": "不再属于本项待遇的对象", "card_expired": "证件到期未续办",
}  # fmt: skip


class LetterLines(BaseModel):
    """`letter_lines.yaml` of a domain: benefit → step or `c_component` of its receipt → what the letter calls it."""

    model_config = ConfigDict(extra="forbid")
    lines: dict[str, dict[str, str]]


@cache
def _declared() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted((PACKAGE / "domains").glob("*/letter_lines.yaml")):
        found |= load_declaration(path, LetterLines).lines
    return found


def calculation_lines(benefit: str, receipt: str, amount_fen: int | None = None) -> list[str]:
    """Return the lines of a frozen receipt that its benefit's letters say; the amount a month is the last of them."""
    row: Mapping[str, Any] = json.loads(receipt or "{}")
    said = [
        f"{label}：{yuan(row[name])}元"
        for name, label in _declared().get(benefit, {}).items()
        if isinstance(row.get(name), int) and (row[name] or not name.startswith(COMPONENT))
    ]
    amount = [] if amount_fen is None else [f"核定金额：{yuan(amount_fen)}元"]
    return said[: MOST - len(amount)] + amount


def unmet_conditions(release_id: str, benefit: str, month: dt.date, receipt: str) -> list[str]:
    """Return the conditions that a frozen receipt says are not met, each with its clause."""
    row: dict[str, Any] = json.loads(receipt or "{}")
    shown = kept_receipt(release_id, benefit, month, row) if row else None
    unmet = [one for one in shown.conditions if one.holds is False] if shown else []
    return [f"不符合“{one.says}”的条件（{one.basis}）" for one in unmet]


def cause_words(cause: str, causes: str = "[]") -> str:
    """Return why an amount changes: each cause with what it does to it where several stand, else the one in words."""
    parts = [(_word(code), fen) for code, fen in json.loads(causes or "[]")]
    if len(parts) < 2:
        return parts[0][0] if parts else _word(cause)
    return "、".join(f"{label}（{signed_yuan(fen)}元）" for label, fen in parts)


def _word(code: str) -> str:
    if code.startswith("excluded_"):
        return "已享受不能同时享受的其他待遇"
    if code in CAUSES:
        return CAUSES[code]
    kind = circumstance_kinds().get(code)
    return f"“{kind.label}”有变化" if kind else "家庭情况有变化"
