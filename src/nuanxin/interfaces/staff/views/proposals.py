"""Proposals of the month: filter, open one with its receipt, make and check singly and in bulk."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import receipts, words
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.columns import MoneyColumn, NumberColumn, TagColumn
from nuanxin.interfaces.staff.filters import AreaForm, choice
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.sight import checks_months, name_for, sees_means
from nuanxin.interfaces.staff.whom import row_box
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework import services
from nuanxin.kernel.casework.enums import ProposalState, Side
from nuanxin.kernel.casework.recomputing import recompute_decision
from nuanxin.kernel.casework.selectors.proposal_sums import LOWERING, SIDES, causes_in, proposal_sums, side_of
from nuanxin.kernel.casework.services.voiding import renewed_by
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import signed_yuan, yuan
from nuanxin.kernel.core.months import parse_month
from nuanxin.kernel.registry import selectors as registry

READ = "grants.read"
SIDE_TONES = {"start": "good", "raise": "info", "same": "", "cut": "bad", "stop": "bad", "refuse": "warn"}
STATE_TONES = {"open": "warn", "made": "info", "approved": "good", "rejected": "bad"}


class ProposalTable(RowTable):
    """Proposals with a box to choose each, what changes, and why."""

    empty_says = gettext_lazy("先在“本月工作”办理测算和比对，需要人决定的建议会列在这里。")
    choose = tables.Column(empty_values=(), orderable=False, verbose_name="", exclude_from_export=True)
    subject = tables.Column(verbose_name=gettext_lazy("对象"), orderable=False, empty_values=())
    benefit = tables.Column(verbose_name=gettext_lazy("待遇"), orderable=False)
    side = TagColumn(dict(Side.choices), SIDE_TONES, accessor="pk", verbose_name=gettext_lazy("建议"), orderable=False)
    before_fen = MoneyColumn(verbose_name=gettext_lazy("现月额"))
    after_fen = MoneyColumn(verbose_name=gettext_lazy("拟月额"))
    difference = MoneyColumn(accessor="pk", verbose_name=gettext_lazy("增减"), orderable=False)
    persons_after = NumberColumn(verbose_name=gettext_lazy("人数"), orderable=False)
    causes = tables.Column(verbose_name=gettext_lazy("事由（各项增减，元）"), orderable=False, default="")
    township = tables.Column(verbose_name=gettext_lazy("乡镇"))
    state = TagColumn(dict(ProposalState.choices), STATE_TONES, verbose_name=gettext_lazy("状态"), orderable=False)

    def __init__(self, *args: Any, benefits: dict[str, str], places: dict[str, str], **kwargs: Any) -> None:
        """Keep the titles of benefits and names of townships."""
        self.benefits, self.places = benefits, places
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str:
        """Open the proposal."""
        return reverse("proposal", args=[record.pk])

    def render_choose(self, record: Any) -> str:
        """Offer a box for what this account may act on now."""
        return row_box(record.pk, self.render_subject(record))

    def _heads(self, rows: list[Any]) -> dict[int, str]:
        return registry.heads_of({row.household_id for row in rows if row.household_id}, clock.today())

    def render_subject(self, record: Any) -> str:
        """Show the person, or the household by its head."""
        if record.household_id:
            return _("%(name)s家") % {
                "name": name_for(self.account, self.known(self._heads).get(record.household_id, "—"))
            }
        return name_for(self.account, record.person.name)

    def value_subject(self, record: Any) -> str:
        """Export as shown."""
        return self.render_subject(record)

    def render_benefit(self, value: str) -> str:
        """Show the benefit's title."""
        return self.benefits.get(value, value)

    def render_side(self, record: Any) -> str:
        """Show whether it raises, cuts, stops or starts."""
        side = side_of(record)
        return format_html('<span class="tag {}">{}</span>', SIDE_TONES[side], gettext(side.label))

    def value_side(self, record: Any) -> str:
        """Export it in words."""
        return gettext(side_of(record).label)

    def render_difference(self, record: Any) -> str:
        """Show what a month costs more or less."""
        return signed_yuan(record.after_fen - record.before_fen)

    def value_difference(self, record: Any) -> Any:
        """Export it in yuan."""
        return yuan(record.after_fen - record.before_fen)

    def render_causes(self, record: Any) -> str:
        """Show each cause with what it does to the amount; without any, the cause in words."""
        found = words.parts(record.causes, self.benefits) if sees_means(self.account) else []
        if len(found) < 2:
            return found[0][0] if found else words.cause(record.cause, self.benefits)
        return "；".join(f"{label} {signed_yuan(fen)}" for label, fen in found)

    def render_township(self, value: str) -> str:
        """Show the township's name."""
        return self.places.get(value, value)

    def render_persons_after(self, record: Any) -> str:
        """Show how the number of persons changes."""
        before, after = record.persons_before, record.persons_after
        return str(after) if before == after else f"{before} → {after}"


