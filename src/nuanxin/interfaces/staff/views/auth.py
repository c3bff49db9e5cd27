"""Signing in and out; in the demo one click enters as a role."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.access import services
from nuanxin.kernel.access.enums import SignInKind
from nuanxin.kernel.core import clock

HALFWAY = "halfway"  # in the session: who gave a right password and still owes a code
CODE_SECONDS = 300

DOES = {
    "township_clerk": _("受理申请、登记人口、提出经办意见"),
    "county_examiner": _("每月测算、经办、编制发放"),
    "section_chief": _("复核决定、放行发放、月度结账"),
    "finance": _("核对批次、放行发放、看资金"),
    "leader": _("查看指标及其来源"),
    "auditor": _("从任一数字查到人、条款和凭据"),
    "township_leader": _("审核委托乡镇审批的事项、备用金"),
    "system_admin": _("开设和停用账号，看不到业务数据"),
    "security_admin": _("批准账号的岗位和范围"),
    "audit_admin": _("查登录、查看号码和管理员操作的日志"),
}


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else settings.LOGIN_REDIRECT_URL


def _door(request: HttpRequest, *, failed: bool = False) -> HttpResponse:
    roles = [(role, DOES.get(role.username, "")) for role in access.demo_roles()] if settings.DEMO else []
    context = {"roles": roles, "failed": failed, "next": _next(request), "idle": "idle" in request.GET}
    return render(request, "staff/login.html", context, status=403 if failed else 200)


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from; of a named proxy's word the middleware made it so already."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _note(request: HttpRequest, username: str, account: Any, how: str) -> None:
    good = how in (SignInKind.PASSWORD, SignInKind.FACTOR, SignInKind.RECOVERY, SignInKind.DEMO)
    services.record_sign_in(username=username, account=account, address=address_of(request), good=good, how=how)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the door, or check username and password; every try is written down, and every failure answered alike."""
    if request.method != "POST":
        return _door(request)
    typed = {name: request.POST.get(name, "") for name in ("username", "password", "code")}
    entry = services.sign_in(address=address_of(request), **typed)
    if entry is None:
        return _door(request, failed=True)
    return _enter(request, entry.account, entry.factor or SignInKind.PASSWORD)


@login_not_required
@require_POST
def sign_in_demo(request: HttpRequest) -> HttpResponse:
    """Enter the demo as one of its roles; there is no such door elsewhere."""
    role = request.POST.get("role", "")
    if not settings.DEMO or role not in {one.username for one in access.demo_roles()}:
        raise Http404
    account = access.account_by_username(role)
    if account is None or not account.is_active:
        raise Http404
    return _enter(request, account, SignInKind.DEMO)


def _enter(request: HttpRequest, account: Any, how: str) -> HttpResponse:
    """Let somebody in, or ask an account that has a second factor for it first."""
    if account.factor_on and how not in (SignInKind.FACTOR, SignInKind.RECOVERY):
        request.session.cycle_key()
        until = int(clock.instant()) + CODE_SECONDS
        halfway = {"account": account.pk, "until": until, "next": _next(request)}
        request.session[HALFWAY] = {**halfway, "password": account.get_session_auth_hash()}
        return redirect("login-code")
    login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
    _note(request, account.username, account, how)
    return redirect(_next(request))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor of whoever just gave a right password; a wrong code counts like a wrong password."""
    halfway = request.session.get(HALFWAY) or {}
    account = access.account_by_id(halfway.get("account", 0))
    if account is None or not account.is_active or not _still_halfway(account, halfway):
        request.session.pop(HALFWAY, None)
        return redirect(settings.LOGIN_URL)
    if request.method != "POST":
        return render(request, "staff/login_code.html", {"failed": False})
    how = services.check_factor(account=account, code=request.POST.get("code", ""))
    if not how:
        _note(request, account.username, account, SignInKind.CODE)
        return render(request, "staff/login_code.html", {"failed": True}, status=403)
    del request.session[HALFWAY]
    login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
    _note(request, account.username, account, how)
    return redirect(halfway["next"])


def _still_halfway(account: Any, halfway: dict[str, Any]) -> bool:
    """Tell whether there is time left and the password that was right still is the account's."""
    same = constant_time_compare(str(halfway.get("password", "")), account.get_session_auth_hash())
    return same and clock.instant() <= halfway["until"]


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    answer = redirect(settings.LOGIN_URL)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # an office's machine is often the next clerk's, too
    return answer
