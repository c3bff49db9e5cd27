"""Organisations: the list and its workbook, registering, correcting, closing, and the accounts money may go to."""

from collections.abc import Callable
from typing import Any

import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as say

from nuanxin.interfaces.staff import reading, typed
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.columns import DayColumn, LabelColumn
from nuanxin.interfaces.staff.filters import choice, line
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, items_of, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.enums import OrganisationKind

READ, WRITE, ACCOUNTS = "registers.read", "registers.write", "people.write"
COUNTER = "单位登记"
TABLE = "registry_organisation"


class OrganisationTable(RowTable):
    """Organisations, each row opens one."""

    empty_says = gettext_lazy("还没有登记单位；养老机构、社会组织、村委会等收款或提供服务的单位在这里登记。")
    name = tables.Column(verbose_name=gettext_lazy("名称"), orderable=False)
    uscc = tables.Column(verbose_name=gettext_lazy("统一社会信用代码"), orderable=False)
    kind = LabelColumn(dict(OrganisationKind.choices), verbose_name=gettext_lazy("类别"), orderable=False)
    closed = DayColumn(verbose_name=gettext_lazy("注销"), orderable=False, default="")

    def row_url(self, record: Any) -> str:
        """Open the organisation."""
        return reverse("organisation", args=[record.pk])


class PlaceFilter(forms.Form):
    """Looks for part of a name or a code, and one kind."""

    q = line(gettext_lazy("名称或代码"))
    kind = choice(gettext_lazy("类别"), OrganisationKind.choices)


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the county's organisations."""
    form = PlaceFilter(request.GET)
    told = form.cleaned_data if form.is_valid() else {}
    rows = registry.organisations(county_of(request.user), told.get("q", ""), told.get("kind", ""))
    table = OrganisationTable(rows, account=request.user)
    new = {"url": reverse("organisation-new"), "label": _("登记单位"), "primary": True}
    acts = [new] if access.may(request.user, WRITE) else []
    context = {"heading": _("单位"), "form": form, "acts": acts}
    return show_list(request, table, "staff/list.html", context, name=_("单位"))


@page(WRITE, writes=("POST",))
def new(request: StaffRequest) -> HttpResponseBase:
    """Register an organisation by its code."""
    if request.method != "POST":
        return render(request, "staff/organisation_new.html", {"kinds": OrganisationKind.choices})
    with one_act(
        author=author_of(request.user), verb="register_organisation", reason=_("登记单位"), source=COUNTER
    ) as change:
        one = services.register_organisation(change=change, county=county_of(request.user), **_typed(request.POST))
    messages.success(request, _("单位已登记。"))
    return redirect(reverse("organisation", args=[one.pk]))


def _typed(data: Any) -> dict[str, str]:
    return {
        "uscc": typed.text(data, "uscc", _("统一社会信用代码"), most=30),
        "name": typed.text(data, "name", _("名称"), most=120),
        "kind": reading.choice(data, "kind", OrganisationKind.values),
    }


@page(READ)
def organisation(request: StaffRequest, organisation_id: int) -> HttpResponseBase:
    """Show an organisation, its facilities, accounts and history, with the forms that put it right."""
    one = found(registry.organisation_of(county_of(request.user), organisation_id))
    context = {
        "one": one,
        "kinds": OrganisationKind.choices,
        "facilities": registry.facilities(registry.division(one.county).path, organisation_id=one.pk),
        "accounts": registry.accounts_of_organisation(one.pk),
        "items": items_of(table=TABLE, record_id=one.pk)[:30],
        "today": clock.today(),
    }
    return render(request, "staff/organisation.html", context)


@page(WRITE, reads=(), writes=("POST",))
def change(request: StaffRequest, organisation_id: int) -> HttpResponseBase:
    """Correct, close or open an organisation again, or give and end its accounts."""
    one = found(registry.organisation_of(county_of(request.user), organisation_id))
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Refused("organisation.act", "没有这种操作。", "请刷新页面后重选。")
    verb, done, deed = act
    reason = typed.text(request.POST, "reason", _("事由和依据"))
    with one_act(author=author_of(request.user), verb=verb, reason=reason, source=COUNTER) as written:
        deed(request, one, written)
    messages.success(request, _(done))
    return redirect(reverse("organisation", args=[one.pk]))


def _correct(request: StaffRequest, one: Any, written: Change) -> None:
    services.correct_organisation(change=written, organisation_id=one.pk, **_typed(request.POST))


def _close(request: StaffRequest, one: Any, written: Change) -> None:
    day = typed.day(request.POST, "on", _("哪天"), latest=clock.today())
    services.close_organisation(change=written, organisation_id=one.pk, on=day)


def _reopen(request: StaffRequest, one: Any, written: Change) -> None:
    services.close_organisation(change=written, organisation_id=one.pk, on=None)


def _account(request: StaffRequest, one: Any, written: Change) -> None:
    if one.closed is not None:
        raise Refused("organisation.closed", "单位已经注销，不能登记收款账户。", "请选择仍在的单位。")
    services.add_account(
        change=written,
        county=one.county,
        organisation_id=one.pk,
        bank_code=typed.text(request.POST, "bank_code", _("开户银行代码"), most=12),
        number=typed.text(request.POST, "number", _("账号"), most=40),
        valid_from=clock.today(),
    )


def _end_account(request: StaffRequest, one: Any, written: Change) -> None:
    wanted = typed.number(request.POST, "account", _("账户"))
    if wanted not in {account.id for account in registry.accounts_of_organisation(one.pk)}:
        raise Refused("account.unknown", "没有这个账户。", "请刷新页面后重选。")
    services.end_account(
        change=written, account_id=wanted, on=typed.day(request.POST, "on", _("哪天"), latest=clock.today())
    )


Act = Callable[[StaffRequest, Any, Change], None]
ACTS: dict[str, tuple[str, str, Act]] = {
    "correct": ("correct_organisation", say("单位信息已更正。"), _correct),
    "close": ("close_organisation", say("单位已注销，账户一并停用。"), _close),
    "reopen": ("close_organisation", say("单位已恢复，账户请重新登记。"), _reopen),
    "account": ("add_account", say("账户已登记，下次发放起可以选用。"), _account),
    "end_account": ("end_account", say("账户已停用。"), _end_account),
}
