"""Facilities: the list and its workbook, registering, correcting, closing."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import places, reading, typed
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.columns import DayColumn, LabelColumn
from nuanxin.interfaces.staff.filters import AreaForm, choice, line
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, items_of, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.enums import FacilityKind

READ, WRITE = "registers.read", "registers.write"
COUNTER = "设施登记"
TABLE = "registry_facility"


class FacilityTable(RowTable):
    """Facilities, each row opens one."""

    empty_says = gettext_lazy("还没有登记设施；养老机构、助餐点、殡仪馆等服务场所在这里登记。")
    name = tables.Column(verbose_name=gettext_lazy("名称"), orderable=False)
    kind = LabelColumn(dict(FacilityKind.choices), verbose_name=gettext_lazy("类别"), orderable=False)
    division = tables.Column(accessor="division__name", verbose_name=gettext_lazy("所在地"), orderable=False)
    address = tables.Column(verbose_name=gettext_lazy("地址"), orderable=False, default="")
    organisation = tables.Column(
        accessor="organisation__name", verbose_name=gettext_lazy("运营单位"), orderable=False, default=""
    )
    closed = DayColumn(verbose_name=gettext_lazy("关闭"), orderable=False, default="")

    def row_url(self, record: Any) -> str:
        """Open the facility."""
        return reverse("facility", args=[record.pk])


class FacilityForm(AreaForm):
    """Looks for part of a name, one kind, one place."""

    q = line(gettext_lazy("名称"))
    kind = choice(gettext_lazy("类别"), FacilityKind.choices)


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the facilities of the account's area."""
    form = FacilityForm(request.GET, account=request.user)
    area = form.area()
    rows = registry.facilities(area, form.value("q"), form.value("kind"))
    table = FacilityTable(rows, account=request.user)
    new_one = {"url": reverse("facility-new"), "label": _("登记设施"), "primary": True}
    acts = [new_one] if access.may(request.user, WRITE) else []
    context = {"heading": _("服务设施"), "form": form, "acts": acts}
    return show_list(request, table, "staff/list.html", context, name=_("服务设施"))


def _offered(request: StaffRequest) -> dict[str, Any]:
    """Return what a facility's form offers: kinds, villages of the area, organisations still there."""
    runners = registry.organisations(county_of(request.user)).filter(closed=None)
    return {
        "kinds": FacilityKind.choices,
        "villages": places.village_groups(request.user),
        "runners": list(runners.values_list("pk", "name")),
        "today": clock.today(),
    }


@page(WRITE, writes=("POST",))
def new(request: StaffRequest) -> HttpResponseBase:
    """Register a facility in a village of the account's area."""
    if request.method != "POST":
        return render(request, "staff/facility_new.html", _offered(request))
    with one_act(
        author=author_of(request.user), verb="register_facility", reason=_("登记设施"), source=COUNTER
    ) as written:
        one = services.register_facility(change=written, **_typed(request))
    messages.success(request, _("设施已登记。"))
    return redirect(reverse("facility", args=[one.pk]))


def _typed(request: StaffRequest) -> dict[str, Any]:
    data = request.POST
    return {
        "name": typed.text(data, "name", _("名称"), most=120),
        "kind": reading.choice(data, "kind", FacilityKind.values),
        "division": places.own_village(request.user, typed.text(data, "division", _("所在地"))),
        "organisation_id": reading.chosen(data, "organisation"),
        "address": reading.text(data, "address", most=120),
    }


@page(READ)
def facility(request: StaffRequest, facility_id: int) -> HttpResponseBase:
    """Show a facility and its history, with the forms that put it right."""
    one = found(registry.facility_of(request.user.area, facility_id))
    context = {"one": one, "items": items_of(table=TABLE, record_id=one.pk)[:30], **_offered(request)}
    return render(request, "staff/facility.html", context)


@page(WRITE, reads=(), writes=("POST",))
def change(request: StaffRequest, facility_id: int) -> HttpResponseBase:
    """Correct, close or open a facility again."""
    one = found(registry.facility_of(request.user.area, facility_id))
    act = request.POST.get("act", "")
    if act not in ("correct", "close", "reopen"):
        raise Refused("facility.act", "没有这种操作。", "请刷新页面后重选。")
    reason = typed.text(request.POST, "reason", _("事由和依据"))
    verb = "correct_facility" if act == "correct" else "close_facility"
    with one_act(author=author_of(request.user), verb=verb, reason=reason, source=COUNTER) as written:
        if act == "correct":
            services.correct_facility(change=written, facility_id=one.pk, **_typed(request))
        else:
            day = typed.day(request.POST, "on", _("哪天"), latest=clock.today()) if act == "close" else None
            services.close_facility(change=written, facility_id=one.pk, on=day)
    messages.success(request, _("设施信息已更正。"))
    return redirect(reverse("facility", args=[one.pk]))
