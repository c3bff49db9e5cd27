"""Takeover lists: control totals, signatures, faults, differences."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import words
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.columns import DayColumn, MoneyColumn, NumberColumn, TagColumn
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.cycle import selectors as cycle
from nuanxin.kernel.cycle import services
from nuanxin.kernel.registry import selectors as registry

READ = "grants.read"
SIGN = "month.run"
STATES = {
    "faulty": gettext_lazy("有错"),
    "checked": gettext_lazy("待签字"),
    "signed": gettext_lazy("待第二人签字"),
    "loading": gettext_lazy("载入中"),
    "loaded": gettext_lazy("已载入"),
    "in_force": gettext_lazy("已生效"),
}
TONES = {"faulty": "bad", "checked": "warn", "signed": "warn", "loaded": "good", "in_force": "good"}


class ListTable(RowTable):
    """Takeover lists with their control totals."""

    empty_says = gettext_lazy("把现有名册按接管表样整理好，由管理员用命令导入，核对后两人签字生效。")
    as_of = DayColumn(verbose_name=gettext_lazy("截至"), orderable=False)
    name = tables.Column(verbose_name=gettext_lazy("文件"), orderable=False)
    households = NumberColumn(verbose_name=gettext_lazy("户"), orderable=False)
    persons = NumberColumn(verbose_name=gettext_lazy("人"), orderable=False)
    grants = NumberColumn(verbose_name=gettext_lazy("待遇"), orderable=False)
    total_fen = MoneyColumn(verbose_name=gettext_lazy("月金额（元）"), orderable=False)
    state = TagColumn(STATES, TONES, verbose_name=gettext_lazy("状态"), orderable=False)

    def row_url(self, record: Any) -> str:
        """Open the list."""
        return reverse("takeover", args=[record.pk])


class DifferenceTable(RowTable):
    """Differences between what was taken over and what the rules say."""

    empty_says = gettext_lazy("接管的金额与规则测算一致，没有差异要处理。")
    benefit = tables.Column(accessor="grant__benefit", verbose_name=gettext_lazy("待遇"), orderable=False)
    township = tables.Column(accessor="grant__township", verbose_name=gettext_lazy("乡镇"), orderable=False)
    row = NumberColumn(accessor="grant__takeover_row", verbose_name=gettext_lazy("表中行"))
    stated_fen = MoneyColumn(verbose_name=gettext_lazy("原发"))
    assessed_fen = MoneyColumn(verbose_name=gettext_lazy("规则算得"))
    reason = tables.Column(verbose_name=gettext_lazy("差在哪里"), orderable=False)
    state = TagColumn(
        {"open": gettext_lazy("待处理")}, {"open": "warn"}, verbose_name=gettext_lazy("状态"), orderable=False
    )

    def __init__(self, *args: Any, benefits: dict[str, str], places: dict[str, str], **kwargs: Any) -> None:
        """Keep the titles of benefits and names of townships."""
        self.benefits, self.places = benefits, places
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str:
        """Open whoever holds the grant."""
        return reverse("grant", args=[record.grant_id])

    def render_benefit(self, value: str) -> str:
        """Show the benefit's title."""
        return self.benefits.get(value, value)

    def render_reason(self, value: str) -> str:
        """Show the reason in words."""
        return words.cause(value, self.benefits)

    def render_township(self, value: str) -> str:
        """Show the township's name."""
        return self.places.get(value, value)


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the county's takeover lists; their totals are the county's, so an area below it does not see them."""
    hidden = ("households", "persons", "grants", "total_fen") if _below(request) else ()
    table = ListTable(cycle.takeover_lists(county_of(request.user)), account=request.user, exclude=hidden)
    lead = _("存量清单由命令行读入，在这里签字和看差异。")
    return show_list(request, table, "staff/list.html", {"heading": _("存量接收"), "lead": lead}, name=_("存量接收"))


def _below(request: StaffRequest) -> bool:
    return access.area_level(request.user) == "township"


def _list(request: StaffRequest, list_id: int) -> Any:
    found = cycle.takeover_by_id(list_id)
    if found is None or found.county != county_of(request.user):
        raise Http404
    return found


@page(READ)
def takeover(request: StaffRequest, list_id: int) -> HttpResponseBase:
    """Show a list: totals, signatures, faulty rows, and the differences of the account's area."""
    one = _list(request, list_id)
    rows = cycle.differences_of(list_id).filter(access.township_filter(request.user, "grant__township"))
    places = {town.code: town.name for town in registry.townships(one.county)}
    table = DifferenceTable(rows, account=request.user, benefits=titles(one.county), places=places)
    signed = request.user.pk in (one.first_signer_id, one.second_signer_id)
    context = {
        "list": one,
        "state": STATES.get(one.state, one.state),
        "whole": not _below(request),
        "faults": [] if _below(request) else cycle.faults_of(list_id)[:200],
        "may_sign": access.may(request.user, SIGN) and not signed and not one.second_signer_id,
        "signed": signed,
    }
    return show_list(request, table, "staff/takeover.html", context, name=one.name)


@page(SIGN, reads=(), writes=("POST",))
def sign(request: StaffRequest, list_id: int) -> HttpResponseBase:
    """Sign a list's control totals, as the first or the second person."""
    _list(request, list_id)
    services.sign_takeover(list_id=list_id, account=request.user)
    messages.success(request, _("已签字。"))
    return redirect("takeover", list_id)
