"""Rosters of resettlers: villages with people on none, what hangs, who agrees; printed, the page is the notice."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.domains.welfare import selectors as welfare
from nuanxin.domains.welfare import services
from nuanxin.interfaces.staff import typed
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.columns import DayColumn, NumberColumn, TagColumn
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock

READ, WRITE, CHECK = "registers.read", "registers.write", "cases.check"
STATES = {"posted": gettext_lazy("公示中"), "approved": gettext_lazy("已核定"), "returned": gettext_lazy("已退回")}
TONES = {"posted": "warn", "approved": "good", "returned": "bad"}


class RosterTable(RowTable):
    """Rosters of the area, those that hang first."""

    empty_says = gettext_lazy("先在“移民台账”登记移民，再选村（社区）点“公示名册”。")
    village = tables.Column(accessor="division__name", verbose_name=gettext_lazy("村（社区）"), orderable=False)
    persons = NumberColumn(verbose_name=gettext_lazy("人"), orderable=False)
    posted_on = DayColumn(verbose_name=gettext_lazy("公示"), orderable=False)
    last_day = DayColumn(verbose_name=gettext_lazy("公示到"), orderable=False)
    maker = tables.Column(accessor="maker__display_name", verbose_name=gettext_lazy("经办"), orderable=False)
    checker = tables.Column(accessor="checker__display_name", verbose_name=gettext_lazy("核定"), default="")
    state = TagColumn(STATES, TONES, verbose_name=gettext_lazy("状态"), orderable=False)

    def row_url(self, record: Any) -> str:
        """Open the roster."""
        return reverse("roster", args=[record.pk])


class PersonTable(RowTable):
    """People of a roster as the notice shows them: name, reservoir, since when."""

    empty_says = gettext_lazy("这份名册里没有人，请核对移民台账后重新公示。")
    name = tables.Column(accessor="resettler__person__name", verbose_name=gettext_lazy("姓名"), orderable=False)
    reservoir = tables.Column(accessor="resettler__reservoir", verbose_name=gettext_lazy("水库"), orderable=False)
    completed = DayColumn(
        accessor="resettler__completed_on", verbose_name=gettext_lazy("搬迁安置完成日"), orderable=False
    )

    def render_name(self, value: str) -> str:
        """Mask as the account may see."""
        return name_for(self.account, value)

    def value_name(self, value: str) -> str:
        """Export as shown."""
        return name_for(self.account, value)


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the rosters, and the villages whose resettlers stand on none."""
    county = county_of(request.user)
    context = {
        "waiting": welfare.villages_waiting(request.user, county),
        "may_post": access.may(request.user, WRITE),
    }
    table = RosterTable(welfare.rosters_of(request.user, county), account=request.user)
    return show_list(request, table, "staff/resettlement.html", context, name=_("移民名册"))


@page(WRITE, reads=(), writes=("POST",))
def post(request: StaffRequest) -> HttpResponseBase:
    """Post a village's roster."""
    made = services.post_roster(account=request.user, village=typed.text(request.POST, "village", _("村（社区）")))
    messages.success(request, _("名册已公示，请打印张贴。"))
    return redirect("roster", made.pk)


@page(READ)
def roster(request: StaffRequest, roster_id: int) -> HttpResponseBase:
    """Show a roster as it hangs, and what may be done with it."""
    one, today = found(welfare.roster_by_id(request.user, roster_id)), clock.today()
    second = access.may(request.user, CHECK) and one.maker_id != request.user.pk and one.state == "posted"
    county = access.area_level(request.user) not in ("township", "village")
    context = {
        "roster": one,
        "state": STATES.get(one.state, one.state),
        "may_approve": second and county and today > one.last_day,
        "may_return": second,
        "hangs": one.state == "posted" and today <= one.last_day,
    }
    table = PersonTable(welfare.people_of(one), account=request.user)
    return show_list(request, table, "staff/roster.html", context, name=_("移民名册"))


@page(CHECK, reads=(), writes=("POST",))
def decide(request: StaffRequest, roster_id: int) -> HttpResponseBase:
    """Agree to a roster, or take it down because of an objection."""
    one, data = found(welfare.roster_by_id(request.user, roster_id)), request.POST
    if data.get("act") == "return":
        services.return_roster(account=request.user, roster_id=one.pk, objections=data.get("objections", ""))
        messages.success(request, _("名册已退回。"))
    else:
        filed = services.approve_roster(account=request.user, roster_id=one.pk)
        messages.success(request, _("已核定，%(n)s 人进入本月建议，由两人决定后发放。") % {"n": filed})
    return redirect("roster", one.pk)
