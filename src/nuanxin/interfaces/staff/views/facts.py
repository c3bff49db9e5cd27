"""The household's incomes and circumstances: typed at the counter with a live receipt, then kept with their source."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import declaring, reading, receipts, subjects, typed
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.enums import Standing

WRITE = "people.write"
STANDINGS = (Standing.DECLARED, Standing.VERIFIED)


def _form(request: StaffRequest, household_id: int) -> dict[str, Any]:
    one, today = subjects.household(request.user, household_id), clock.today()
    benefit, known = request.GET.get("benefit", ""), titles(one.county)
    asked = declaring.asked_of(one.county, month_of(today), benefit if benefit in known else "")
    names = {
        member.person_id: name_for(request.user, member.person.name)
        for member in registry.members_of(household_id, today)
    }
    return {
        "household": one,
        "names": names,
        "subjects": declaring.subjects_of(household_id, list(names.items()), today, asked),
        "benefit": benefit,
        "titles": known,
        "month": month_of(today),
        "today": today,
        "standings": [(one.value, one.label) for one in STANDINGS],
        "means": True,
    }


@page(WRITE, writes=("POST",))
def facts(request: StaffRequest, household_id: int) -> HttpResponseBase:
    """Show the form with what stands, or keep what was typed."""
    context = _form(request, household_id)
    if request.method != "POST":
        context["receipts"] = receipts.of_household(context["household"], context["month"], context["names"])
        return render(request, "staff/facts.html", context)
    data, standing = request.POST, request.POST.get("standing", "")
    if standing not in STANDINGS:
        raise Refused("facts.standing", "还没有选核实程度。", "本人说的选“本人申报”，核实过的选“已核实”。")
    laid = declaring.laid_over(context["household"].county, context["subjects"], data)
    if not laid:
        raise Refused("facts.same", "没有改动。", "请改动后再提交；内容属实、只需核实的，请在家庭页面勾选“核实”。")
    source = typed.text(data, "source", _("来源"), most=80)
    since = typed.day(data, "since", _("起始日期"))
    reason = _("登记收入与情况")
    with one_act(author=author_of(request.user), verb="record_circumstance", reason=reason, source=source) as change:
        count = declaring.keep(change=change, laid=laid, since=since, standing=standing, source=source)
    messages.success(request, _("已登记 %(n)s 项。") % {"n": count})
    return redirect(reverse("household", args=[household_id]))


@page(WRITE, reads=("POST",))
def live(request: StaffRequest, household_id: int) -> HttpResponseBase:
    """Show what the typed facts would give; nothing is kept."""
    context = _form(request, household_id)
    household = context["household"]
    try:
        laid = declaring.laid_over(household.county, context["subjects"], request.POST)
        context["tried"] = True
        context["receipts"] = receipts.of_household(household, context["month"], context["names"], laid)
    except Refused as refused:
        context |= {"message": refused.message, "todo": refused.todo}
    return render(request, "includes/live_receipts.html", context)


@page(WRITE, reads=(), writes=("POST",))
def verify(request: StaffRequest, household_id: int) -> HttpResponseBase:
    """Verify as they stand what the household or its members declared, or what was observed of them."""
    one, data, today = subjects.household(request.user, household_id), request.POST, clock.today()
    people = [member.person_id for member in registry.members_of(household_id, today)]
    known = {row.pk for row in registry.circumstances_among(household_id=one.pk, person_ids=people, on=today)}
    source = typed.text(data, "source", _("核实依据"), most=80)
    chosen, author = sorted(known & set(reading.ticked(data, "ids"))), author_of(request.user)
    with one_act(author=author, verb="verify_circumstances", reason=_("核实"), source=source) as change:
        done = services.verify_circumstances(change=change, circumstance_ids=chosen, source=source)
    messages.success(request, _("已核实 %(n)s 项。") % {"n": len(done)})
    case = reading.chosen(data, "case")
    return redirect(reverse("case", args=[case]) if case else reverse("household", args=[household_id]))
