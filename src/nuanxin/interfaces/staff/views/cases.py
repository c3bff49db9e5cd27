"""Cases: the list, taking in an application at any counter, the page of a case and what is done on it."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import accepting, casefile, reading, staging, typed
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.columns import DayColumn, LabelColumn
from nuanxin.interfaces.staff.filters import AreaForm, choice, line
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.refilling import shown_again
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.interfaces.staff.whom import row_box
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework import services
from nuanxin.kernel.casework.enums import CaseKind
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.grants import selectors as grants
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.selectors.money import households_of

READ, MAKE = "grants.read", "cases.make"
STANDS = (("open", gettext_lazy("在办")), ("late", gettext_lazy("已超期")), ("closed", gettext_lazy("已办结")))
MOST_FOUND = 200
UPKEEP = (CaseKind.REVIEW, CaseKind.CHANGE, CaseKind.STOP)
ASKED = ("words", "raised_by", "amount", "method", "on", "second_id", "outcome", "statement", "place", "receipt_no",
         "stages")  # fmt: skip


class CaseTable(RowTable):
    """Cases with where they stand and until when."""

    empty_says = gettext_lazy("有人来申请时点“受理申请”；复核、变更、停发在家庭页面立案。")
    choose = tables.Column(empty_values=(), orderable=False, verbose_name="", exclude_from_export=True)
    number = tables.Column(verbose_name=gettext_lazy("受理编号"), orderable=False)
    subject = tables.Column(verbose_name=gettext_lazy("对象"), orderable=False, empty_values=())
    benefit = tables.Column(verbose_name=gettext_lazy("待遇"), orderable=False)
    kind = LabelColumn(dict(CaseKind.choices), verbose_name=gettext_lazy("事由"), orderable=False)
    state = tables.Column(verbose_name=gettext_lazy("当前环节"), orderable=False)
    due_on = DayColumn(verbose_name=gettext_lazy("这一步限期"), orderable=False, default="")
    place = tables.Column(accessor="handled_in__name", verbose_name=gettext_lazy("办理地"), orderable=False)

    def __init__(self, *args: Any, benefits: dict[str, str], **kwargs: Any) -> None:
        """Keep the titles of benefits."""
        self.benefits = benefits
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str:
        """Open the case."""
        return reverse("case", args=[record.pk])

    def render_choose(self, record: Any) -> str:
        """Offer a box for handling many simple ones at once."""
        return row_box(record.pk, self.render_subject(record))

    def _heads(self, rows: list[Any]) -> dict[int, str]:
        return registry.heads_of({row.household_id for row in rows if row.household_id}, clock.today())

    def render_subject(self, record: Any) -> str:
        """Show the person, or the household by its head."""
        if record.person_id:
            return name_for(self.account, record.person.name)
        heads = self.known(
            lambda rows: registry.heads_of({r.household_id for r in rows if r.household_id}, clock.today())
        )
        return name_for(self.account, heads.get(record.household_id, "—"))

    def value_subject(self, record: Any) -> str:
        """Export as shown."""
        return self.render_subject(record)

    def render_benefit(self, value: str) -> str:
        """Show the benefit's title."""
        return self.benefits.get(value, value)

    def render_state(self, record: Any) -> str:
        """Show the state as the workflow calls it."""
        return _(str(casework.workflow_of(record).states[record.state].label))

    def value_state(self, record: Any) -> str:
        """Export as shown."""
        return self.render_state(record)

    def render_due_on(self, value: Any) -> str:
        """Mark what is overdue or due today."""
        today = clock.today()
        tone = "bad" if value < today else "warn" if value == today else ""
        return format_html('<span class="tag {}">{}</span>', tone, value.isoformat())

    def value_due_on(self, value: Any) -> Any:
        """Export the date."""
        return value


class CaseForm(AreaForm):
    """Filters cases."""

    q = line(gettext_lazy("查找"), placeholder=gettext_lazy("姓名、证件号、受理编号"))
    stands = choice(gettext_lazy("进度"), STANDS)
    kind = choice(gettext_lazy("事由"), CaseKind.choices)
    benefit = choice(gettext_lazy("待遇"), [])
    field_order = ("q", "stands", "kind", "benefit", "place")
    hidden = ("village",)

    def __init__(self, data: Any, *, account: Any, benefits: dict[str, str]) -> None:
        """Offer the county's benefits."""
        super().__init__(data, account=account)
        self.offer("benefit", benefits.items())


