"""Spouse, parents, guardians, obligors, carers and who draws the money: entered, ended, corrected, dated."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as say

from nuanxin.interfaces.staff import choosing, reading, subjects, typed
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.interfaces.staff.views.changes import COUNTER, WRITE
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.enums import RelationKind

DAY = dt.timedelta(days=1)


@page(WRITE, writes=("POST",))
def relations(request: StaffRequest, person_id: int) -> HttpResponseBase:
    """List a person's relations on both sides, with the forms that add, end, correct and set aside."""
    one = subjects.person(request.user, person_id)
    if request.method == "POST":
        return _act(request, one)
    rows = list(registry.relations_around(person_id))
    others = {row.other_id if row.person_id == person_id else row.person_id for row in rows}
    cards = {card.id: card for card in choosing.choices(request.user, others)}
    own = [(row, cards.get(row.other_id)) for row in rows if row.person_id == person_id]
    theirs = [(row, cards.get(row.person_id)) for row in rows if row.person_id != person_id and row.kind != "spouse"]
    context = {
        "person": one,
        "name": name_for(request.user, one.name),
        "own": own,
        "theirs": theirs,
        "kinds": RelationKind.choices,
        "found": [card for card in choosing.found(request.user, request.GET) if card.id != person_id],
        "q": request.GET.get("q", ""),
        "today": clock.today(),
    }
    return render(request, "staff/relations.html", context)


def _act(request: StaffRequest, one: Any) -> HttpResponseBase:
    chosen = ACTS.get(request.POST.get("act", ""))
    if chosen is None:
        raise Refused("relation.act", "没有这种操作。", "请刷新页面后重选。")
    verb, done, act = chosen
    reason = typed.text(request.POST, "reason", _("事由和依据"))
    with one_act(author=author_of(request.user), verb=verb, reason=reason, source=COUNTER) as change:
        act(request, one, change)
    messages.success(request, _(done))
    return redirect(reverse("person-relations", args=[one.pk]))


def _add(request: StaffRequest, one: Any, change: Change) -> None:
    data = request.POST
    kind = reading.choice(data, "kind", RelationKind.values)
    other = choosing.chosen(request.user, data, "other", _("对方"))
    start, end = _dates(data)
    services.record_relation(
        change=change, person_id=one.pk, other_id=other.pk, kind=kind, valid_from=start, valid_to=end
    )


def _dates(data: Any) -> tuple[dt.date, dt.date | None]:
    """Return the first day and the first day without; what is typed as the end is the last day of it."""
    start = typed.day(data, "valid_from", _("起始日期"), latest=clock.today())
    return start, reading.day(data, "last") + DAY if reading.written(data, "last") else None


def _row(data: Any, one: Any) -> Any:
    wanted = typed.number(data, "relation", _("关系"))
    row = next((row for row in registry.relations_around(one.pk) if row.pk == wanted), None)
    if row is None:
        raise Refused("relation.unknown", "没有这条关系，或已经更正过。", "请刷新页面后重选。")
    return row


def _end(request: StaffRequest, one: Any, change: Change) -> None:
    row = _row(request.POST, one)
    last = typed.day(request.POST, "last", _("最后一天"), latest=clock.today())
    if last < row.valid_from:
        said = _("最后一天 %(last)s 早于起始日期 %(start)s。") % {"last": last, "start": row.valid_from}
        raise Refused("relation.date", said, _("请核对；登记有误的请选“登记有误，撤销”。"), "last")
    services.end_relation(change=change, person_id=row.person_id, other_id=row.other_id, kind=row.kind, on=last + DAY)


def _correct(request: StaffRequest, one: Any, change: Change) -> None:
    data = request.POST
    row = _row(data, one)
    start, end = _dates(data)
    kind = reading.choice(data, "kind", RelationKind.values, default=row.kind)
    services.correct_relation(change=change, relation_id=row.pk, valid_from=start, valid_to=end, kind=kind)


def _withdraw(request: StaffRequest, one: Any, change: Change) -> None:
    services.withdraw_relation(change=change, relation_id=_row(request.POST, one).pk)


Act = Callable[[StaffRequest, Any, Change], None]
ACTS: dict[str, tuple[str, str, Act]] = {
    "add": ("record_relation", say("关系已登记。"), _add),
    "end": ("end_relation", say("关系已终止。"), _end),
    "correct": ("correct_relation", say("关系已更正。"), _correct),
    "withdraw": ("withdraw_relation", say("登记有误的关系已撤销。"), _withdraw),
}
