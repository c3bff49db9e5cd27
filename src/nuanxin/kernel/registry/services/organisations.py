"""Organisations and facilities: who they are; contracts and licences live in the rooms above."""

from django.db import transaction

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.identifiers import check_uscc
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.models import Facility, Organisation
from nuanxin.kernel.registry.selectors.divisions import division as division_of


@transaction.atomic
def register_organisation(*, change: Change, county: str, uscc: str, name: str, kind: str) -> Organisation:
    """Add an organisation by its unified social credit code; Refused when the code is faulty or already there."""
    code = uscc.strip().upper()
    if faults := check_uscc(code):
        raise Refused("organisation.uscc", faults[0], "请对照登记证书更正。")
    if Organisation.objects.filter(uscc=code).exists():
        raise Refused("organisation.taken", f"统一社会信用代码 {code} 已登记。", "请直接使用已有的单位。")
    return Organisation.objects.create(county=county, uscc=code, name=name.strip(), kind=kind, change=change)


@transaction.atomic
def register_facility(
    *, change: Change, division: str, name: str, kind: str, organisation_id: int | None = None
) -> Facility:
    """Add a place of service in a village or township; the organisation that runs it may follow later."""
    place = division_of(division)
    if place.path.count(".") < 2:
        raise Refused("facility.division", "设施地址应在县区以内。", "请选择村、社区或乡镇。")
    county = place.path.split(".")[2]
    return Facility.objects.create(
        county=county, division=place, organisation_id=organisation_id, name=name.strip(), kind=kind, change=change
    )
