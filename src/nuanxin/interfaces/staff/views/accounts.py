"""Accounts: one administrator lists and asks, another agrees or not, and unlocks."""

from typing import Any

import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.filters import choice, line
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.access import services
from nuanxin.kernel.access.enums import RequestKind, RequestState
from nuanxin.kernel.access.roles import ROLES
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry

MANAGE, APPROVE = "accounts.manage", "accounts.approve"
TYPED = ("username", "display_name", "role", "area", "reason")
TITLES = {code: role.title for code, role in ROLES.items()}
STATES = {
    "open": gettext_lazy("在用"),
    "locked": gettext_lazy("须等待"),
    "waiting": gettext_lazy("待批准"),
    "closed": gettext_lazy("已停用"),
}
TONES = {"open": "good", "locked": "bad", "waiting": "warn"}
DECIDED_SHOWN = 20


def state_of(account: Any, waiting: set[int], slowed: set[int]) -> str:
    """Return what an account can do just now, as a code of STATES."""
    if account.is_active:
        return "locked" if account.pk in slowed else "open"
    return "waiting" if account.pk in waiting else "closed"


class AccountTable(RowTable):
    """Accounts with their role, area and state."""

    empty_says = gettext_lazy("点“申请开设账号”写明岗位和管辖范围，由另一位有权限的人同意后启用。")
    username = tables.Column(verbose_name=gettext_lazy("账号"))
    display_name = tables.Column(verbose_name=gettext_lazy("姓名"))
    role = tables.Column(verbose_name=gettext_lazy("岗位"), orderable=False, empty_values=())
    area = tables.Column(verbose_name=gettext_lazy("范围"), orderable=False, empty_values=())
    factor_on = tables.Column(verbose_name=gettext_lazy("双因素认证"), orderable=False)
    state = tables.Column(verbose_name=gettext_lazy("状态"), orderable=False, accessor="pk")

    def row_url(self, record: Any) -> str:
        """Open the account."""
        return reverse("staff-account", args=[record.pk])

    def render_role(self, record: Any) -> str:
        """Show the role's title."""
        return TITLES.get(record.role, "—")

    def render_area(self, record: Any) -> str:
        """Show the division's name."""
        code = record.area.rpartition(".")[2]
        return str(self.known(self._found)[0].get(code, code)) or "—"

    def render_factor_on(self, value: bool) -> str:
        """Say whether there is a second factor."""
        return _("已启用") if value else "—"

    def render_state(self, record: Any) -> str:
        """Show the state as a tag."""
        code = self._state(record)
        return format_html('<span class="tag {}">{}</span>', TONES.get(code, ""), STATES[code])

    def value_state(self, record: Any) -> str:
        """Export the state."""
        return str(STATES[self._state(record)])

    def _state(self, record: Any) -> str:
        return state_of(record, *self.known(self._found)[1:])

    def _found(self, batch: list[Any]) -> tuple[dict[str, str], set[int], set[int]]:
        """Return the names of the batch's divisions, the accounts that wait for agreement, and those that must wait."""
        names = registry.division_names([one.area.rpartition(".")[2] for one in batch])
        return names, _waiting(self.account), access.slowed_accounts(batch)


class AccountForm(forms.Form):
    """Finds accounts."""

    q = line(gettext_lazy("查找"), placeholder=gettext_lazy("账号或姓名"))
    role = choice(gettext_lazy("岗位"), TITLES.items())
    active = choice(gettext_lazy("状态"), [("1", gettext_lazy("在用")), ("0", gettext_lazy("停用或待批准"))])


def _waiting(account: Any) -> set[int]:
    return set(access.requests_in(account).values_list("account_id", flat=True))


@page(MANAGE)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the accounts of the administrator's area."""
    form, rows = AccountForm(request.GET), access.accounts_in(request.user)
    chosen = form.cleaned_data if form.is_valid() else {}
    if text := (chosen.get("q") or "").strip():
        rows = rows.filter(Q(username__icontains=text) | Q(display_name__icontains=text))
    if chosen.get("role"):
        rows = rows.filter(role=chosen["role"])
    if chosen.get("active"):
        rows = rows.filter(is_active=chosen["active"] == "1")
    context = {
        "heading": _("账号"),
        "lead": _("开设、变更、重设都要安全管理员批准后才生效；停用立即生效。"),
        "form": form,
        "acts": [{"url": reverse("staff-account-new"), "label": _("申请开设账号"), "primary": True}],
    }
    return show_list(request, AccountTable(rows, account=request.user), "staff/list.html", context, name=_("账号"))