class ProposalForm(AreaForm):
    """Filters proposals."""

    side = choice(gettext_lazy("建议"), Side.choices)
    cause = choice(gettext_lazy("事由"), [])
    benefit = choice(gettext_lazy("待遇"), [])
    state = choice(gettext_lazy("状态"), ProposalState.choices)
    field_order = ("state", "side", "cause", "benefit", "place")
    hidden = ("village",)

    def __init__(self, data: Any, *, account: Any, benefits: dict[str, str], causes: list[str]) -> None:
        """Offer the county's benefits and the causes that occur."""
        super().__init__(data, account=account)
        self.offer("benefit", benefits.items())
        self.offer("cause", [(code, words.cause(code, benefits)) for code in causes])


def filtered(request: StaffRequest, county: str, month: Any) -> tuple[ProposalForm, Any, Any]:
    """Return the page's filter, the proposals of the account's area that it leaves, and these of every side."""
    rows = casework.proposals_in(county, month).filter(access.township_filter(request.user))
    form = ProposalForm(request.GET, account=request.user, benefits=titles(county, month), causes=causes_in(rows))
    chosen = {name: form.value(name) for name in ("benefit", "state", "cause")} | {"township": form.township()}
    rows = rows.filter(**{name: value for name, value in chosen.items() if value})
    side = form.value("side")
    return form, rows.filter(SIDES[Side(side)]) if side else rows, rows


def shown_sums(rows: Any, county: str, month: Any, *, by_cause: bool = True) -> list[dict[str, Any]]:
    """Return the sums of some proposals as rows of a table, cuts and stops marked."""
    known = titles(county, month)
    return [
        {
            "sum": one,
            "side": one.side.value,
            "label": gettext(one.side.label),
            "tone": SIDE_TONES[one.side],
            "lowers": one.side in (Side.CUT, Side.STOP),
            "benefit": known.get(one.benefit, one.benefit),
            "cause": words.cause(one.cause, known) if one.cause else "",
        }
        for one in proposal_sums(rows, by_cause=by_cause)
    ]


@page(READ)
def listing(request: StaffRequest, month: str) -> HttpResponseBase:
    """List the month's proposals of the account's area."""
    county, first = county_of(request.user), parse_month(month)
    form, rows, every = filtered(request, county, first)
    places = {one.code: one.name for one in registry.townships(county)}
    may = {"make": access.may(request.user, "cases.make"), "check": checks_months(request.user)}
    hidden = () if any(may.values()) else ("choose",)
    table = ProposalTable(rows, account=request.user, benefits=titles(county, first), places=places, exclude=hidden)
    tabs = _side_tabs(request, every)
    context = {"form": form, "month": first, "may": may, "tabs": tabs, "lowering": rows.filter(LOWERING).exists()}
    return show_list(request, table, "staff/proposals.html", context, name=f"{month} {_('建议')}")


def _side_tabs(request: StaffRequest, rows: Any) -> list[dict[str, Any]]:
    """Return a tab for each side that occurs, with its number and what it changes a month."""
    here = request.GET.get("side", "")
    sums = proposal_sums(rows, by_cause=False)
    tabs = [{"code": "", "label": gettext("全部"), "n": sum(one.count for one in sums), "here": not here}]
    for side in Side:
        listed = [one for one in sums if one.side == side]
        if listed:
            n, fen = sum(one.count for one in listed), sum(one.difference_fen for one in listed)
            tabs.append({"code": side.value, "label": gettext(side.label), "n": n, "fen": fen, "here": here == side})
    return tabs


