"""Stand-ins and handovers: who does whose work meanwhile, and all open work from one person to another."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import page
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.work import selectors as work
from nuanxin.kernel.work import services

WORKING = ("cases.make", "cases.check", "payments.prepare", "payments.release", "appeals.handle")


def _people(account: Any) -> tuple[list[Any], list[Any]]:
    """Return whose work the account may pass on (itself first), and who could take work at all."""
    others = access.colleagues(account, WORKING)
    own = [account] if any(access.may(account, one) for one in WORKING) else []
    directed = [one for one in others if access.sees_path(account, one.area)] if work.may_arrange(account) else []
    return own + directed, own + others


@page("figures.read", writes=("POST",))
def handover(request: StaffRequest) -> HttpResponseBase:
    """Show the stand-ins one gave, took or may end; name a new one, or hand everything over."""
    if request.method == "POST":
        return _act(request)
    givers, takers = _people(request.user)
    shown = work.stand_ins_among([request.user.pk, *(one.pk for one in givers)])
    today = clock.today()
    context = {
        "givers": givers,
        "takers": takers,
        "running": [one for one in shown if one.ended_on is None and one.valid_to > today],
        "ended": [one for one in shown if one.ended_on is not None or one.valid_to <= today][:20],
        "done": work.hand_overs_among([one.pk for one in givers])[:20],
        "giver_ids": {one.pk for one in givers},
        "today": today,
        "week": today + dt.timedelta(days=7),
    }
    return render(request, "staff/handover.html", context)


def _act(request: StaffRequest) -> HttpResponseBase:
    said, wanted = request.POST, request.POST.get("act", "")
    givers, _takers = _people(request.user)
    if wanted == "end":
        services.end_stand_in(author=author_of(request.user), stand_in_id=_id(said, "stand_in"))
        messages.success(request, _("代班已结束。"))
        return redirect("handover")
    giver, taker = _id(said, "giver"), _id(said, "taker")
    if giver not in {one.pk for one in givers}:
        raise Http404
    if wanted == "stand_in":
        start, last = reading.day(said, "from"), reading.day(said, "last")
        services.begin_stand_in(
            author=author_of(request.user),
            from_id=giver,
            to_id=taker,
            from_date=start,
            to_date=last + dt.timedelta(days=1),
            reason=said.get("reason", ""),
        )
        messages.success(request, _("代班已登记，代班人从开始日起能看到并办理这些工作。"))
    elif wanted == "hand_over":
        done = services.hand_over(
            author=author_of(request.user), from_id=giver, to_id=taker, reason=said.get("reason", "")
        )
        messages.success(
            request,
            _("已移交任务 %(tasks)s 项、其他在办事项 %(others)s 项。") % {"tasks": done.tasks, "others": done.others},
        )
    else:
        raise Refused("handover.act", _("没有这种办理。"), _("请刷新页面后重选。"))
    return redirect("handover")


def _id(said: Any, name: str) -> int:
    number = reading.chosen(said, name)
    if number is None:
        raise Refused("handover.who", _("没有选择人员。"), _("请选择人员后再试。"), name)
    return number
