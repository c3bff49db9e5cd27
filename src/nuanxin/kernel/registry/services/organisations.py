"""Organisations and facilities: who they are; contracts and licences live in the rooms above."""

import datetime as dt
from typing import Any

from django.db import models, transaction

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.identifiers import check_uscc
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.names import normal_number, visible_line
from nuanxin.kernel.registry.enums import FacilityKind, OrganisationKind
from nuanxin.kernel.registry.models import BankAccount, Division, Facility, Organisation
from nuanxin.kernel.registry.selectors.divisions import standing_division as division_of
from nuanxin.kernel.registry.services.history import difference, record_item
from nuanxin.kernel.registry.services.people import end_account

LONGEST = 120


@transaction.atomic
def register_organisation(*, change: Change, county: str, uscc: str, name: str, kind: str) -> Organisation:
    """Add an organisation by its unified social credit code; Refused when the code is faulty or already there."""
    code, said = _checked_code(uscc, None), _checked_name(name, "单位名称")
    _check_kind(kind, OrganisationKind)
    return Organisation.objects.create(county=county, uscc=code, name=said, kind=kind, change=change)


@transaction.atomic
def correct_organisation(*, change: Change, organisation_id: int, uscc: str, name: str, kind: str) -> Organisation:
    """Correct what an organisation is called, its code or its kind; Refused as registering, or when nothing differs."""
    one: Organisation = _locked(Organisation, organisation_id, "单位")
    _check_kind(kind, OrganisationKind)
    values = {"uscc": _checked_code(uscc, one.pk), "name": _checked_name(name, "单位名称"), "kind": kind}
    _put_right(one, change, "correct", values)
    return one


@transaction.atomic
def close_organisation(*, change: Change, organisation_id: int, on: dt.date | None) -> Organisation:
    """Say from which day an organisation no longer exists (None: it does again); its open accounts end with it."""
    one: Organisation = _locked(Organisation, organisation_id, "单位")
    _put_right(one, change, "close", {"closed": on})
    if on is not None:
        for account in BankAccount.objects.filter(organisation_id=one.pk, valid_to__isnull=True):
            end_account(change=change, account_id=account.pk, on=on)
    return one


@transaction.atomic
def register_facility(
    *, change: Change, division: str, name: str, kind: str, organisation_id: int | None = None, address: str = ""
) -> Facility:
    """Add a place of service in a village or township; the organisation that runs it may follow later."""
    place = _place(division)
    _check_kind(kind, FacilityKind)
    county = place.path.split(".")[2]
    _check_runner(organisation_id, county)
    return Facility.objects.create(
        county=county,
        division=place,
        organisation_id=organisation_id,
        name=_checked_name(name, "设施名称"),
        kind=kind,
        address=visible_line(address)[:LONGEST],
        change=change,
    )


@transaction.atomic
def correct_facility(
    *,
    change: Change,
    facility_id: int,
    division: str,
    name: str,
    kind: str,
    organisation_id: int | None,
    address: str,
) -> Facility:
    """Correct where a facility is, what it is called, what it is for and who runs it; Refused when nothing differs."""
    one: Facility = _locked(Facility, facility_id, "设施")
    place = _place(division)
    if place.path.split(".")[2] != one.county:
        raise Refused("facility.division", "设施须在本县。", "请选择本县的村、社区或乡镇。", "division")
    _check_kind(kind, FacilityKind)
    _check_runner(organisation_id, one.county)
    values: dict[str, Any] = {"division_id": place.pk, "name": _checked_name(name, "设施名称"), "kind": kind}
    values |= {"organisation_id": organisation_id, "address": visible_line(address)[:LONGEST]}
    _put_right(one, change, "correct", values)
    return one


@transaction.atomic
def close_facility(*, change: Change, facility_id: int, on: dt.date | None) -> Facility:
    """Say from which day a facility is closed; None opens it again."""
    one: Facility = _locked(Facility, facility_id, "设施")
    _put_right(one, change, "close", {"closed": on})
    return one


def _locked(model: Any, key: int, what: str) -> Any:
    one = model.objects.select_for_update().filter(pk=key).first()
    if one is None:
        raise Refused("place.unknown", f"没有这个{what}。", "请从列表重新打开。")
    return one


def _put_right(one: Any, change: Change, action: str, values: dict[str, Any]) -> None:
    before = {name: getattr(one, name) for name in values}
    if not difference(before, values):
        raise Refused("place.same", "填写的与登记的一样，没有改动。", "请核对后重填。")
    record_item(change=change, record=one, action=action, before=before, after=values)
    for name, value in values.items():
        setattr(one, name, value)
    one.change = change
    one.save(update_fields=[*values, "change"])


def _checked_code(uscc: str, own: int | None) -> str:
    code = normal_number(uscc)
    if faults := check_uscc(code):
        raise Refused("organisation.uscc", faults[0], "请对照登记证书更正。", "uscc")
    if Organisation.objects.filter(uscc=code).exclude(pk=own or 0).exists():
        raise Refused("organisation.taken", f"统一社会信用代码 {code} 已登记。", "请直接使用已有的单位。", "uscc")
    return code


def _checked_name(name: str, label: str) -> str:
    said = visible_line(name)
    if not said or len(said) > LONGEST:
        raise Refused("place.name", f"{label}不能为空，最多{LONGEST}个字。", "请填写登记证书上的全称。", "name")
    return said


def _check_kind(kind: str, kinds: type[models.TextChoices]) -> None:
    if kind not in kinds.values:
        raise Refused("place.kind", "还没有选类别。", "请选择后再提交。", "kind")


def _check_runner(organisation_id: int | None, county: str) -> None:
    if organisation_id and not Organisation.objects.filter(pk=organisation_id, county=county).exists():
        raise Refused("facility.organisation", "没有这个单位。", "请先登记运营单位。", "organisation")


def _place(code: str) -> Division:
    place = division_of(code)
    if place.path.count(".") < 3:
        raise Refused("facility.division", "设施地址应在县区以内。", "请选择村、社区或乡镇。", "division")
    return place