def _filtered(request: StaffRequest, county: str, known: dict[str, str]) -> tuple[CaseForm, Any]:
    form = CaseForm(request.GET, account=request.user, benefits=known)
    chosen = {"kind": form.value("kind"), "benefit": form.value("benefit"), "township": form.township()}
    rows = casework.cases_of(request.user, county).filter(**{name: value for name, value in chosen.items() if value})
    if text := form.value("q"):
        rows = rows.filter(_about(request.user, text))
    stands = form.value("stands") or "open"
    if stands == "closed":
        return form, rows.filter(closed_on__isnull=False).order_by("-closed_on", "-id")
    rows = rows.filter(closed_on__isnull=True)
    return form, rows.filter(due_on__lt=clock.today()) if stands == "late" else rows


def _about(account: Any, text: str) -> Q:
    """Return the filter of the cases with a number, or of the people and households that a search finds in the area."""
    people = [one.pk for one in registry.find_people(account.area, text, limit=MOST_FOUND)]
    homes = households_of(people, clock.today()).values() if people else ()
    return Q(number__contains=text) | Q(person_id__in=people) | Q(household_id__in=list(homes))


def handles(account: Any) -> bool:
    """Return whether an account makes steps of cases at all."""
    return access.may(account, MAKE) or access.may(account, "cases.check")


@page(READ)
def listing(request: StaffRequest) -> HttpResponseBase:
    """List the cases accepted or handled in the account's area, what is due first first."""
    county = county_of(request.user)
    known = titles(county)
    form, rows = _filtered(request, county, known)
    may_act = handles(request.user)
    table = CaseTable(rows, account=request.user, benefits=known, exclude=() if may_act else ("choose",))
    return show_list(request, table, "staff/cases.html", {"form": form, "may_act": may_act}, name=_("案件"))


@page(MAKE, writes=("POST",), reads=("GET", "HEAD"))
def new(request: StaffRequest) -> HttpResponseBase:
    """Take in an application: find who asks, see what the rules say, choose what is asked for."""
    data = request.POST
    number = reading.text(data, "number", most=30)
    context: dict[str, Any] = {"q": reading.search(request.GET), "today": clock.today(), "number": number}
    chosen = reading.chosen(data if data.get("person") else request.GET, "person")
    if data.get("act") == "find":
        chosen = accepting.by_number(number).pk
    if chosen is not None:
        person = accepting.applicant(request, chosen, number)
        if data.get("act") == "accept":
            return _accepted(request, person, context)
        context |= _asking(request, person)
    else:
        context["found"] = accepting.found_people(request, context["q"])
    return render(request, "staff/case_new.html", context)


def _accepted(request: StaffRequest, person: Any, context: dict[str, Any]) -> HttpResponseBase:
    """Take the application in; one that is refused comes back filled in, also where the person was found by number."""
    try:
        return redirect(reverse("case", args=[_accept(request, person).pk]))
    except Refused as refused:
        again = render(request, "staff/case_new.html", context | _asking(request, person))
        return shown_again(request, again, refused)


def _asking(request: StaffRequest, person: Any) -> dict[str, Any]:
    offers, shown = accepting.offers(person, clock.today())
    return {
        "person": person,
        "name": name_for(request.user, person.name),
        "offers": offers,
        "receipts": shown,
        "means": True,
        "accounts": accepting.choices(offers, request.user),
        "towns": registry.townships(county_of(request.user)),
        "here": _own_town(request, person),
        "chosen": request.GET.get("benefit", ""),
        "earliest": accepting.earliest(),
    }


def _own_town(request: StaffRequest, person: Any) -> str:
    """Return where an application is accepted: the clerk's township, at the county's counter that of the person."""
    if access.area_level(request.user) == "township":
        return request.user.area.rpartition(".")[2]
    return str(person.division_id[:9])


def _accept(request: StaffRequest, person: Any) -> Any:
    data, known = request.POST, titles(person.county)
    benefit = data.get("benefit", "")
    if benefit not in known:
        raise Refused("accept.benefit", "还没有选申请什么。", "请选一项待遇再受理。")
    offer = next(one for one in accepting.offers(person, clock.today())[0] if one.code == benefit)
    payee = accepting.chosen_account(data, offer)
    case = services.accept_application(
        account=request.user,
        benefit=benefit,
        person_id=person.pk,
        accepted_in=_own_town(request, person),
        handled_in=data.get("handled_in") or None,
        filed_on=typed.day(data, "filed_on", _("申请日期"), earliest=accepting.earliest(), latest=clock.today()),
        payee_id=payee,
        household_id=accepting.household_of(person, offer.pays),
        urgent=data.get("urgent") == "1",
        near_relative=data.get("near_relative") == "1",
    )
    messages.success(request, _("已受理，编号 %(n)s。") % {"n": case.number})
    if case.payee_id is None:
        messages.warning(request, _("尚无收款账户，已列入待办并发出通知；作决定前请登记账户。"))
    return case


