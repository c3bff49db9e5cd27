"""The list of grants and one grant."""

from typing import Any

import django_tables2 as tables
from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.columns import MonthColumn, TagColumn
from nuanxin.interfaces.staff.filters import AreaForm, choice
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.grants import selectors as grants
from nuanxin.kernel.grants.enums import basis_words
from nuanxin.kernel.registry import selectors as registry

STATES = {"open": gettext_lazy("在享"), "held": gettext_lazy("暂缓"), "ended": gettext_lazy("已停")}
TONES = {"open": "good", "held": "warn"}
STATE = TagColumn(STATES, TONES)


def state_of(grant: Any) -> str:
    """Return open, held or ended, as of today."""
    if grant.to_date and grant.to_date <= clock.today():
        return "ended"
    return "held" if grant.held_since else "open"


class GrantTable(RowTable):
    """Grants, each row opens the household or person."""

    empty_says = gettext_lazy("待遇由申请经确认产生：从“案件”受理申请，或从“存量接收”导入现有名单。")
    pk = tables.Column(verbose_name=gettext_lazy("编号"), orderable=False)
    benefit = tables.Column(verbose_name=gettext_lazy("待遇"), orderable=False)
    subject = tables.Column(verbose_name=gettext_lazy("享受人或户主"), orderable=False, empty_values=())
    township = tables.Column(verbose_name=gettext_lazy("乡镇"), orderable=False)
    from_date = MonthColumn(verbose_name=gettext_lazy("起发月"))
    to_date = tables.Column(verbose_name=gettext_lazy("发至"), orderable=False, default="")
    basis = tables.Column(verbose_name=gettext_lazy("凭据"), orderable=False)
    state = TagColumn(STATES, TONES, verbose_name=gettext_lazy("状态"), orderable=False, empty_values=())

    def __init__(self, *args: Any, benefits: dict[str, str], places: dict[str, str], **kwargs: Any) -> None:
        """Keep the titles of benefits and names of townships."""
        self.benefits, self.places = benefits, places
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str | None:
        """Open the household or the person."""
        if not access.may(self.account, "people.read"):
            return None
        if record.household_id:
            return reverse("household", args=[record.household_id])
        return reverse("person", args=[record.person_id])

    def _names(self, rows: list[Any]) -> dict[tuple[str, int], str]:
        people = registry.people_by_ids(row.person_id for row in rows if row.person_id)
        heads = registry.heads_of((row.household_id for row in rows if row.household_id), clock.today())
        named = {("person", pk): one.name for pk, one in people.items()}
        return named | {("household", pk): name for pk, name in heads.items()}

    def render_subject(self, record: Any) -> str:
        """Show who, masked as the account may see."""
        key = ("household", record.household_id) if record.household_id else ("person", record.person_id)
        return name_for(self.account, self.known(self._names).get(key, "—"))

    def value_subject(self, record: Any) -> str:
        """Export as shown."""
        return self.render_subject(record)

    def render_benefit(self, value: str) -> str:
        """Show the benefit's title."""
        return self.benefits.get(value, value)

    def render_township(self, value: str) -> str:
        """Show the township's name."""
        return self.places.get(value, value)

    def render_to_date(self, value: Any) -> str:
        """Show the last month paid."""
        return f"{add_months(month_of(value), -1):%Y-%m}"

    def render_basis(self, value: str) -> str:
        """Show where the grant comes from."""
        return _(basis_words(value))

    def render_state(self, record: Any) -> str:
        """Show the state of today."""
        return STATE.render(state_of(record))

    def value_state(self, record: Any) -> str:
        """Export the label."""
        return str(STATES[state_of(record)])


class GrantForm(AreaForm):
    """Filters grants by benefit, state and place."""

    benefit = choice(gettext_lazy("待遇"), [])
    state = choice(gettext_lazy("状态"), list(STATES.items()))
    field_order = ("benefit", "state", "place")
    hidden = ("village",)

    def __init__(self, data: Any, *, account: Any, benefits: dict[str, str]) -> None:
        """Offer the county's benefits."""
        super().__init__(data, account=account)
        self.offer("benefit", benefits.items())


@page("grants.read")
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the grants of the account's area."""
    county = county_of(request.user)
    benefits = titles(county)
    form = GrantForm(request.GET, account=request.user, benefits=benefits)
    rows = grants.grants_listed(
        county,
        access.township_filter(request.user),
        benefit=form.value("benefit"),
        state=form.value("state"),
        township=form.township(),
        on=clock.today(),
    )
    places = {one.code: one.name for one in registry.townships(county)}
    table = GrantTable(rows, account=request.user, benefits=benefits, places=places)
    context = {"heading": _("待遇"), "form": form}
    return show_list(request, table, "staff/list.html", context, name=_("待遇"))


@page("grants.read")
def grant(request: StaffRequest, grant_id: int) -> HttpResponseBase:
    """Send to the household or person that holds the grant, within the account's area."""
    from django.shortcuts import redirect

    found = (
        grants.grants_listed(county_of(request.user), access.township_filter(request.user)).filter(pk=grant_id).first()
    )
    if found is None:
        raise Http404
    if found.household_id:
        return redirect("household", found.household_id)
    return redirect("person", found.person_id)
