"""A person's record put right: name, birth and sex, numbers; what it changes is shown before it is done."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as say

from nuanxin.interfaces.staff import places, reading, subjects, typed
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.interfaces.staff.views.changes import COUNTER, SEXES, WRITE, kinds_of_person
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, items_of, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.enums import IdentifierKind, NameKind

TABLE = "registry_person"
SHOWN = 30


@page(WRITE, writes=("POST",))
def correct(request: StaffRequest, person_id: int) -> HttpResponseBase:
    """Show what stands and its history, ask what is wrong, show what that changes, and put it right."""
    one = subjects.person(request.user, person_id)
    if request.method == "POST":
        return _correct(request, one)
    context = {
        "person": one,
        "name": name_for(request.user, one.name),
        "numbers": registry.identifiers_of(person_id),
        "kinds": [*kinds_of_person()[:-1], *((kind.value, kind.label) for kind in EXTRA)],
        "former": registry.former_names_of(person_id),
        "why_name": NameKind.choices,
        "sexes": SEXES,
        "villages": places.village_groups(request.user),
        "home": registry.household_of(person_id, clock.today()),
        "items": items_of(table=TABLE, record_id=person_id)[:SHOWN],
    }
    return render(request, "staff/person_correct.html", context)


EXTRA = (IdentifierKind.DISABILITY_CARD, IdentifierKind.PHONE, IdentifierKind.OWN_NUMBER)


def _correct(request: StaffRequest, one: Any) -> HttpResponseBase:
    chosen = ACTS.get(request.POST.get("act", ""))
    if chosen is None:
        raise Refused("correct.act", "没有这种更正。", "请刷新页面后重选。")
    verb, done, act, weighty = chosen
    reason = typed.text(request.POST, "reason", _("更正的事由"), most=90)
    evidence = typed.text(request.POST, "evidence", _("依据的材料"), most=90)
    given = _grants(request, one)
    if weighty and given and not request.POST.get("seen"):
        return _before(request, one, given)
    with one_act(
        author=author_of(request.user), verb=verb, reason=f"{reason}；依据：{evidence}", source=COUNTER
    ) as change:
        act(request.POST, one, change)
    messages.success(request, _(done))
    if given and weighty:
        messages.info(request, _("在享待遇从本月测算起按更正后的信息计算，以前月份的差额列入追溯核算。"))
    return redirect(reverse("person", args=[one.pk]))


def _grants(request: StaffRequest, one: Any) -> list[Any]:
    return list(subjects.money(request.user, clock.today(), person_ids=[one.pk])["grants"])


def _before(request: StaffRequest, one: Any, given: list[Any]) -> HttpResponseBase:
    """Show what the correction changes, and ask once more; what was typed goes along."""
    birth = _birth_typed(request.POST)
    sent = [(name, text) for name in request.POST if name != "csrfmiddlewaretoken" for text in [request.POST[name]]]
    context = {
        "person": one,
        "name": name_for(request.user, one.name),
        "grants": given,
        "titles": titles(one.county),
        "birth": birth,
        "sent": sent,
    }
    return render(request, "staff/person_correct_before.html", context)


def _birth_typed(data: Any) -> dt.date | None:
    if data.get("act") == "birth":
        return reading.day(data, "birth") if reading.written(data, "birth") else None
    kind, typed_number = data.get("kind", ""), data.get("number", "")
    stated = registry.stated_by(kind, registry.normalise_number(kind, typed_number))
    return stated[0] if stated else None


def _name(data: Any, one: Any, change: Change) -> None:
    services.correct_name(
        change=change, person_id=one.pk, name=typed.text(data, "name", _("姓名"), most=60), kind=data.get("kind", "")
    )


def _birth(data: Any, one: Any, change: Change) -> None:
    services.correct_person(
        change=change,
        person_id=one.pk,
        birth=reading.day(data, "birth") if reading.written(data, "birth") else None,
        sex=reading.whole_number(data, "sex", one.sex),
        birth_estimated=bool(data.get("birth_estimated")),
    )


def _number(data: Any, one: Any, change: Change) -> None:
    """Give a number; where it is the person's own and states another birth or sex, they follow it."""
    services.change_identifier(
        change=change,
        person_id=one.pk,
        kind=data.get("kind", ""),
        number=typed.text(data, "number", _("号码"), most=40),
        valid_from=typed.day(data, "on", _("起始日期"), latest=clock.today()),
    )
    if data.get("kind") == IdentifierKind.CITIZEN_ID:
        services.take_from_number(change=change, person_id=one.pk)


def _end_number(data: Any, one: Any, change: Change) -> None:
    services.end_identifier(
        change=change,
        person_id=one.pk,
        identifier_id=typed.number(data, "identifier", _("号码")),
        on=typed.day(data, "on", _("哪天"), latest=clock.today()),
        mistaken=data.get("why") == "mistaken",
    )


def _village(data: Any, one: Any, change: Change) -> None:
    if registry.household_of(one.pk, clock.today()) is not None:
        raise Refused("person.at_home", "这个人有所在家庭，住址跟着家庭走。", "请在家庭页面办理搬家。")
    services.move_person(change=change, person_id=one.pk, division=typed.text(data, "division", _("村或社区")))


Act = Callable[[Any, Any, Change], None]
ACTS: dict[str, tuple[str, str, Act, bool]] = {
    "name": ("correct_name", say("姓名已更正，原来的姓名仍可查到。"), _name, False),
    "birth": ("correct_person", say("出生日期和性别已更正。"), _birth, True),
    "number": ("change_identifier", say("号码已登记，原来同种号码停用。"), _number, True),
    "end": ("end_identifier", say("号码已停用。"), _end_number, False),
    "village": ("move_person", say("住址已更正。"), _village, False),
}
"""Act → verb, what is said when done, the deed, whether what it changes is shown before where money is paid."""
