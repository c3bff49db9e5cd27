"""The next step of many cases at once: afterwards each case stands with what became of it, or why it was left."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.views.cases import READ, handles
from nuanxin.interfaces.staff.whom import subject_words
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework import services
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry

MOST_AT_ONCE = 200


@page(READ, reads=(), writes=("POST",))
def bulk(request: StaffRequest) -> HttpResponseBase:
    """Make the next step on each chosen case where nothing is missing, and show each with its state or the reason."""
    if not handles(request.user):
        raise PermissionDenied
    county, ids = county_of(request.user), reading.ticked(request.POST, "ids")[:MOST_AT_ONCE]
    cases = list(casework.cases_of(request.user, county).filter(pk__in=ids))
    if not cases:
        raise Refused("case.none", _("没有选中案件。"), _("请先勾选要办的案件。"))
    known = titles(county)
    heads = registry.heads_of({one.household_id for one in cases if one.household_id}, clock.today())
    rows = []
    for one in cases:
        subject = subject_words(request.user, one, heads)
        rows.append(
            {"case": one, "subject": subject, "title": known.get(one.benefit, one.benefit), **_step(request, one)}
        )
    rows.sort(key=lambda row: row["done"])
    done = sum(1 for row in rows if row["done"])
    filters = request.GET.urlencode()
    back = f"{reverse('cases')}?{filters}" if filters else reverse("cases")
    context = {"rows": rows, "done": done, "left": len(rows) - done, "back": back}
    return render(request, "staff/cases_done.html", context)


def _step(request: StaffRequest, case: Any) -> dict[str, Any]:
    """Make the step that leads a case on; return whether it was made, and the new state or the reason in words."""
    offer = next((one for one in casework.moves_for(case, request.user) if one.primary), None)
    if offer is None:
        return {"done": False, "words": _("暂无本岗位可办理的环节。")}
    if offer.refusal is not None:
        return {"done": False, "words": f"{offer.refusal.message}{offer.refusal.todo}"}
    if "objection" in offer.asks:
        return {"done": False, "words": _("这一步要填写内容，请打开案件办理。")}
    try:
        moved = services.move_case(account=request.user, case_id=case.pk, version=case.version, move=offer.id)
    except Refused as refused:
        return {"done": False, "words": f"{refused.message}{refused.todo}"}
    return {"done": True, "words": _(str(casework.workflow_of(moved).states[moved.state].label))}