def _places(request: StaffRequest) -> list[tuple[str, str]]:
    """Return the areas an account may get: the county and its townships, by path."""
    county = registry.division(county_of(request.user))
    towns = [(one.path, one.name) for one in registry.townships(county.code, clock.today())]
    return [(one, name) for one, name in [(county.path, county.name), *towns] if access.sees_path(request.user, one)]


@page(MANAGE, writes=("POST",))
def new(request: StaffRequest) -> HttpResponseBase:
    """Ask for a new account; its first password is shown once."""
    typed = {
        name: request.POST.get(name, "").strip() for name in ("username", "display_name", "role", "area", "reason")
    }
    context: dict[str, Any] = {"roles": TITLES.items(), "places": _places(request), "typed": typed}
    if request.method != "POST":
        return render(request, "staff/account_new.html", context)
    try:
        asked, password = services.file_opening(author=request.user, **typed)
    except Refused as error:
        context |= {"message": error.message, "todo": error.todo}
        return render(request, "staff/account_new.html", context, status=409)
    return render(request, "staff/account_asked.html", {"asked": asked, "password": password})


@page(MANAGE, writes=("POST",))
def account(request: StaffRequest, account_id: int) -> HttpResponseBase:
    """Show one account with what was asked for it; ask for a change, or close it."""
    one = found(access.accounts_in(request.user).filter(pk=account_id).first())
    if request.method == "POST":
        return _asked(request, one)
    history = list(access.requests_in(request.user, state="").filter(account=one).order_by("-id"))
    code = one.area.rpartition(".")[2]
    context = {
        "one": one,
        "role": TITLES.get(one.role, "—"),
        "place": registry.division_names([code]).get(code, "—"),
        "state": state_of(
            one,
            {asked.account_id for asked in history if asked.state == RequestState.WAITING},
            access.slowed_accounts([one]),
        ),
        "states": STATES,
        "tones": TONES,
        "history": history,
        "waiting": any(asked.state == RequestState.WAITING for asked in history),
        "roles": TITLES.items(),
        "places": _places(request),
        "own": one.pk == request.user.pk,
    }
    return render(request, "staff/account.html", context)


def _asked(request: StaffRequest, one: Any) -> HttpResponseBase:
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "")
    if act == "close":
        services.end_account(author=request.user, account_id=one.pk, reason=reason)
        messages.success(request, _("账号已停用。"))
        return redirect("staff-account", one.pk)
    place = {name: request.POST.get(name, "") for name in ("role", "area")} if act == RequestKind.CHANGE else {}
    asked, password = services.file_change(author=request.user, account_id=one.pk, kind=act, reason=reason, **place)
    return render(request, "staff/account_asked.html", {"asked": asked, "password": password})


@page(APPROVE)
def requests(request: StaffRequest) -> HttpResponseBase:
    """Show what waits for agreement, who is locked out, and what was decided lately."""
    rows = list(access.requests_in(request.user))
    decided = list(access.requests_in(request.user, state="").exclude(state=RequestState.WAITING).order_by("-id"))
    people = list(access.accounts_in(request.user))
    slowed = access.slowed_accounts(people)
    paths = {path: path.rpartition(".")[2] for row in rows for path in (row.area, row.account.area)}
    names = registry.division_names(list(paths.values()))
    context = {
        "rows": rows,
        "locked": [account for account in people if account.pk in slowed],
        "decided": decided[:DECIDED_SHOWN],
        "titles": TITLES,
        "names": {path: names.get(code, code) for path, code in paths.items()},
    }
    return render(request, "staff/account_requests.html", context)


@page(APPROVE, reads=(), writes=("POST",))
def decide(request: StaffRequest, request_id: int) -> HttpResponseBase:
    """Agree to a request, or refuse it with a reason."""
    agree = request.POST.get("agree") == "1"
    services.check_request(author=request.user, request_id=request_id, agree=agree, note=request.POST.get("note", ""))
    messages.success(request, _("已批准，立即生效。") if agree else _("未批准，理由已登记。"))
    return redirect("account-requests")


@page(APPROVE, reads=(), writes=("POST",))
def unlock(request: StaffRequest, account_id: int) -> HttpResponseBase:
    """Let a locked account try again."""
    services.unlock_account(author=request.user, account_id=account_id)
    messages.success(request, _("已解除等待。"))
    return redirect("account-requests")
