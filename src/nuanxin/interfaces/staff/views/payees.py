"""To which account money goes: changed by two people from a person's page; one account for many people, explained."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import paid_to, subjects
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.reading import day, ticked, whole_number
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.grants import selectors as grants
from nuanxin.kernel.payments import payees, services
from nuanxin.kernel.payments.services import AccountDraft
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services as registry_services

READ, WRITE, CHECK = "people.read", "people.write", "cases.check"
NOBODY = "none"


@page(WRITE, writes=("POST",))
def change(request: StaffRequest, person_id: int) -> HttpResponseBase:
    """Ask that grants of a person be paid to another account; prefilled from a bounced line or an account that ends."""
    person = subjects.person(request.user, person_id)
    data = request.GET
    line = paid_to.bounced_line(request.user, person, whole_number(data, "line", 0))
    ends = paid_to.own_account(person, whole_number(data, "ends", 0))
    context: dict[str, Any] = {
        "person": person, "name": name_for(request.user, person.name), "line": line, "ends": ends,
        "rows": paid_to.grant_rows(request.user, person), "dues": paid_to.single_dues(person),
        "accounts": paid_to.choices(request.user, person, whole_number(data, "receiver", 0)),
        "titles": titles(person.county), "today": clock.today(), "chosen": _chosen(data, line, ends),
        "waiting": payees.waiting_changes(person.county).filter(person_id=person.pk).first(),
    }  # fmt: skip
    if request.method == "POST":
        _propose(request, person, context)
        messages.success(request, _("已提出账户变更，等另一人复核。"))
        return redirect("person", person.pk)
    return render(request, "staff/account_change.html", context)


def _chosen(data: Any, line: Any, ends: Any) -> dict[str, Any]:
    """Return what the form starts with: what a bounced line, an ending account or a chosen grant says."""
    start: dict[str, Any] = {"reason": "", "grants": ticked(data, "grants"), "dues": []}
    if line is not None:
        words = paid_to.bounce_words(line)
        start |= {"reason": words, "grants": paid_to.grants_of_line(line), "dues": paid_to.dues_of_line(line)}
    elif ends is not None and not start["grants"]:
        start["grants"] = paid_to.grants_into(ends.pk)
    return start


def _propose(request: StaffRequest, person: Any, context: dict[str, Any]) -> None:
    data = request.POST
    text = data.get("account", "").strip()
    account = None if text in ("", NOBODY) else whole_number(data, "account")
    if account is not None and account not in {one.id for one in context["accounts"]}:
        raise Refused("account_change.account", _("请从列出的账户中选择。"), _("没有的请先登记账户。"))
    known = {row["grant"].grant_id for row in context["rows"]}
    services.propose_account_change(
        account=request.user,
        draft=AccountDraft(
            person_id=person.pk,
            grant_ids=sorted(known & set(ticked(data, "grants"))),
            due_ids=sorted({one.pk for one in context["dues"]} & set(ticked(data, "dues"))),
            account_id=account,
            on=day(data, "on"),
            reason=data.get("reason", ""),
            ends_id=context["ends"].pk if context["ends"] else None,
            line_id=context["line"].pk if context["line"] else None,
        ),
    )


@page(WRITE, reads=(), writes=("POST",))
def end(request: StaffRequest, person_id: int, account_id: int) -> HttpResponseBase:
    """End an account that nothing is paid to; where something is, ask first which account follows."""
    person = subjects.person(request.user, person_id)
    account = paid_to.own_account(person, account_id)
    if account is None:
        raise Http404
    if paid_to.grants_into(account.pk) or paid_to.has_open_dues(account.pk):
        place = reverse("account-change", args=[person.pk])
        messages.warning(request, _("还有待遇发到这个账户，请先选定以后的收款账户。"))
        return redirect(f"{place}?{urlencode({'ends': account.pk})}")
    with one_act(author=author_of(request.user), verb="end_account", reason=_("停用账户"), source="窗口") as made:
        registry_services.end_account(change=made, account_id=account.pk, on=clock.today())
    messages.success(request, _("账户已停用。"))
    return redirect("person", person.pk)


@page(READ)
def of_grant(request: StaffRequest, grant_id: int) -> HttpResponseBase:
    """Go to where the account of a grant is changed: its person's page, or that of the head of its household."""
    grant = grants.grant_by_id(grant_id)
    if grant is None:
        raise Http404
    holder = grant.person_id
    if holder is None:
        first = registry.members_of(grant.household_id or 0, clock.today()).first()
        holder = first.person_id if first else grants.coverages_of(grant_id)[0].person_id
    subjects.person(request.user, holder)
    place = reverse("account-change" if access.may(request.user, WRITE) else "person", args=[holder])
    return redirect(f"{place}?{urlencode({'grants': grant_id})}")


@page(READ, writes=("POST",))
def changes(request: StaffRequest) -> HttpResponseBase:
    """List account changes, those that wait first; agree to one or refuse it as the second person."""
    county = county_of(request.user)
    rows = payees.account_changes_in(county).filter(access.township_filter(request.user))
    if request.method == "POST":
        one = rows.filter(pk=whole_number(request.POST, "change")).first()
        if one is None:
            raise Http404
        services.check_account_change(
            account=request.user, change_id=one.pk, agree=request.POST.get("agree") == "yes",
            note=request.POST.get("note", ""),
        )  # fmt: skip
        messages.success(request, _("已办理。"))
        return redirect("account-changes")
    context = {
        "rows": [paid_to.change_row(request.user, one) for one in rows[:100]],
        "titles": titles(county),
        "may_check": access.may(request.user, CHECK),
        "me": request.user.pk,
    }
    return render(request, "staff/account_changes.html", context)


@page("payments.reconcile", writes=("POST",))
def many_paid(request: StaffRequest) -> HttpResponseBase:
    """List accounts paid for many people; give the reason for one, or take it back."""
    county = county_of(request.user)
    if request.method == "POST":
        _explain(request, county)
        return redirect("many-paid")
    found = payees.many_paid_accounts(county, clock.today())
    context = {
        "rows": paid_to.many_rows(request.user, found),
        "may_write": access.may(request.user, "payments.prepare"),
    }
    return render(request, "staff/many_paid.html", context)


def _explain(request: StaffRequest, county: str) -> None:
    data = request.POST
    if data.get("act") == "end":
        services.end_many_paid_reason(account=request.user, county=county, reason_id=whole_number(data, "reason_id"))
        messages.success(request, _("理由已撤销，下次编制起按例外处理。"))
        return
    services.explain_many_paid(
        account=request.user, county=county, account_id=whole_number(data, "account"), reason=data.get("reason", "")
    )
    messages.success(request, _("理由已登记，下次编制起可以发放。"))
