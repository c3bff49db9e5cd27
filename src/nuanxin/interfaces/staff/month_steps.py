"""The steps of a month as a bureau goes through them, each with what is open in it: how many, how much, where."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff.sight import checks_months
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework.enums import ProposalState, Side
from nuanxin.kernel.casework.selectors.proposal_sums import proposal_sums
from nuanxin.kernel.cycle import selectors as cycle
from nuanxin.kernel.payments import selectors as payments
from nuanxin.kernel.payments.enums import REMEDY_LABELS, ExceptionCode, RunState

DONE, NOW, LATER = "done", "running", ""


def line(words: Any, count: int | None = None, fen: int | None = None, url: str = "", tone: str = "") -> dict[str, Any]:
    """Return one line of a step: what, how many, how much, where it opens."""
    return {"words": words, "count": count, "fen": fen, "url": url, "tone": tone}


def month_steps(account: Any, county: str, month: dt.date, run: Any, closed: bool) -> list[dict[str, Any]]:
    """Return the eight steps of a month in order; money of the whole county only for accounts that see the county."""
    made = {step.name for step in cycle.steps_of(run) if step.state == "done"} if run else set()
    whole = access.area_level(account) not in ("township", "village")
    proposals = _proposals(account, county, month)
    steps = [
        _step(_("测算建议"), "propose" in made, [proposals["all"]]),
        _step(_("经办、复核"), bool(made) and not proposals["waiting"], proposals["lines"]),
    ]
    if whole:
        steps += _money_steps(county, month, made)
    lacking = cycle.unfinished(county, month) if run and not closed else []
    steps.append(_step(_("月结"), closed, [line(words, tone="warn") for words in lacking[:3]]))
    return _marked(steps)


def _step(title: str, done: bool, lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "done": done, "lines": [one for one in lines if one]}


def _marked(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mark what is done, the first step that is not, and what comes later."""
    here = next((place for place, step in enumerate(steps) if not step["done"]), len(steps))
    for place, step in enumerate(steps):
        step["state"] = DONE if step["done"] else NOW if place == here else LATER
    return steps


def _proposals(account: Any, county: str, month: dt.date) -> dict[str, Any]:
    rows = casework.proposals_in(county, month).filter(access.township_filter(account)).select_related(None).order_by()
    place = reverse("proposals", args=[f"{month:%Y-%m}"])
    counted = {row["state"]: row["n"] for row in rows.values("state").annotate(n=Count("pk"))}
    opened, made = counted.get(ProposalState.OPEN, 0), counted.get(ProposalState.MADE, 0)
    lines = _open_lines(rows.filter(state=ProposalState.OPEN), place) if opened else []
    lines.append(line(_("待复核"), made, url=f"{place}?state=made", tone="warn" if checks_months(account) else ""))
    lines.append(line(_("已确认"), counted.get(ProposalState.APPROVED, 0), url=f"{place}?state=approved"))
    total = sum(count for state, count in counted.items() if state != ProposalState.SUPERSEDED)
    return {
        "waiting": opened + made,
        "all": line(_("建议"), total, url=place),
        "lines": [one for one in lines if one["count"]],
    }


def _open_lines(rows: Any, place: str) -> list[dict[str, Any]]:
    """Return what waits for a maker by side: cuts and stops stand apart."""
    counted: dict[str, int] = defaultdict(int)
    for one in proposal_sums(rows, by_cause=False):
        counted[one.side] += one.count
    return [
        line(
            _("待经办：%(side)s") % {"side": gettext(Side(side).label)},
            count,
            url=f"{place}?state=open&side={side}",
            tone="bad" if side in (Side.CUT, Side.STOP) else "warn",
        )
        for side, count in counted.items()
    ]


def _money_steps(county: str, month: dt.date, made: set[str]) -> list[dict[str, Any]]:
    money, runs = payments.month_money(county, month), list(payments.runs_in(county, month))
    place, shown = reverse("payments"), f"{month:%Y-%m}"

    def waiting(state: str, words: str, tone: str = "warn") -> dict[str, Any]:
        found = [run for run in runs if run.state == state]
        url = f"{place}?state={state}&month={shown}"
        return line(words, len(found), sum(run.total_fen for run in found), url, tone) if found else {}

    unpaid = money.exceptions + money.held + money.failed
    released = [run for run in runs if run.state not in (RunState.BUILDING, RunState.PREPARED)]
    returned = [run for run in runs if run.state == RunState.RETURNED]
    exceptions = reverse("exceptions", args=[shown])
    back = [waiting(RunState.RELEASED, _("待送银行")), waiting(RunState.SENT, _("待回盘"))]
    back.append(line(_("已到账"), money.paid, money.paid_fen))
    return [
        _step(_("应发"), "dues" in made, [line(_("应发"), money.dues, money.dues_fen)]),
        _step(
            _("编制"),
            "prepare" in made,
            [
                line(_("批次"), len(runs), money.lines_fen, f"{place}?month={shown}"),
                line(_("未能编入"), money.exceptions, url=exceptions, tone="bad") if money.exceptions else {},
            ],
        ),
        _step(_("复核发放"), bool(runs) and len(released) == len(runs), [waiting(RunState.PREPARED, _("待复核"))]),
        _step(_("银行回盘"), bool(runs) and len(returned) == len(runs), back),
        _step(
            _("对账"),
            bool(runs) and len(returned) == len(runs) and not unpaid,
            [line(_("未能发放"), unpaid, url=reverse("reconciliations"), tone="bad")] if unpaid else [],
        ),
    ]


def exceptions_by_kind(rows: Any, month: dt.date) -> list[dict[str, Any]]:
    """Return what could not be paid by reason: how many, how much, what repairs it, and the list."""
    place, labels = reverse("exceptions", args=[f"{month:%Y-%m}"]), dict(ExceptionCode.choices)
    groups = (
        rows.select_related(None).order_by("code").values("code").annotate(n=Count("pk"), fen=Sum("due__amount_fen"))
    )
    return [
        {
            "label": labels.get(one["code"], one["code"]),
            "count": one["n"],
            "fen": one["fen"],
            "repair": REMEDY_LABELS.get(one["code"], ""),
            "url": f"{place}?code={one['code']}",
        }
        for one in groups
    ]
