"""Two records of one person: found, laid side by side, reported by one officer and confirmed by another, withdrawn."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import choosing, subjects, typed
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.pages import found, page
from nuanxin.interfaces.staff.sight import name_for, sees_division
from nuanxin.interfaces.staff.views.changes import COUNTER, WRITE
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.payments import selectors as payments
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.enums import EventKind

CHECK = "cases.check"
MOST = 100


@page("people.read")
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the mergers reported in the area, and on demand the records that share name, birth and sex."""
    account = request.user
    events = [one for one in registry.mergers_in(account.area) if sees_division(account, one.person.division.path)]
    groups = registry.doubles_in(account.area, MOST) if request.GET.get("find") else []
    ids = [pk for group in groups for pk in group] + [pk for one in events for pk in (one.person_id, one.other_id or 0)]
    cards = {card.id: card for card in choosing.choices(account, ids)}
    context = {
        "events": [(one, cards.get(one.person_id), cards.get(one.other_id or 0)) for one in events],
        "groups": [[cards[pk] for pk in group if pk in cards] for group in groups],
        "looked": bool(request.GET.get("find")),
        "checks": CHECK,
    }
    return render(request, "staff/mergers.html", context)


@page(WRITE)
def doubles(request: StaffRequest, person_id: int) -> HttpResponseBase:
    """Show who may be the same person as one, and find any other record to lay beside it."""
    one = subjects.person(request.user, person_id)
    known = registry.doubles_of(person_id)
    alike = [card for card in choosing.choices(request.user, known) if _own(request.user, card.id)]
    context = {
        "person": one,
        "name": name_for(request.user, one.name),
        "alike": alike,
        "elsewhere": len(known) - len(alike),
        "found": [card for card in choosing.found(request.user, request.GET) if card.id != person_id],
        "q": request.GET.get("q", ""),
    }
    return render(request, "staff/doubles.html", context)


def _own(account: Any, person_id: int) -> bool:
    return sees_division(account, registry.person_by_id(person_id).division.path)


@page(WRITE, writes=("POST",))
def pair(request: StaffRequest, person_id: int, other_id: int) -> HttpResponseBase:
    """Lay two records side by side with all that each holds; report that the second goes into the first."""
    kept, other = subjects.person(request.user, person_id), subjects.person(request.user, other_id)
    if request.method == "POST":
        return _report(request, kept, other)
    today = clock.today()
    context = {
        "sides": [_side(request, one, today) for one in (kept, other)],
        "kept": kept,
        "other": other,
        "titles": titles(kept.county),
        "today": today,
        "same": kept.pk == other.pk,
    }
    return render(request, "staff/merger.html", context)


def _side(request: StaffRequest, one: Any, today: dt.date) -> dict[str, Any]:
    """Return what a record holds."""
    (card,) = choosing.choices(request.user, [one.pk])
    return {
        "card": card,
        "numbers": registry.identifiers_of(one.pk),
        "accounts": registry.accounts_of(one.pk),
        "memberships": registry.memberships_of(one.pk),
        "relations": registry.relations_around(one.pk),
        "facts": registry.circumstances_of(person_id=one.pk, on=today).count(),
        "paid": len(payments.payments_of([one.pk], None)),
        "grants": subjects.money(request.user, today, person_ids=[one.pk])["grants"],
        "former": registry.former_names_of(one.pk),
    }


def _report(request: StaffRequest, kept: Any, other: Any) -> HttpResponseBase:
    reason = typed.text(request.POST, "reason", _("认定同一人的依据"))
    on = typed.day(request.POST, "on", _("合并生效日期"), latest=clock.today())
    with one_act(author=author_of(request.user), verb="report_event", reason=reason, source=COUNTER) as change:
        services.report_event(
            change=change, kind=EventKind.MERGED, person_id=kept.pk, other_id=other.pk, on=on, source=COUNTER
        )
    messages.success(request, _("已报告合并，由审核人员核对后确认；确认前两份档案照旧。"))
    return redirect(reverse("mergers"))


@page(CHECK, reads=(), writes=("POST",))
def confirm(request: StaffRequest, event_id: int) -> HttpResponseBase:
    """Confirm a merger that somebody else reported."""
    event = _event(request, event_id)
    reason = typed.text(request.POST, "reason", _("依据"))
    with one_act(author=author_of(request.user), verb="confirm_event", reason=reason, source=COUNTER) as change:
        services.confirm_event(change=change, event_id=event.pk)
    messages.success(request, _("两份档案已合并，任一号码都查到保留的一份。"))
    return redirect(reverse("person", args=[event.person_id]))


@page("people.read", reads=(), writes=("POST",))
def withdraw(request: StaffRequest, event_id: int) -> HttpResponseBase:
    """Withdraw a merger: before it is confirmed whoever writes people, afterwards whoever checks."""
    event = _event(request, event_id)
    subjects.needs(request.user, WRITE if event.state == "reported" else CHECK)
    reason = typed.text(request.POST, "reason", _("依据"))
    with one_act(author=author_of(request.user), verb="withdraw_event", reason=reason, source=COUNTER) as change:
        services.withdraw_event(change=change, event_id=event.pk)
    messages.success(request, _("合并已撤回，两份档案恢复。"))
    return redirect(reverse("mergers"))


def _event(request: StaffRequest, event_id: int) -> Any:
    event = next((one for one in registry.mergers_in(request.user.area) if one.pk == event_id), None)
    if found(event).state == "withdrawn":
        raise Refused("event.withdrawn", "这次合并已经撤回。", "需要合并的请重新报告。")
    return event
