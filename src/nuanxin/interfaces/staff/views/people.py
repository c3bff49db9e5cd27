"""Finding people, a person's page, and showing a full number for a purpose."""

from typing import Any

import django_tables2 as tables
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import circumstances, reading, subjects
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import component_titles, titles
from nuanxin.interfaces.staff.columns import DayColumn, LabelColumn
from nuanxin.interfaces.staff.filters import SearchForm
from nuanxin.interfaces.staff.history import history
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.sight import name_for, sees_means
from nuanxin.kernel.core import clock
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.enums import Sex


class PeopleTable(RowTable):
    """People found: masked, each row opens the person."""

    empty_says = gettext_lazy("没有登记过的居民，受理申请时点“登记居民”建立；现有名册从“存量接收”导入。")
    name = tables.Column(verbose_name=gettext_lazy("姓名"), orderable=False)
    sex = LabelColumn(dict(Sex.choices), verbose_name=gettext_lazy("性别"), orderable=False)
    birth = DayColumn(verbose_name=gettext_lazy("出生日期"), orderable=False)
    number = tables.Column(
        verbose_name=gettext_lazy("证件号"), orderable=False, empty_values=(), exclude_from_export=True
    )
    division = tables.Column(accessor="division__name", verbose_name=gettext_lazy("村（社区）"), orderable=False)
    death = DayColumn(verbose_name=gettext_lazy("死亡日期"), orderable=False, default="")

    def row_url(self, record: Any) -> str:
        """Open the person."""
        return reverse("person", args=[record.pk])

    def render_name(self, value: str) -> str:
        """Mask the name for those who may not see it."""
        return name_for(self.account, value)

    def value_name(self, value: str) -> str:
        """Export as shown."""
        return name_for(self.account, value)

    def render_number(self, record: Any) -> str:
        """Show the masked number, read for the whole page at once."""
        numbers = self.known(lambda rows: registry.masked_identifiers([row.pk for row in rows]))
        return str(numbers.get(record.pk, "—"))


@page("people.read")
def people(request: StaffRequest) -> HttpResponseBase:
    """Find people by part of a name, initials, number, phone or village, within the account's area."""
    form = SearchForm(request.GET, account=request.user)
    rows = registry.find_people(form.area(), form.text())
    table = PeopleTable(rows, account=request.user)
    context = {"heading": _("人员"), "form": form, "searched": form.text()}
    return show_list(request, table, "staff/list.html", context, name=_("人员"))


@page("people.read")
def person(request: StaffRequest, person_id: int) -> HttpResponseBase:
    """Show a person: numbers masked, household, circumstances, events, grants, payments, history."""
    one = subjects.person(request.user, person_id)
    if (kept := registry.survivor_of(person_id)) != person_id:
        return redirect("person", kept)
    today, means = clock.today(), sees_means(request.user)
    memberships = list(registry.memberships_of(person_id))
    facts = list(registry.circumstances_of(person_id=person_id)) if means else []
    events = list(registry.events_of(person_id))
    context = {
        "person": one,
        "name": name_for(request.user, one.name),
        "numbers": registry.identifiers_of(person_id),
        "accounts": registry.accounts_of(person_id),
        "home": registry.household_of(person_id, today),
        "memberships": memberships,
        "relations": registry.relations_of(person_id, today),
        "circumstances": circumstances.in_words(row for row in facts if not row.valid_to or row.valid_to > today),
        "events": events,
        "means": means,
        "names": {person_id: name_for(request.user, one.name)},
        "titles": titles(one.county),
        "component_titles": component_titles(one.county),
        **subjects.money(request.user, today, person_ids=[person_id, *registry.aliases_of(person_id)]),
        "former": registry.former_names_of(person_id),
        "doubles": registry.doubles_of(person_id),
        "history": history(memberships, facts, events, [one]),
    }
    return render(request, "staff/person.html", context)


@page("disclose", reads=(), writes=("POST",))
def disclose(request: StaffRequest, person_id: int) -> HttpResponseBase:
    """Show one full number for a stated purpose; the look is logged before it is shown."""
    subjects.person(request.user, person_id)
    number, purpose = reading.whole_number(request.POST, "number"), request.POST.get("purpose", "")
    if request.POST.get("kind") == "bank_account":
        text = services.disclose_account(account=request.user, account_id=number, purpose=purpose)
    else:
        text = services.disclose_identifier(account=request.user, identifier_id=number, purpose=purpose)
    return render(request, "includes/disclosed.html", {"text": text, "purpose": purpose})
