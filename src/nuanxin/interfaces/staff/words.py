"""Codes that rooms store, in words."""

import json
from collections.abc import Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as say

from nuanxin.kernel.rulebook.kinds import circumstance_kinds

CAUSES: Mapping[str, str] = {
    "application": say("申请"),
    "already_in_force": say("已经在享"),
    "not_applicable": say("不适用"),
    "not_eligible": say("不再符合条件"),
    "card_expired": say("证件到期"),
    "membership": say("成员变动"),
    "circumstance": say("情况变化"),
    "standard": say("标准调整"),
    "death": say("死亡"),
    "move_out": say("迁出"),
    "takeover": say("存量接收"),
    "amount": say("金额不同"),
    "persons": say("人数不同"),
    "several": say("标准与情况均有变化"),
    "time": say("年龄、期限到时"),
    "member": say("成员变动"),
    "relation": say("赡养扶养关系变动"),
    "coverage": say("其他待遇变动"),
    "unknown": say("情况未核实"),
    "no_receipt": say("规则不适用"),
}
EXCLUDED = "excluded_"
ACTS: Mapping[str, str] = {
    "create": say("登记"),
    "update": say("变更"),
    "name": say("更正姓名"),
    "correct": say("更正"),
    "number": say("停用号码"),
    "close": say("注销或恢复"),
    "move": say("搬家"),
    "end": say("停用"),
}


def act_done(code: str) -> str:
    """Return what a change did to a record."""
    return gettext(ACTS[code]) if code in ACTS else code


def cause(code: str, titles: Mapping[str, str] | None = None) -> str:
    """Return why something is proposed, changed or ended."""
    if code.startswith(EXCLUDED):
        other = code.removeprefix(EXCLUDED)
        return gettext("已享受%(other)s") % {"other": (titles or {}).get(other, other)}
    if code in CAUSES:
        return gettext(CAUSES[code])
    kind = circumstance_kinds().get(code)
    return gettext(kind.label) if kind else code


def parts(causes: str, titles: Mapping[str, str] | None = None) -> list[tuple[str, int]]:
    """Return what makes up a proposal's difference: each cause in words with its fen a month."""
    return [(cause(code, titles), fen) for code, fen in json.loads(causes or "[]")]