@page(READ)
def proposal(request: StaffRequest, proposal_id: int) -> HttpResponseBase:
    """Show one proposal: what changes, why, the receipt in words, and what may be done."""
    one = casework.proposal_by_id(proposal_id)
    if one is None or not _mine(request, one):
        raise Http404
    decision = getattr(one, "decision", None)
    means = sees_means(request.user)
    context = {
        "proposal": one,
        "decision": decision,
        "subject": _subject(request, one),
        "title": titles(one.county, one.month).get(one.benefit, one.benefit),
        "receipts": receipts.of_proposal(one, _names(one)) if means else [],
        "means": means,
        "cause": words.cause(one.cause, titles(one.county, one.month)),
        "parts": words.parts(one.causes, titles(one.county, one.month)) if means else [],
        "side": gettext(side_of(one).label),
        "lowers": side_of(one) in (Side.CUT, Side.STOP),
        "renewed": renewed_by(one) if one.void_because else None,
        "may": {
            "make": one.state == ProposalState.OPEN and access.may(request.user, "cases.make"),
            "check": one.state == ProposalState.MADE and checks_months(request.user),
            "withdraw": _may_withdraw(request, one),
            "own": bool(decision and decision.maker_id == request.user.pk),
        },
    }
    return render(request, "staff/proposal.html", context)


def _may_withdraw(request: StaffRequest, one: Any) -> bool:
    """Return whether the proposal answers an application that no case handles and that is not decided."""
    waits = one.application_id is not None and one.case_id is None and one.state == ProposalState.OPEN
    return waits and access.may(request.user, "cases.make")


@page("cases.make", reads=(), writes=("POST",))
def withdraw(request: StaffRequest, proposal_id: int) -> HttpResponseBase:
    """Record that the applicant withdraws the application behind a proposal."""
    one = casework.proposal_by_id(proposal_id)
    if one is None or not _mine(request, one):
        raise Http404
    if one.application_id is None or not _may_withdraw(request, one):
        todo = _("由案件办理的申请，请在案件中办理撤回。")
        raise Refused("proposal.withdraw", _("这条建议没有可以撤回的申请。"), todo)
    services.withdraw_application(author=author_of(request.user), application_id=one.application_id)
    messages.success(request, _("申请已撤回。"))
    return redirect("proposals", f"{one.month:%Y-%m}")


def _names(one: Any) -> dict[int, str]:
    """Return the names of those a receipt may speak of, for accounts that see means."""
    if not one.household_id:
        return {one.person_id: registry.person_by_id(one.person_id).name}
    return {member.person_id: member.person.name for member in registry.members_of(one.household_id, clock.today())}


def _mine(request: StaffRequest, record: Any) -> bool:
    """Return whether a record with county and township lies in the account's area."""
    if record.county != county_of(request.user):
        return False
    level = access.area_level(request.user)
    return level != "township" or record.township == request.user.area.rpartition(".")[2]


def _subject(request: StaffRequest, one: Any) -> dict[str, str]:
    may_open = access.may(request.user, "people.read")
    if one.household_id:
        name = registry.heads_of([one.household_id], clock.today()).get(one.household_id, "—")
        shown = _("%(name)s家") % {"name": name_for(request.user, name)}
        return {"name": shown, "url": reverse("household", args=[one.household_id]) if may_open else ""}
    name = name_for(request.user, registry.person_by_id(one.person_id).name)
    return {"name": name, "url": reverse("person", args=[one.person_id]) if may_open else ""}


@page(READ)
def recompute(request: StaffRequest, decision_id: int) -> HttpResponseBase:
    """Compute a decision again by its own release and rows, and show whether anything differs."""
    one = casework.decision_by_id(decision_id)
    if one is None or not _mine(request, one):
        raise Http404
    context: dict[str, Any] = {"decision": one, "means": sees_means(request.user)}
    try:
        context["again"] = recompute_decision(one.pk)
    except Refused as refused:
        context |= {"message": refused.message, "todo": refused.todo}
    return render(request, "staff/recompute.html", context)


@page(READ)
def decision(request: StaffRequest, decision_id: int) -> HttpResponseBase:
    """Show a decision: who made and checked it, and its frozen receipt with its checksum."""
    one = casework.decision_by_id(decision_id)
    if one is None or not _mine(request, one):
        raise Http404
    means = sees_means(request.user)
    context = {
        "decision": one,
        "subject": _subject(request, one),
        "title": titles(one.county, one.proposal.month).get(one.benefit, one.benefit),
        "receipts": receipts.of_decision(one, _names(one)) if means else [],
        "means": means,
    }
    return render(request, "staff/decision.html", context)
