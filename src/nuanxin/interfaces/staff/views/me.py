"""One's own account: the password and the second factor."""

from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.views.auth import address_of
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.access import services
from nuanxin.kernel.core.errors import Refused


@page(None, writes=("POST",))
def my_account(request: StaffRequest) -> HttpResponseBase:
    """Show one's account, set the password, take a second factor into use."""
    account = request.user
    if request.method != "POST":
        return _shown(request)
    act = request.POST.get("act", "")
    if act == "password":
        return _set_password(request)
    if act == "begin":
        given = request.POST.get("password", "")
        services.check_own_password(account=account, password=given, address=address_of(request))
        services.open_factor(account=account)
        return redirect("my-account")
    if act == "confirm":
        codes = services.confirm_factor(account=account, code=request.POST.get("code", ""))
        account.refresh_from_db()
        return _shown(request, codes=codes)
    raise Refused("access.act", "没有这个操作。", "请回到本页重试。")


def _set_password(request: StaffRequest) -> HttpResponseBase:
    """Change the password of whoever knows the present one."""
    account, new = request.user, request.POST.get("new", "")
    old = request.POST.get("old", "")
    services.check_own_password(account=account, password=old, address=address_of(request))
    if new != request.POST.get("again", ""):
        raise Refused("access.again", "两次输入的新密码不一样。", "请重新输入。")
    services.change_password(account=account, password=new)
    update_session_auth_hash(request, account)
    messages.success(request, _("密码已修改。"))
    return redirect("my-account")


def _shown(request: StaffRequest, codes: list[str] | None = None) -> HttpResponseBase:
    account = request.user
    offer = access.offered_factor(account)
    context: dict[str, Any] = {
        "offer": offer,
        "picture": segno.make(offer.uri, error="m").svg_data_uri(scale=5) if offer else "",
        "codes": codes,
        "codes_left": access.recovery_codes_left(account) if account.factor_on else 0,
        "needed": access.needs_factor(account),
        "role": access.role_of(account),
        "shortest": access.shortest_password(account),
    }
    return render(request, "staff/my_account.html", context)
