"""Organisations and facilities of a county, and the accounts of an organisation."""

from django.db.models import F, QuerySet

from nuanxin.kernel.access.selectors import mask_account
from nuanxin.kernel.core.names import normal_number, visible_line
from nuanxin.kernel.registry.models import BankAccount, Facility, Organisation
from nuanxin.kernel.registry.selectors.divisions import in_area
from nuanxin.kernel.registry.selectors.people import MaskedNumber


def organisations(county: str, text: str = "", kind: str = "") -> QuerySet[Organisation]:
    """Return the organisations of a county, those still there first; `text` is part of a name or a whole code."""
    rows = Organisation.objects.filter(county=county)
    if text:
        named = rows.filter(name__contains=visible_line(text))
        rows = named | rows.filter(uscc=normal_number(text))
    if kind:
        rows = rows.filter(kind=kind)
    return rows.order_by(F("closed").asc(nulls_first=True), "name", "pk")


def organisation_of(county: str, organisation_id: int) -> Organisation | None:
    """Return an organisation of a county, None for any other."""
    return Organisation.objects.filter(county=county, pk=organisation_id).first()


def facilities(area: str, text: str = "", kind: str = "", organisation_id: int | None = None) -> QuerySet[Facility]:
    """Return the facilities of an area with their divisions and runners, those still open first."""
    rows = Facility.objects.filter(in_area(area)).select_related("division", "organisation")
    if text:
        rows = rows.filter(name__contains=visible_line(text))
    if kind:
        rows = rows.filter(kind=kind)
    if organisation_id is not None:
        rows = rows.filter(organisation_id=organisation_id)
    return rows.order_by(F("closed").asc(nulls_first=True), "name", "pk")


def facility_of(area: str, facility_id: int) -> Facility | None:
    """Return a facility of an area, None for any other."""
    return facilities(area).filter(pk=facility_id).first()


def accounts_of_organisation(organisation_id: int) -> list[MaskedNumber]:
    """Return an organisation's accounts, masked, the newest first."""
    rows = BankAccount.objects.filter(organisation_id=organisation_id).order_by("-id")
    return [
        MaskedNumber(row.pk, "bank_account", row.bank_code, mask_account(row.tail), row.valid_from, row.valid_to)
        for row in rows
    ]
