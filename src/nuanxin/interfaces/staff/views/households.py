"""Households: the list, and a household's page with every benefit's receipt in words."""

import datetime as dt
from typing import Any

import django_tables2 as tables
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import circumstances, receipts, subjects
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import component_titles, titles
from nuanxin.interfaces.staff.columns import DayColumn
from nuanxin.interfaces.staff.filters import AreaForm
from nuanxin.interfaces.staff.history import history
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.sight import name_for, sees_means
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.registry import selectors as registry


class HouseholdTable(RowTable):
    """Households, each row opens one."""

    empty_says = gettext_lazy("受理申请时点“登记居民”，本人和家庭一并建立；现有名册从“存量接收”导入。")
    pk = tables.Column(verbose_name=gettext_lazy("家庭编号"), orderable=False)
    head = tables.Column(verbose_name=gettext_lazy("户主"), orderable=False, empty_values=())
    division = tables.Column(accessor="division__name", verbose_name=gettext_lazy("村（社区）"), orderable=False)
    address = tables.Column(verbose_name=gettext_lazy("地址"), orderable=False, default="")
    opened = DayColumn(verbose_name=gettext_lazy("建档"), orderable=False, default="")
    closed = DayColumn(verbose_name=gettext_lazy("撤销"), orderable=False, default="")

    def row_url(self, record: Any) -> str:
        """Open the household."""
        return reverse("household", args=[record.pk])

    def _heads(self, record: Any) -> str:
        names = self.known(lambda rows: registry.heads_of([row.pk for row in rows], clock.today()))
        return name_for(self.account, names.get(record.pk, "—"))

    def render_head(self, record: Any) -> str:
        """Show the head's name, read for the whole page at once."""
        return self._heads(record)

    def value_head(self, record: Any) -> str:
        """Export as shown."""
        return self._heads(record)


@page("people.read")
def households(request: StaffRequest) -> HttpResponseBase:
    """List the households of the account's area."""
    form = AreaForm(request.GET, account=request.user)
    table = HouseholdTable(registry.households_in(form.area()), account=request.user)
    return show_list(request, table, "staff/list.html", {"heading": _("家庭"), "form": form}, name=_("家庭"))


@page("people.read")
def household(request: StaffRequest, household_id: int) -> HttpResponseBase:
    """Show members, relations, means, every benefit's live receipt, grants, payments and history."""
    one = subjects.household(request.user, household_id)
    today, means = clock.today(), sees_means(request.user)
    members = list(registry.members_of(household_id, today))
    ids = [member.person_id for member in members]
    facts = _facts(household_id, ids, today) if means else []
    names = {member.person_id: name_for(request.user, member.person.name) for member in members}
    context = {
        "household": one,
        "name": _title(request.user, household_id, members),
        "members": [(member, name_for(request.user, member.person.name)) for member in members],
        "numbers": registry.masked_identifiers(ids),
        "names": names,
        "circumstances": circumstances.in_words(facts),
        **circumstances.to_verify(request.user, one, facts),
        "means": means,
        "receipts": receipts.of_household(one, month_of(today), names) if means else [],
        "month": month_of(today),
        "titles": titles(one.county),
        "component_titles": component_titles(one.county),
        "successions": registry.successions_of(household_id),
        **subjects.money(request.user, today, household_id=household_id, person_ids=ids),
        "history": history(members, facts, [one]),
    }
    return render(request, "staff/household.html", context)


def _title(account: Any, household_id: int, members: list[Any]) -> str:
    """Return what the household is called: by its head, by its number when nobody is left."""
    head = next((member for member in members if member.role == "head"), members[0] if members else None)
    if head is None:
        return _("家庭 %(n)s") % {"n": household_id}
    return _("%(name)s家") % {"name": name_for(account, head.person.name)}


def _facts(household_id: int, person_ids: list[int], on: dt.date) -> list[Any]:
    return registry.circumstances_among(household_id=household_id, person_ids=person_ids, on=on)
