"""What the buttons of a page do: one table of acts, read by the page for its buttons and by the address that acts."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core.errors import Refused

Needed = str | Callable[[Any], bool]  # a permission, or what tells whether an account may


def may_act(account: Any, needed: Needed) -> bool:
    """Return whether an account has what an act needs."""
    return access.may(account, needed) if isinstance(needed, str) else needed(account)


def offered(account: Any, acts: Mapping[str, Needed]) -> dict[str, bool]:
    """Return for each act whether the page offers its button to this account."""
    return {act: may_act(account, needed) for act, needed in acts.items()}


def wanted_act(request: StaffRequest, acts: Mapping[str, Needed]) -> str:
    """Return the act that was posted; Refused when there is none such, 403 where its button is not offered."""
    act = str(request.POST.get("act", ""))
    if act not in acts:
        raise Refused("act.unknown", _("没有这种办理。"), _("请刷新页面后重选。"))
    if not may_act(request.user, acts[act]):
        raise PermissionDenied
    return act
