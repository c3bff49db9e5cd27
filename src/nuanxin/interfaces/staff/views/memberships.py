"""What somebody was in a household, and since when: the role, whether they count and why not, the days."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading, subjects, typed
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.interfaces.staff.views.changes import COUNTER, WRITE
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.enums import MemberRole

COUNTED = {"yes": True, "no": False, "": None}
DAY = dt.timedelta(days=1)


@page(WRITE, writes=("POST",))
def memberships(request: StaffRequest, person_id: int) -> HttpResponseBase:
    """List what is known of a person's memberships; correct the role and counting from a day on, or the days."""
    one = subjects.person(request.user, person_id)
    if request.method == "POST":
        return _correct(request, one)
    rows = list(registry.memberships_of(person_id))
    context = {
        "person": one,
        "name": name_for(request.user, one.name),
        "rows": rows,
        "now": registry.membership_of(person_id, clock.today()),
        "roles": MemberRole.choices,
        "today": clock.today(),
    }
    return render(request, "staff/memberships.html", context)


def _correct(request: StaffRequest, one: Any) -> HttpResponseBase:
    data = request.POST
    act = {"counted": ("correct_membership", _counted), "dates": ("redate_membership", _dates)}.get(data.get("act", ""))
    if act is None:
        raise Refused("member.act", "没有这种更正。", "请刷新页面后重选。")
    verb, deed = act
    reason = typed.text(data, "reason", _("事由和依据"))
    with one_act(author=author_of(request.user), verb=verb, reason=reason, source=COUNTER) as change:
        deed(data, one, change)
    messages.success(request, _("成员记录已更正，本户的待遇会在复核时重算。"))
    return redirect(reverse("person-memberships", args=[one.pk]))


def _counted(data: Any, one: Any, change: Change) -> None:
    counted = COUNTED[reading.choice(data, "counted", COUNTED, default="")]
    why = reading.text(data, "exclusion_reason", most=60)
    if counted is False and not why:
        raise Refused(
            "member.why", "不计入共同生活的要写原因。", "如：在监狱服刑、连续三年以上单独居住。", "exclusion_reason"
        )
    services.correct_membership(
        change=change,
        person_id=one.pk,
        on=typed.day(data, "on", _("起始日期"), latest=clock.today()),
        role=reading.choice(data, "role", MemberRole.values),
        counted=counted,
        reason="" if counted else why,
    )


def _dates(data: Any, one: Any, change: Change) -> None:
    wanted = typed.number(data, "membership", _("成员记录"))
    if wanted not in {row.pk for row in registry.memberships_of(one.pk)}:
        raise Refused("member.unknown", "没有这条成员记录，或已经更正过。", "请刷新页面后重选。")
    services.redate_membership(
        change=change,
        membership_id=wanted,
        valid_from=typed.day(data, "valid_from", _("加入日期"), latest=clock.today()),
        valid_to=reading.day(data, "last", latest=clock.today()) + DAY if reading.written(data, "last") else None,
    )