def seen(request: StaffRequest, case_id: int) -> Any:
    """Return a case the account may see; 404 for all others."""
    try:
        return casework.case_by_id(case_id, request.user)
    except Refused as error:
        raise Http404 from error


@page(READ)
def case(request: StaffRequest, case_id: int) -> HttpResponseBase:
    """Show a case: what to do next, the clock, the live receipt, papers, visits, notices, hearings, what happened."""
    one = seen(request, case_id)
    shown = casefile.about(request.user, one)
    return render(request, "staff/case.html", shown | staging.about(request.user, one, shown["decision"]))


@page(READ, reads=(), writes=("POST",))
def move(request: StaffRequest, case_id: int) -> HttpResponseBase:
    """Make a move: the version shown must still be the newest, else the second clerk is told."""
    one, data = seen(request, case_id), request.POST
    extra: dict[str, Any] = {name: data[name].strip() for name in ASKED if data.get(name, "").strip()}
    if papers := data.getlist("documents_seen"):
        extra["documents_seen"] = papers
    if data.get("payee_later"):
        extra["payee_later"] = True
    if data.get("new_circumstances"):
        extra["new_circumstances"] = True
    services.move_case(
        account=request.user,
        case_id=one.pk,
        version=typed.number(data, "version", _("版本")),
        move=typed.text(data, "move", _("办理")),
        note=data.get("note", "").strip()[:500],
        data=extra,
    )
    messages.success(request, _("已办理。"))
    return redirect(reverse("case", args=[one.pk]))


@page(MAKE, reads=(), writes=("POST",))
def payee(request: StaffRequest, case_id: int) -> HttpResponseBase:
    """Name the account that an application's money goes to, before it is decided."""
    one = seen(request, case_id)
    account = typed.number(request.POST, "account", _("收款账户"))
    services.name_payee(account=request.user, case_id=one.pk, account_id=account)
    messages.success(request, _("收款账户已登记。"))
    return redirect(reverse("case", args=[one.pk]))


@page(MAKE, reads=(), writes=("POST",))
def transfer(request: StaffRequest, case_id: int) -> HttpResponseBase:
    """Hand the case to another township; both may see it from then on."""
    one, data = seen(request, case_id), request.POST
    services.transfer_case(
        account=request.user,
        case_id=one.pk,
        version=typed.number(data, "version", _("版本")),
        to_division=typed.text(data, "to", _("转给")),
        reason=typed.text(data, "reason", _("理由")),
    )
    messages.success(request, _("已转办，进度仍可查看。"))
    return redirect(reverse("case", args=[one.pk]))


@page(READ, reads=(), writes=("POST",))
def take(request: StaffRequest, case_id: int) -> HttpResponseBase:
    """Take a case of one's own post into one's hands."""
    one = seen(request, case_id)
    version = typed.number(request.POST, "version", _("版本"))
    if not casefile.leads(request.user, one):
        raise Refused("casework.not_yours", "这个案件现在不由您的岗位办理。", "请由承办岗位的人员办理。")
    services.take_case(account=request.user, case_id=one.pk, version=version)
    messages.success(request, _("已由您承办。"))
    return redirect(reverse("case", args=[one.pk]))


@page(MAKE, reads=(), writes=("POST",))
def near_relative(request: StaffRequest, case_id: int) -> HttpResponseBase:
    """Note that a relative of the handler or of a village cadre asks: the county decides and visits from then on."""
    one, data = seen(request, case_id), request.POST
    services.mark_near_relative(
        account=request.user,
        case_id=one.pk,
        version=typed.number(data, "version", _("版本")),
        note=typed.text(data, "note", _("是谁的什么亲属")),
    )
    messages.success(request, _("已标明近亲属，由县级审核并入户调查。"))
    return redirect(reverse("case", args=[one.pk]))


@page(MAKE, reads=(), writes=("POST",))
def from_grant(request: StaffRequest, grant_id: int) -> HttpResponseBase:
    """Open a case to review, change or stop a grant of the account's area."""
    county = county_of(request.user)
    rows = grants.grants_listed(county, access.township_filter(request.user)).filter(pk=grant_id)
    grant = rows.first()
    if grant is None:
        raise Http404
    kind = request.POST.get("kind", "")
    if kind not in UPKEEP:
        raise Refused("case.kind", "还没有选办什么。", "请选择复核、变更或停发。")
    opened = services.open_case(
        author=author_of(request.user),
        county=county,
        kind=kind,
        benefit=grant.benefit,
        person_id=grant.person_id,
        household_id=grant.household_id,
        grant_id=grant.pk,
        cause=request.POST.get("cause", "") or "circumstance",
        opened_on=clock.today(),
    )
    return redirect(reverse("case", args=[opened.pk]))
