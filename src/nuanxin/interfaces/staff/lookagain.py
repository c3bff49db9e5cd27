"""What a review found, in words; what an account may not see stays a bare “changed”."""

import datetime as dt
import json
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as say

from nuanxin.interfaces.staff.sight import sees_means
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.registry.enums import EventKind
from nuanxin.kernel.rulebook.kinds import circumstance_kinds

MEMBERS = {"joined": say("有成员加入"), "left": say("有成员离开")}
AMOUNTS = {
    "not_applicable": say("最近一次测算已不适用"),
    "unknown": say("最近一次测算有未查清的情况"),
}


def found_words(review: Any, account: Any) -> list[str]:
    """Return each thing that changed since the last decision as a short sentence; nothing changed gives nothing."""
    found = json.loads(review.found)
    if found and not sees_means(account):
        return [_("情况有变化")]
    labels = {kind: one.label for kind, one in circumstance_kinds().items()}
    return [_words(one, labels) for one in found] + ([review.note] if review.note else [])


def _words(one: dict[str, Any], labels: dict[str, str]) -> str:
    what, kind = one["what"], one["kind"]
    day, many = one.get("on", ""), one.get("count", 1)
    times = _("，%(many)s 条") % {"many": many} if many > 1 else ""
    if what == "member":
        return f"{_(MEMBERS.get(kind, kind))} {day}{times}"
    if what == "event":
        return f"{_(str(EventKind(kind).label))} {day}{times}"
    if what == "observed":
        return _("数据显示与已核实的不同：%(kind)s") % {"kind": _(labels.get(kind, kind))}
    if what == "amount":
        return _amount(one)
    if what == "phase_out":
        said = _("拟进入渐退期：自 %(day)s 起超过标准，按原差额每月 %(amount)s 元继续发放")
        return said % {"day": day, "amount": yuan(one["before"])}
    if what == "raised":
        return _("须在 %(day)s 前重新核定") % {"day": day}
    return _("新登记：%(kind)s，自 %(day)s 起") % {"kind": _(labels.get(kind, kind)), "day": day} + times


def _amount(one: dict[str, Any]) -> str:
    if one["kind"] != "differs":
        return _(AMOUNTS[one["kind"]])
    return _("在发 %(before)s 元，最近一次测算 %(after)s 元") % {
        "before": yuan(one["before"]),
        "after": yuan(one["after"]),
    }


def round_of(number: int) -> tuple[str, dt.date] | None:
    """Return the village and month that the number of a village's task stands for, None for no such number."""
    text = f"{number:016d}"
    if len(text) != len("3402230010010000") or not "01" <= text[14:] <= "12":
        return None
    return text[:12], dt.date(2000 + int(text[12:14]), int(text[14:16]), 1)
