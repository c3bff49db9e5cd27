"""A decision paid in stages: the look before each later part, and the stop of what is left by two people."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.views.cases import READ, seen
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework import services


@page(READ, reads=(), writes=("POST",))
def act(request: StaffRequest, case_id: int) -> HttpResponseBase:
    """Record the look at the next part, propose to stop what is left, or agree to it as the second person."""
    one, data, account = seen(request, case_id), request.POST, request.user
    decision = casework.decision_of(one)
    parts = casework.parts_of(decision) if decision is not None else None
    if decision is None or parts is None:
        raise Http404
    what, found = data.get("act", ""), data.get("found", "").strip()
    if what == "confirm":
        stage = reading.whole_number(data, "stage")
        if stage not in {row.pk for _month, row in parts.rows}:
            raise Http404
        services.confirm_stage(account=account, stage_id=stage, found=found)
    elif what == "stop":
        heard = data.get("heard", "").strip()
        services.propose_stage_stop(account=account, decision_id=decision.pk, found=found, heard=heard)
    elif what == "check":
        services.check_stage_stop(account=account, decision_id=decision.pk, agree=data.get("agree") != "no")
    else:
        raise Http404
    messages.success(request, _("已办理。"))
    return redirect(reverse("case", args=[one.pk]))
