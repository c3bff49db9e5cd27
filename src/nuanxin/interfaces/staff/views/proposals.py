"""Proposals of the month: filter, open one with its receipt, make and check singly and in bulk."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading, receipts, words
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.columns import MoneyColumn, NumberColumn, TagColumn
from nuanxin.interfaces.staff.filters import AreaForm, choice
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.returning import way_back
from nuanxin.interfaces.staff.sight import checks_months, name_for, sees_means
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.casework import services
from nuanxin.kernel.casework.enums import ProposalKind, ProposalState
from nuanxin.kernel.casework.recomputing import recompute_decision
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import parse_month
from nuanxin.kernel.registry import selectors as registry

READ = "grants.read"
KIND_TONES = {"start": "good", "change": "info", "stop": "bad", "refuse": "warn"}
STATE_TONES = {"open": "warn", "made": "info", "approved": "good", "rejected": "bad"}
MOST_AT_ONCE = 20_000


class ProposalTable(RowTable):
    """Proposals with a box to choose each, what changes, and why."""

    empty_says = gettext_lazy("先在“本月工作”办理测算和比对，需要人决定的建议会列在这里。")
    choose = tables.Column(empty_values=(), orderable=False, verbose_name="", exclude_from_export=True)
    subject = tables.Column(verbose_name=gettext_lazy("对象"), orderable=False, empty_values=())
    benefit = tables.Column(verbose_name=gettext_lazy("待遇"), orderable=False)
    kind = TagColumn(dict(ProposalKind.choices), KIND_TONES, verbose_name=gettext_lazy("建议"), orderable=False)
    before_fen = MoneyColumn(verbose_name=gettext_lazy("现月额"))
    after_fen = MoneyColumn(verbose_name=gettext_lazy("拟月额"))
    persons_after = NumberColumn(verbose_name=gettext_lazy("人数"), orderable=False)
    cause = tables.Column(verbose_name=gettext_lazy("事由"), orderable=False, default="")
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
        return format_html(
            '<input class="form-check-input" type="checkbox" name="ids" value="{}" form="bulk" aria-label="{}">',
            record.pk,
            _("选中"),
        )

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

    def render_cause(self, value: str) -> str:
        """Show the cause in words."""
        return words.cause(value, self.benefits)

    def render_township(self, value: str) -> str:
        """Show the township's name."""
        return self.places.get(value, value)

    def render_persons_after(self, record: Any) -> str:
        """Show how the number of persons changes."""
        before, after = record.persons_before, record.persons_after
        return str(after) if before == after else f"{before} → {after}"


class ProposalForm(AreaForm):
    """Filters proposals."""

    kind = choice(gettext_lazy("建议"), ProposalKind.choices)
    benefit = choice(gettext_lazy("待遇"), [])
    state = choice(gettext_lazy("状态"), ProposalState.choices)
    field_order = ("state", "kind", "benefit", "place")
    hidden = ("village",)

    def __init__(self, data: Any, *, account: Any, benefits: dict[str, str]) -> None:
        """Offer the county's benefits."""
        super().__init__(data, account=account)
        self.offer("benefit", benefits.items())


def _filtered(request: StaffRequest, county: str, month: Any) -> tuple[ProposalForm, Any]:
    form = ProposalForm(request.GET, account=request.user, benefits=titles(county, month))
    chosen = {name: form.value(name) for name in ("kind", "benefit", "state")} | {"township": form.township()}
    rows = casework.proposals_in(county, month).filter(access.township_filter(request.user))
    return form, rows.filter(**{name: value for name, value in chosen.items() if value})


@page(READ)
def listing(request: StaffRequest, month: str) -> HttpResponseBase:
    """List the month's proposals of the account's area."""
    county, first = county_of(request.user), parse_month(month)
    form, rows = _filtered(request, county, first)
    places = {one.code: one.name for one in registry.townships(county)}
    may = {"make": access.may(request.user, "cases.make"), "check": checks_months(request.user)}
    hidden = () if any(may.values()) else ("choose",)
    table = ProposalTable(rows, account=request.user, benefits=titles(county, first), places=places, exclude=hidden)
    context = {"form": form, "month": first, "may": may}
    return show_list(request, table, "staff/proposals.html", context, name=f"{month} {_('建议')}")


@page(READ, reads=(), writes=("POST",))
def decide(request: StaffRequest, month: str) -> HttpResponseBase:
    """Act on the chosen proposals, or on all that the filter leaves: agree, disagree, check, or give back."""
    county, first = county_of(request.user), parse_month(month)
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "").strip()
    _form, rows = _filtered(request, county, first)
    if request.POST.get("all") != "1":
        rows = rows.filter(pk__in=reading.ticked(request.POST, "ids"))
    if act not in ACTS:
        raise Refused("proposal.act", "没有这种办理。", "请刷新页面后重选。")
    permission, state, verb = ACTS[act]
    if not access.may(request.user, permission):
        raise PermissionDenied
    ids = list(rows.filter(state=state).order_by("id").values_list("id", flat=True)[:MOST_AT_ONCE])
    if not ids:
        raise Refused("proposal.none", "没有选中可以办理的建议。", "请先勾选，或把筛选放宽。")
    done = verb(request.user, ids, reason)
    messages.success(request, _("已办理 %(done)s 件。") % {"done": done})
    if len(ids) > done:
        messages.warning(
            request,
            _("%(left)s 件没有办理：您自己经办的、有举报投诉未办结的、合计超过上限的，或已不能生效。")
            % {"left": len(ids) - done},
        )
    return redirect(way_back(request, reverse("proposals", args=[month])))


def _agree(account: Any, ids: list[int], reason: str) -> int:
    return len(services.make_decisions(maker=account, proposal_ids=ids, outcome="approved", reason=reason))


def _disagree(account: Any, ids: list[int], reason: str) -> int:
    if not reason:
        raise Refused("proposal.reason", "不同意必须写明理由。", "请在理由一栏写清后再办。")
    return len(services.make_decisions(maker=account, proposal_ids=ids, outcome="rejected", reason=reason))


def _decisions(ids: list[int]) -> list[int]:
    return [one.decision.pk for one in casework.proposals_by_ids(ids)]


def _check(account: Any, ids: list[int], reason: str) -> int:
    return len(services.check_decisions(checker=account, decision_ids=_decisions(ids)))


def _give_back(account: Any, ids: list[int], reason: str) -> int:
    if not reason:
        raise Refused("proposal.reason", "退回必须写明理由。", "请在理由一栏写清后再办。")
    pending = _decisions(ids)
    for decision_id in pending:
        services.return_decision(checker=account, decision_id=decision_id, reason=reason)
    return len(pending)


ACTS: dict[str, tuple[str, str, Any]] = {
    "agree": ("cases.make", ProposalState.OPEN, _agree),
    "disagree": ("cases.make", ProposalState.OPEN, _disagree),
    "check": ("cases.check", ProposalState.MADE, _check),
    "return": ("cases.check", ProposalState.MADE, _give_back),
}


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
        "may": {
            "make": one.state == ProposalState.OPEN and access.may(request.user, "cases.make"),
            "check": one.state == ProposalState.MADE and checks_months(request.user),
            "own": bool(decision and decision.maker_id == request.user.pk),
        },
    }
    return render(request, "staff/proposal.html", context)


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
