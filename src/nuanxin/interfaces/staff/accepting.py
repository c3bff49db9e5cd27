"""Taking in an application: who asks, what the rules say he may ask for, to which account the money would go."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import choosing, reading, receipts
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.saying import said
from nuanxin.interfaces.staff.sight import name_for, sees_division
from nuanxin.kernel.casework.workflows import find_workflow
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.enums import PayeeRule
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook.household import Laid
from nuanxin.kernel.rulebook.inputs import number_of

OLDEST = 12  # months: an application on paper that lay longer is not taken in at the counter any more
NO_ACCOUNT = "none"
ORDER = {"符合": 0, "待核实": 1}


@dataclass(frozen=True)
class Offer:
    """A benefit that may be applied for here, with what the rules say of this person or household now."""

    code: str
    title: str
    pays: str
    verdict: str
    amount_fen: int | None
    accounts: tuple[Any, ...] = ()

    @property
    def account(self) -> Any:
        """Return the one account that its money would go to, None where there is none or a choice."""
        single = registry.single_account(self.accounts) if self.accounts else None
        return next((one for one in self.accounts if one.id == single), None)


def earliest() -> dt.date:
    """Return the first day an application taken in today may have been filed on."""
    return add_months(month_of(clock.today()), -OLDEST)


def applicant(request: StaffRequest, person_id: int, number: str = "") -> Any:
    """Return the person who asks: of the own area, or of the whole county when he shows his number (全市通办)."""
    try:
        one = registry.person_by_id(person_id)
    except Refused as error:
        raise Http404 from error
    if sees_division(request.user, one.division.path):
        return one
    if number and person_id in registry.person_ids_of(number):
        return one
    raise Http404


def by_number(number: str) -> Any:
    """Return who holds a number; Refused when nobody does."""
    person = registry.person_by_identifier(number)
    if person is None:
        raise Refused("accept.unknown", "这个号码还没有登记。", "请核对号码；新来的人请先登记居民，再受理申请。")
    return person


def offers(person: Any, on: dt.date) -> tuple[list[Offer], list[dict[str, Any]]]:
    """Return what may be applied for, what would be granted first, and the receipts that say so."""
    month, home = month_of(on), registry.household_of(person.pk, on)
    names = {one.person_id: one.person.name for one in registry.members_of(home.pk, on)} if home else {}
    shown = receipts.of_household(home, month, names, _as_if_filed(person, home.pk, on)) if home else []
    subjects = {"household": home.pk if home else None, "person": person.pk}
    mine = {
        one["receipt"].benefit: one["receipt"]
        for one in shown
        if one["receipt"].subject_id == subjects[one["receipt"].pays]
    }
    known = rulebook.benefits(person.county, month)
    fits = _fitting(person, home.pk if home else None, on)
    found = [
        Offer(code, one.title, one.pays, _verdict(mine.get(code)), _amount(mine.get(code)), fits(one.payee, one.pays))
        for code, one in known.items()
        if find_workflow(person.county, code, "apply", on)
    ]
    return sorted(found, key=lambda one: ORDER.get(one.verdict, 2)), shown


def _as_if_filed(person: Any, household_id: int, on: dt.date) -> list[Laid]:
    """Return the files that applications would open here today, so that the rules answer before one is received."""
    month = month_of(on)
    since = (None, None, None, number_of(on), None)
    whose = {"household": (None, household_id), "person": (person.pk, None)}
    opened = {
        (*whose[file.of], file.circumstance)
        for code in rulebook.benefits(person.county, month)
        for file in rulebook.application_files(person.county, month, code)
    }
    return [Laid(who, home, kind, since) for who, home, kind in sorted(opened, key=str)]


def _verdict(receipt: Any) -> str:
    if receipt is None:
        return ""
    return {True: "符合", None: "待核实", False: "不符合"}[receipt.granted]


def _amount(receipt: Any) -> int | None:
    return receipt.amount_fen if receipt is not None and receipt.granted else None


def _fitting(person: Any, home: int | None, on: dt.date) -> Callable[[tuple[str, ...], str], tuple[Any, ...]]:
    """Return what tells the accounts that a benefit's payees have; each list of payees is looked for once."""

    @cache
    def fits(payee: tuple[str, ...], pays: str) -> tuple[Any, ...]:
        unit = home if pays == "household" else None
        found = registry.payee_accounts(payee, person_id=person.pk, household_id=unit, county=person.county, on=on)
        return tuple(found)

    return fits


def choices(offered: Iterable[Offer], account: Any) -> list[tuple[int, str]]:
    """Return every account that one of the benefits offered may be paid to, as (id, whose and masked number)."""
    found = {one.id: one for offer in offered for one in offer.accounts}
    return [(one.id, account_label(one, account)) for one in found.values()]


def account_label(one: Any, account: Any) -> str:
    """Return an account as the form names it: what the holder is to the applicant, who, bank, masked number."""
    holder = name_for(account, one.holder_name) if one.holder_id else one.holder_name
    return f"{said(PayeeRule(one.rule).label)} {holder} {one.bank_code} {one.masked}"


def chosen_account(data: Any, offer: Offer) -> int | None:
    """Return the account that was chosen for a benefit, the one that fits where nothing was; None: there is none yet.

    Refused where several fit and none was chosen, and for an account that the benefit is not paid to.
    """
    if data.get("payee") == NO_ACCOUNT:
        return None
    if chosen := reading.whole_number(data, "payee", 0):
        if chosen not in {one.id for one in offer.accounts}:
            raise Refused("accept.payee", _("这个账户不符合本项待遇的发放对象。"), _("请重新选择收款账户。"))
        return chosen
    if offer.accounts and offer.account is None:
        raise Refused(
            "accept.payee_choice",
            _("这项待遇有 %(n)s 个账户可以选。") % {"n": len(offer.accounts)},
            _("请选择收款账户。"),
        )
    return offer.account.id if offer.account else None


def household_of(person: Any, pays: str) -> int | None:
    """Return the household an application is for, None when it is for the person himself; Refused without one."""
    if pays != "household":
        return None
    home = registry.household_of(person.pk, clock.today())
    if home is None:
        raise Refused("accept.homeless", "申请人还没有登记家庭。", "请先登记家庭，再受理这项申请。")
    return home.pk


def found_people(request: StaffRequest, text: str) -> list[tuple[int, str, str]]:
    """Return people of the area whose name, initials or number fit, as (id, name, what tells them apart)."""
    return [(one.id, one.name, one.about) for one in choosing.found(request.user, {"q": text})]
