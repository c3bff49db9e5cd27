"""Signing in and out; in the demo one click enters as a role."""

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.access import services

DOES = {
    "township_clerk": _("受理申请、登记人口、提出经办意见"),
    "county_examiner": _("每月测算、经办、编制发放"),
    "section_chief": _("复核决定、放行发放、月度结账"),
    "finance": _("核对批次、放行发放、看资金"),
    "leader": _("看指标、看数字怎么来的"),
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
    context = {"roles": roles, "failed": failed, "next": _next(request)}
    return render(request, "staff/login.html", context, status=403 if failed else 200)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the door, or check username and password."""
    if request.method != "POST":
        return _door(request)
    name = request.POST.get("username", "")
    known = access.account_by_username(name)
    if known:
        services.refuse_locked(account=known)
    account = authenticate(request, username=name, password=request.POST.get("password"))
    if known:
        services.note_sign_in(account=known, good=account is not None)
    if account is None:
        return _door(request, failed=True)
    login(request, account)
    return redirect(_next(request))


@login_not_required
@require_POST
def sign_in_demo(request: HttpRequest) -> HttpResponse:
    """Enter the demo as one of its roles; there is no such door elsewhere."""
    role = request.POST.get("role", "")
    if not settings.DEMO or role not in {one.username for one in access.demo_roles()}:
        raise Http404
    account = access.account_by_username(role)
    if account is None:
        raise Http404
    login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect(_next(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect(settings.LOGIN_URL)
