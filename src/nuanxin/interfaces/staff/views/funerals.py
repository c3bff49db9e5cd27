"""Cremations whose relief nobody asked for: asked for from the record, one by one or many, without another form."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.domains.civil import selectors as civil
from nuanxin.domains.civil import services
from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.columns import DayColumn, MoneyColumn
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.sight import person_name
from nuanxin.interfaces.staff.whom import row_box
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core.errors import Refused

READ, MAKE = "registers.read", "cases.make"
MOST_AT_ONCE = 500


class UnclaimedTable(RowTable):
    """Cremations without an application, the newest first."""

    empty_says = gettext_lazy("已火化的均已申请或减免；火化登记后没有申请的会列在这里。")
    choose = tables.Column(empty_values=(), orderable=False, verbose_name="", exclude_from_export=True)
    deceased = tables.Column(verbose_name=gettext_lazy("逝者"), orderable=False)
    village = tables.Column(accessor="division__name", verbose_name=gettext_lazy("村（社区）"), orderable=False)
    cremated_on = DayColumn(verbose_name=gettext_lazy("火化日期"), orderable=False)
    parlour = tables.Column(verbose_name=gettext_lazy("殡仪馆"), orderable=False, default="")
    applicant = tables.Column(verbose_name=gettext_lazy("经办人"), default="")
    charged = MoneyColumn(empty_values=(), verbose_name=gettext_lazy("清单内收费（元）"), orderable=False)

    def row_url(self, record: Any) -> str:
        """Open the record."""
        return reverse("record", args=["cremation", record.pk])

    def render_choose(self, record: Any) -> str:
        """Offer a box."""
        return row_box(record.pk, self.render_deceased(record.deceased))

    def render_deceased(self, value: Any) -> str:
        """Mask as the account may see."""
        return person_name(self.account, value)

    def value_deceased(self, value: Any) -> str:
        """Export as shown."""
        return person_name(self.account, value)

    def render_applicant(self, value: Any) -> str:
        """Mask as the account may see; who applies may live in another township."""
        return person_name(self.account, value)

    def value_applicant(self, value: Any) -> str:
        """Export as shown."""
        return person_name(self.account, value)

    def render_charged(self, record: Any) -> str:
        """Show what was charged in all."""
        return f"{sum(record.charges.values()) / 100:,.2f}"

    def value_charged(self, record: Any) -> float:
        """Export yuan."""
        return sum(record.charges.values()) / 100


@page(READ)
def unclaimed(request: StaffRequest) -> HttpResponseBase:
    """List the cremations of the area for which no relief was asked for."""
    may_make = access.may(request.user, MAKE)
    rows = civil.unclaimed(request.user, county_of(request.user))
    table = UnclaimedTable(rows, account=request.user, exclude=() if may_make else ("choose",))
    return show_list(request, table, "staff/funerals.html", {"may_claim": may_make}, name=_("殡葬补贴待申领"))


@page(MAKE, reads=(), writes=("POST",))
def claim(request: StaffRequest) -> HttpResponseBase:
    """Ask for the relief of the chosen cremations, paid to the family or deducted at the parlour."""
    ids = reading.ticked(request.POST, "ids")[:MOST_AT_ONCE]
    if not ids:
        raise Refused("claim.none", _("没有选中火化记录。"), _("请先勾选要申领的记录。"))
    instant = request.POST.get("act") == "instant"
    done = services.file_reliefs(account=request.user, cremation_ids=ids, instant=instant)
    messages.success(request, _("已为 %(n)s 位逝者提出申请，进入本月建议。") % {"n": done})
    return redirect("funerals")
