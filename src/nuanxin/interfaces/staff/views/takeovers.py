"""Loads of a bureau's own files: control totals, signatures, faults, differences from the rules."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponseBase
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
from nuanxin.interfaces.staff.views import loads
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.cycle import selectors as cycle
from nuanxin.kernel.cycle import services
from nuanxin.kernel.registry import selectors as registry

READ = "grants.read"
SIGN = "month.run"
SHOWN = 200
STATES = {
    "received": gettext_lazy("等待核对"),
    "checking": gettext_lazy("正在核对"),
    "withdrawn": gettext_lazy("已撤回"),
    "faulty": gettext_lazy("有错"),
    "checked": gettext_lazy("待签字"),
    "signed": gettext_lazy("待第二人签字"),
    "loading": gettext_lazy("载入中"),
    "in_force": gettext_lazy("已生效"),
}
TONES = {"faulty": "bad", "checked": "warn", "signed": "warn", "loaded": "good", "in_force": "good"}


class ListTable(RowTable):
    """Takeover lists with their control totals."""

    empty_says = gettext_lazy("下载模板，按现有名册填好后上传；核对无误，两人签字后载入。")
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
    """List the county's loads; their totals are the county's, so an area below it does not see them."""
    hidden = ("households", "persons", "grants", "total_fen") if _below(request) else ()
    table = ListTable(cycle.takeover_lists(county_of(request.user)), account=request.user, exclude=hidden)
    context = {
        "may_sign": access.may(request.user, SIGN),
        "tables": cycle.load_tables().items(),
        "month": loads.last_month_end(),
    }
    return show_list(request, table, "staff/takeovers.html", context, name=_("数据导入"))


def _below(request: StaffRequest) -> bool:
    return access.area_level(request.user) == "township"


@page(READ)
def takeover(request: StaffRequest, list_id: int) -> HttpResponseBase:
    """Show a load: its files, control totals, signatures, faults, and the differences from the rules."""
    one = loads.load_of(request, list_id)
    rows = cycle.differences_of(list_id).filter(access.township_filter(request.user, "grant__township"))
    places = {town.code: town.name for town in registry.townships(one.county)}
    table = DifferenceTable(rows, account=request.user, benefits=titles(one.county), places=places)
    signed = request.user.pk in (one.first_signer_id, one.second_signer_id)
    below = _below(request)
    context = {
        "list": one,
        "state": STATES.get(one.state, one.state),
        "working": one.state in loads.WORKING,
        "whole": not below,
        "totals": [] if below else cycle.totals_of_load(list_id),
        "files": [] if below else cycle.files_of(list_id),
        "faults": [] if below else cycle.faults_of(list_id)[:SHOWN],
        "notices": [] if below else cycle.notices_of(list_id)[:SHOWN],
        "acts": _acts(request, one, signed),
        "signed": signed,
    }
    return show_list(request, table, "staff/takeover.html", context, name=one.name)


def _acts(request: StaffRequest, one: Any, signed: bool) -> dict[str, bool]:
    """Return which acts on a load are open to the account now."""
    may = access.may(request.user, SIGN)
    clean = any(total.rows > total.left_out for total in cycle.totals_of_load(one.pk))
    whole = not cycle.faults_of(one.pk).filter(row__lte=1).exists()
    waits = one.state == "faulty" or (one.state == "signed" and one.partial)
    return {
        "sign": may and not signed and (one.state == "checked" or (one.state == "signed" and not one.partial)),
        "accept": may and not signed and waits and clean and whole,
        "correct": may and one.state in ("faulty", "checked") and not one.first_signer_id,
        "open_faulty": may and access.may(request.user, "disclose") and one.faulty_rows > 0,
        "withdraw": may and one.state in ("faulty", "checked", "signed", "received"),
    }


@page(SIGN, reads=(), writes=("POST",))
def sign(request: StaffRequest, list_id: int) -> HttpResponseBase:
    """Sign a load's control totals (or accept its rows without faults), as the first or the second person."""
    loads.load_of(request, list_id)
    partial = request.POST.get("partial") == "1"
    load = services.sign_load(list_id=list_id, account=request.user, partial=partial)
    done = _("已签字，正在载入。") if load.state == "loading" else _("已签字，请另一人核对后签字。")
    messages.success(request, done)
    return redirect("takeover", list_id)
