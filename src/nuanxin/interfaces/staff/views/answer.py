"""The answer at the counter: by name, number or case number, in sentences one can read out or print."""

import datetime as dt
import json
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import choosing, reading, saying, subjects, words
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.sight import name_for, sees_means
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook.words import answer as answer_of

PAID_SHOWN, DECISIONS_SHOWN, CASES_SHOWN = 12, 6, 6


@page("grants.read", reads=("GET", "HEAD", "POST"))
def answer(request: StaffRequest) -> HttpResponseBase:
    """Find the person or case asked about and say where it stands, how much is paid, and why."""
    text = reading.search(request.POST) or reading.search(request.GET)
    chosen = reading.chosen(request.GET, "person")
    context: dict[str, Any] = {"q": text, "today": clock.today()}
    if chosen is not None:
        context["said"] = _said(request, subjects.person(request.user, chosen))
    elif text:
        case = casework.cases_of(request.user, county_of(request.user)).filter(number=text).first()
        if case is not None:
            person_id = case.person_id or _head(case.household_id)
            context["said"] = _said(request, registry.person_by_id(person_id))
        else:
            found = list(registry.find_people(request.user.area, text, limit=20))
            told = choosing.choices(request.user, [one.pk for one in found])
            context["found"] = [(one.id, one.name, one.about) for one in told]
            if len(found) == 1:
                context["said"] = _said(request, found[0])
    return render(request, "staff/answer.html", context)


def _head(household_id: int | None) -> int:
    members = list(registry.members_of(household_id or 0, clock.today()))
    if not members:
        raise Refused("answer.nobody", "这一户现在没有成员。", "请用姓名查找。")
    return int(members[0].person_id)


def _said(request: StaffRequest, person: Any) -> dict[str, Any]:
    """Return everything there is to say about a person and the household, in sentences."""
    today, county = clock.today(), county_of(request.user)
    home = registry.household_of(person.pk, today)
    members = [one.person_id for one in registry.members_of(home.pk, today)] if home else [person.pk]
    known = titles(county)
    money = subjects.money(
        request.user, today, household_id=home.pk if home else None, person_ids=members if home else [person.pk]
    )
    decisions = casework.decisions_of(person_ids=members, household_id=home.pk if home else None)
    return {
        "person": person,
        "name": name_for(request.user, person.name),
        "household": home,
        "cases": [_case(one, known, today) for one in _cases(members, home)],
        "decisions": [_decision(request, one, known) for one in decisions[:DECISIONS_SHOWN]],
        "grants": [_grant(one, known, today) for one in money["grants"]],
        "paid": [_paid(one, known) for one in money["dues"][:PAID_SHOWN]],
    }


def _cases(members: list[int], home: Any) -> list[Any]:
    """Return the open cases of the household and its members, each once."""
    found = casework.open_cases_of(household_id=home.pk) if home else []
    for person_id in members:
        found += casework.open_cases_of(person_id=person_id)
    return list({one.pk: one for one in found}.values())[:CASES_SHOWN]


def _case(one: Any, known: dict[str, str], today: dt.date) -> dict[str, Any]:
    title = known.get(one.benefit, one.benefit)
    state = casework.workflow_of(one).states[one.state].label
    said = _("%(on)s 受理，现在是“%(state)s”，这一步最迟 %(due)s 办完。") % {
        "on": one.opened_on.isoformat(),
        "state": _(state),
        "due": one.due_on.isoformat() if one.due_on else "—",
    }
    return {"case": one, "title": title, "said": said, "late": bool(one.due_on and one.due_on < today)}


def _decision(request: StaffRequest, one: Any, known: dict[str, str]) -> dict[str, Any]:
    title, reason = known.get(one.benefit, one.benefit), ""
    if sees_means(request.user) and access.may(request.user, "people.read"):
        reason = _reason(one)
    return {
        "decision": one,
        "title": title,
        "reason": reason or words.cause(one.proposal.cause, known),
        "amount": yuan(one.amount_fen),
    }


def _reason(one: Any) -> str:
    """Return why, in the words of the receipt that the decision froze."""
    row = json.loads(one.receipt or "{}")
    if "subject_id" not in row:
        return ""
    kept = rulebook.kept_receipt(one.release_id, one.benefit, one.proposal.month, row)
    return answer_of(kept, saying.said) if kept else ""


def _grant(one: Any, known: dict[str, str], today: dt.date) -> dict[str, Any]:
    title = known.get(one.benefit, one.benefit)
    if one.to_date and one.to_date <= today:
        said = _("已停发，发到 %(m)s。") % {"m": f"{one.to_date - dt.timedelta(days=1):%Y-%m}"}
    elif one.held_since:
        said = _("从 %(d)s 起暂缓，正在核实。") % {"d": one.held_since.isoformat()}
    elif one.from_date > today:
        said = _("已批准，从 %(m)s 起发放。") % {"m": f"{one.from_date:%Y-%m}"}
    elif one.amount_fen:
        said = _("正在享受，每月 %(yuan)s 元。") % {"yuan": yuan(one.amount_fen)}
    else:
        said = _("资格有效，不发钱。")
    return {"title": title, "said": said, "grant": one}


def _paid(row: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    due = row["due"]
    return {
        "month": due.entitlement_month,
        "title": known.get(due.benefit, due.benefit),
        "yuan": yuan(row["fen"]),
        "kind": _(due.get_kind_display()) if due.kind != "regular" else "",
        "state": _(due.line.get_state_display()) if due.line else _("还没有编入发放批次"),
        "on": due.line.paid_on if due.line else None,
    }
