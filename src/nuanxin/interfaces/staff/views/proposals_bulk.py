"""Acting on the month's proposals: an act is confirmed with its totals first; afterwards what was left, and why.

Cuts and stops are never part of all that a filter leaves: they are chosen one by one, or taken up as cases and heard.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.acts import Needed, wanted_act
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.returning import way_back
from nuanxin.interfaces.staff.sight import checks_months
from nuanxin.interfaces.staff.views.proposals import READ, filtered, shown_sums
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework import services
from nuanxin.kernel.casework.enums import ProposalState
from nuanxin.kernel.casework.selectors.proposal_sums import LOWERING, proposal_sums, total
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import parse_month

MOST_AT_ONCE = 20_000
MOST_REASONS = 200


@dataclass(frozen=True)
class Act:
    """One way to act: who may, on proposals in which state, and whether it is confirmed with its totals first."""

    label: Any
    needed: Needed
    state: str
    run: Callable[[Any, list[int], str], int]
    reasons: Callable[[Any, Sequence[int]], dict[int, str]]
    confirmed: bool = False


@page(READ, reads=(), writes=("POST",))
def decide(request: StaffRequest, month: str) -> HttpResponseBase:
    """Act on the chosen proposals, or on all that the filter leaves but cuts and stops."""
    county, first = county_of(request.user), parse_month(month)
    act = ACTS[wanted_act(request, {name: one.needed for name, one in ACTS.items()})]
    reason = reading.text(request.POST, "reason")
    rows = _chosen(request, filtered(request, county, first)[1], act)
    if act.confirmed and rows.count() > 1 and request.POST.get("confirmed") != "1":
        return _confirm(request, month, act, rows, reason)
    ids = list(rows.order_by("id").values_list("id", flat=True)[:MOST_AT_ONCE])
    done = act.run(request.user, ids, reason)
    return _answer(request, month, act, ids, done)


def _chosen(request: StaffRequest, rows: Any, act: Act) -> Any:
    """Return the proposals to act on; cuts and stops only where each was chosen by itself."""
    if request.POST.get("all") == "1":
        rows = rows.exclude(LOWERING) if act.confirmed else rows
    else:
        rows = rows.filter(pk__in=reading.ticked(request.POST, "ids")[:MOST_AT_ONCE])
    rows = rows.filter(state=act.state)
    if not rows.exists():
        raise Refused(
            "proposal.none",
            "没有选中可以办理的建议。",
            "请先勾选，或把筛选放宽；调减、停发不随“筛选出的全部”办理，须逐件勾选或转为案件听取意见。",
        )
    return rows


def _confirm(request: StaffRequest, month: str, act: Act, rows: Any, reason: str) -> HttpResponseBase:
    """Show what would be agreed to: how many, the sums before and after, by benefit and cause; cuts apart."""
    county, first = county_of(request.user), parse_month(month)
    every = request.POST.get("all") == "1"
    raising, lowering = rows.exclude(LOWERING), rows.filter(LOWERING)
    n, before, after = total(proposal_sums(rows, by_cause=False))
    context = {
        "month": first,
        "act": request.POST["act"],
        "label": act.label,
        "groups": [
            {"title": _("新增、调增和其他"), "rows": shown_sums(raising, county, first)},
            {"title": _("调减和停发"), "rows": shown_sums(lowering, county, first), "lowers": True},
        ],
        "total": {"n": n, "before": before, "after": after, "difference": after - before},
        "left_out": filtered(request, county, first)[1].filter(LOWERING, state=act.state).count() if every else 0,
        "all": every,
        "ids": [] if every else list(rows.values_list("id", flat=True)),
        "reason": reason,
        "next": request.POST.get("next", ""),
    }
    return render(request, "staff/proposals_confirm.html", context)


def _answer(request: StaffRequest, month: str, act: Act, ids: list[int], done: int) -> HttpResponseBase:
    """Go back to the list when all was done, else show which were not, each with its reason."""
    back = way_back(request, reverse("proposals", args=[month]))
    messages.success(request, _("已办理 %(done)s 件。") % {"done": done})
    if done >= len(ids):
        return redirect(back)
    reasons = act.reasons(request.user, ids)
    groups: dict[str, list[int]] = {}
    for pk, words in reasons.items():
        groups.setdefault(words, []).append(pk)
    listed = [
        {"words": words, "n": len(pks), "rows": casework.proposals_listed(pks[:MOST_REASONS])}
        for words, pks in sorted(groups.items(), key=lambda pair: -len(pair[1]))
    ]
    context = {"month": parse_month(month), "label": act.label, "done": done, "left": len(ids) - done, "groups": listed,
               "back": back}  # fmt: skip
    return render(request, "staff/proposals_left.html", context)


def _agree(account: Any, ids: list[int], reason: str) -> int:
    return len(services.make_decisions(maker=account, proposal_ids=ids, outcome="approved", reason=reason))


def _disagree(account: Any, ids: list[int], reason: str) -> int:
    if not reason:
        raise Refused("proposal.reason", "不同意必须写明理由。", "请在理由一栏写清后再办。")
    return len(services.make_decisions(maker=account, proposal_ids=ids, outcome="rejected", reason=reason))


def _decisions(ids: list[int]) -> list[int]:
    return [one.decision.pk for one in casework.proposals_by_ids(ids)]


def _check(account: Any, ids: list[int], reason: str) -> int:
    return len(services.check_decisions(checker=account, decision_ids=_decisions(ids)))


def _give_back(account: Any, ids: list[int], reason: str) -> int:
    if not reason:
        raise Refused("proposal.reason", "退回必须写明理由。", "请在理由一栏写清后再办。")
    pending = _decisions(ids)
    for decision_id in pending:
        services.return_decision(checker=account, decision_id=decision_id, reason=reason)
    return len(pending)


def _take_up(account: Any, ids: list[int], reason: str) -> int:
    return len(services.open_lowering_cases(account=account, proposal_ids=ids))


def _unmade(account: Any, ids: Sequence[int]) -> dict[int, str]:
    return services.unmade_reasons(maker=account, proposal_ids=ids)


def _unchecked(account: Any, ids: Sequence[int]) -> dict[int, str]:
    return services.unchecked_reasons(checker=account, proposal_ids=ids)


def _not_taken(account: Any, ids: Sequence[int]) -> dict[int, str]:
    return {
        one.pk: _("不是调减或停发，或已有同类案件") for one in casework.proposals_listed(ids) if one.case_id is None
    }


OPEN, MADE = ProposalState.OPEN, ProposalState.MADE
ACTS: dict[str, Act] = {
    "agree": Act(gettext_lazy("经办同意"), "cases.make", OPEN, _agree, _unmade, confirmed=True),
    "disagree": Act(gettext_lazy("不同意"), "cases.make", OPEN, _disagree, _unmade),
    "case": Act(gettext_lazy("转为案件办理"), "cases.make", OPEN, _take_up, _not_taken),
    "check": Act(gettext_lazy("复核同意"), checks_months, MADE, _check, _unchecked, confirmed=True),
    "return": Act(gettext_lazy("退回经办"), checks_months, MADE, _give_back, _unchecked),
}
