"""What changes in a household: members joining and leaving, splits, mergers, a new address, a death reported."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as say

from nuanxin.interfaces.staff import choosing, places, reading, reasons, subjects, typed
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.sight import sees_division
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import services as casework
from nuanxin.kernel.casework.enums import CaseKind
from nuanxin.kernel.casework.workflows import find_workflow
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants import selectors as grants
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.enums import ATTACHED, EventKind, IdentifierKind, MemberRole, Sex

WRITE = "people.write"
COUNTER = "窗口办理"
SEXES = [(Sex.MALE.value, Sex.MALE.label), (Sex.FEMALE.value, Sex.FEMALE.label)]
ONE_PERSON = (
    EventKind.DEATH,
    EventKind.MOVE_OUT,
    EventKind.MOVE_IN,
    EventKind.BIRTH,
    EventKind.COMING_OF_AGE,
)
MOVE_CAUSES = {
    "home": say("购房或自建房"),
    "rent": say("租房居住"),
    "family": say("与子女或亲属同住"),
    "marriage": say("婚嫁"),
    "care": say("就医或照料"),
    "resettled": say("拆迁或易地安置"),
    "work": say("务工或就学"),
    "wrong": say("原登记住址有误"),
    "other": say("其他"),
}


@page(WRITE, writes=("POST",))
def household(request: StaffRequest, household_id: int) -> HttpResponseBase:
    """Show what may be changed, or do one of the changes; each is one act with its reason."""
    one = subjects.household(request.user, household_id)
    if request.method == "POST":
        return _change(request, one)
    members = list(registry.members_of(household_id, clock.today()))
    told = {one.id: str(one) for one in choosing.choices(request.user, [member.person_id for member in members])}
    shown = [(member.person_id, told[member.person_id], member) for member in members]
    context = {
        "household": one,
        "members": shown,
        "roles": MemberRole.choices,
        "events": [(kind.value, kind.label) for kind in ONE_PERSON],
        "villages": places.village_groups(request.user),
        "everywhere": places.village_groups(request.user, whole_county=True),
        "causes": [(code, _(label)) for code, label in MOVE_CAUSES.items()],
        "today": clock.today(),
    }
    return render(request, "staff/household_change.html", context)


def _change(request: StaffRequest, one: Any) -> HttpResponseBase:
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Refused("change.act", "没有这种变动。", "请刷新页面后重选。")
    reason = reasons.written(request.POST)
    if request.POST["act"] == "move":
        cause = reading.choice(request.POST, "cause", MOVE_CAUSES)
        reason = f"{MOVE_CAUSES[cause]}：{reason}"[: reading.LONGEST]
    verb, said, func = act
    with one_act(author=author_of(request.user), verb=verb, reason=reason, source=COUNTER) as change:
        place = func(request, one, change)
    messages.success(request, _(said))
    _open_cases(request, one)
    return redirect(place or reverse("household", args=[one.pk]))


def _open_cases(request: StaffRequest, one: Any) -> None:
    """Open a change case for each grant of the household that the law wants looked at again; those open stay."""
    if not access.may(request.user, "cases.make"):
        return
    today = clock.today()
    for grant in grants.open_of_household(one.pk):
        if find_workflow(one.county, grant.benefit, CaseKind.CHANGE, today) is None:
            continue
        try:
            case = casework.open_case(
                author=author_of(request.user),
                county=one.county,
                kind=CaseKind.CHANGE,
                benefit=grant.benefit,
                household_id=one.pk,
                grant_id=grant.pk,
                cause="membership",
                opened_on=today,
            )
        except Refused:
            continue
        messages.info(request, _("已开变更案件 %(n)s，请在期限内核查。") % {"n": case.number})


def _join(request: StaffRequest, one: Any, change: Change) -> None:
    data = request.POST
    services.add_member(
        change=change,
        household_id=one.pk,
        person_id=typed.person_id(data, "person", _("加入的人")),
        role=_role(data.get("role", "")),
        valid_from=_day(request),
        counted={"yes": True, "no": False}.get(data.get("counted", "")),
        exclusion_reason=data.get("exclusion_reason", "").strip()[:60],
    )


def _role(value: str) -> str:
    if value not in MemberRole.values:
        raise Refused("member.role", "还没有选与户主的关系。", "请选择后再提交。")
    return value


def _leave(request: StaffRequest, one: Any, change: Change) -> None:
    (person_id,) = _members(request, one, "person")
    services.end_membership(change=change, person_id=person_id, on=_day(request))


def _members(request: StaffRequest, one: Any, name: str) -> list[int]:
    """Return the chosen people, who must be members today."""
    chosen = reading.ticked(request.POST, name)
    known = {member.person_id for member in registry.members_of(one.pk, clock.today())}
    if not chosen or not set(chosen) <= known:
        raise Refused("member.choose", "还没有选成员。", "请在本户成员中选择。")
    return chosen


def _split(request: StaffRequest, one: Any, change: Change) -> str:
    data = request.POST
    leaving = _members(request, one, "persons")
    division = data.get("division", "")
    new = services.split_household(
        change=change,
        household_id=one.pk,
        on=_day(request),
        person_ids=leaving,
        head_id=reading.whole_number(data, "head", leaving[0]),
        division=places.own_village(request.user, division) if division else None,
        address=data.get("address", "").strip() or None,
    )
    return reverse("household", args=[new.pk])


def _day(request: StaffRequest) -> dt.date:
    """Return the day of a change of the household, which has happened: today at the latest."""
    return typed.day(request.POST, "on", _("起始日期"), latest=clock.today())


def _merge(request: StaffRequest, one: Any, change: Change) -> str:
    other = subjects.household(request.user, typed.number(request.POST, "into", _("并入的家庭编号")))
    services.merge_households(change=change, household_id=one.pk, into_id=other.pk, on=_day(request))
    return reverse("household", args=[other.pk])


def _move(request: StaffRequest, one: Any, change: Change) -> str:
    services.move_household(
        change=change,
        household_id=one.pk,
        division=typed.text(request.POST, "division", _("新的村或社区")),
        address=request.POST.get("address", "").strip()[:120],
        on=_day(request),
    )
    here = registry.household_by_id(one.pk)
    mine = sees_division(request.user, here.division.path)
    return reverse("household", args=[one.pk]) if mine else reverse("households")


def _event(request: StaffRequest, one: Any, change: Change) -> None:
    (person_id,) = _members(request, one, "person")
    kind = request.POST.get("kind", "")
    if kind not in {one.value for one in ONE_PERSON}:
        raise Refused("event.kind", "还没有选是什么事。", "请选择后再提交。")
    services.report_event(change=change, kind=kind, person_id=person_id, on=_day(request), source="窗口报告")


Act = Callable[[StaffRequest, Any, Change], str | None]
ACTS: dict[str, tuple[str, str, Act]] = {
    "join": ("add_member", say("已加入成员，本户的待遇会在复核时重算。"), _join),
    "leave": ("end_membership", say("成员已离开本户。"), _leave),
    "split": ("split_household", say("已分户，原待遇到月底为止，新户已代为提出申请。"), _split),
    "merge": ("merge_households", say("已并户，原户撤销。"), _merge),
    "move": ("move_household", say("住址已更新，待遇随户走。"), _move),
    "event": ("report_event", say("已报告，相关的钱先停住；确认后生效，报错了可以撤回。"), _event),
}


@page(WRITE, reads=(), writes=("POST",))
def event(request: StaffRequest, person_id: int, event_id: int) -> HttpResponseBase:
    """Confirm or withdraw what was reported of a person, or put its day right."""
    subjects.person(request.user, person_id)
    if event_id not in {one.pk for one in registry.events_of(person_id)}:
        raise Refused("event.unknown", "没有这条报告。", "请刷新页面后重选。")
    act = reading.choice(request.POST, "act", EVENT_ACTS)
    verb, said = EVENT_ACTS[act]
    with one_act(
        author=author_of(request.user), verb=verb, reason=reasons.written(request.POST), source=COUNTER
    ) as change:
        if act == "confirm":
            services.confirm_event(change=change, event_id=event_id)
        elif act == "withdraw":
            services.withdraw_event(change=change, event_id=event_id)
        else:
            services.correct_event(change=change, event_id=event_id, on=_day(request))
    messages.success(request, _(said))
    return redirect(reverse("person", args=[person_id]))


EVENT_ACTS = {
    "confirm": ("confirm_event", say("已确认。")),
    "withdraw": ("withdraw_event", say("已撤回，停住的钱恢复发放。")),
    "correct": ("correct_event", say("日期已订正，由它引起的变动已重新办理。")),
}


def kinds_of_person() -> list[tuple[str, str]]:
    """Return the kinds of papers that say who somebody is, the citizen number first, none at all last."""
    return [(kind.value, kind.label) for kind in IdentifierKind if kind not in ATTACHED]


@page(WRITE, writes=("POST",))
def new_person(request: StaffRequest) -> HttpResponseBase:
    """Register somebody who is not yet here, with a household of their own or in one that is here."""
    context = {
        "villages": places.village_groups(request.user),
        "roles": MemberRole.choices,
        "household": request.GET.get("household", ""),
        "kinds": kinds_of_person(),
        "sexes": SEXES,
    }
    if request.method == "POST":
        try:
            return redirect(reverse("household", args=[_register(request)]))
        except Refused as refused:
            context |= {"typed": request.POST, "message": refused.message, "todo": refused.todo}
    return render(request, "staff/person_new.html", context)


def _register(request: StaffRequest) -> int:
    data = request.POST
    into = data.get("household", "").strip()
    home = subjects.household(request.user, typed.number(data, "household", _("家庭编号"))) if into else None
    village = places.own_village(
        request.user, home.division_id if home else typed.text(data, "division", _("村或社区"))
    )
    with one_act(
        author=author_of(request.user), verb="register_person", reason=_("窗口登记"), source=COUNTER
    ) as change:
        registered = services.register_newcomer(
            change=change,
            newcomer=_newcomer(data),
            division=village,
            household_id=home.pk if home else None,
            role=data.get("role", ""),
            address=reading.text(data, "address", most=120),
        )
    return int(registered.pk)


def _newcomer(data: Any) -> services.Newcomer:
    born = reading.written(data, "birth")
    sex = reading.chosen(data, "sex")
    return services.Newcomer(
        name=typed.text(data, "name", _("姓名"), most=60),
        kind=reading.written(data, "kind") or IdentifierKind.CITIZEN_ID.value,
        number=reading.text(data, "number", most=40),
        sex=sex,
        birth=reading.day(data, "birth") if born else None,
        birth_estimated=bool(data.get("birth_estimated")),
        why_unnumbered=reading.text(data, "unnumbered", most=60),
        phone=reading.text(data, "phone", most=30),
        hukou_here=bool(data.get("hukou_here")),
    )


@page(WRITE, reads=(), writes=("POST",))
def account(request: StaffRequest, person_id: int) -> HttpResponseBase:
    """Add an account that money may go to."""
    one = subjects.person(request.user, person_id)
    with one_act(author=author_of(request.user), verb="add_account", reason=_("收款账户"), source=COUNTER) as change:
        services.add_account(
            change=change,
            county=one.county,
            holder_id=person_id,
            bank_code=typed.text(request.POST, "bank_code", _("开户银行代码"), most=12),
            number=typed.text(request.POST, "number", _("账号"), most=30),
            valid_from=clock.today(),
        )
    messages.success(request, _("账户已登记，下次发放起可以选用。"))
    return redirect(reverse("person", args=[person_id]))
