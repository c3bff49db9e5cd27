"""A household goes to live elsewhere in the county: its address, its members' village, and whoever must know."""

import datetime as dt

from django.db import transaction

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import events
from nuanxin.kernel.registry.models import Household, Person
from nuanxin.kernel.registry.selectors.divisions import division as division_of
from nuanxin.kernel.registry.selectors.households import household_by_id, members_of
from nuanxin.kernel.registry.services.history import record_item

VILLAGE_STEPS = 4


@transaction.atomic
def move_household(*, change: Change, household_id: int, division: str, address: str, on: dt.date) -> Household:
    """Give a household a new address from `on`, in another village or township of the same county too.

    Refused for a closed household, a place that is no village, or another county (that is a move out).
    """
    old, place = household_by_id(household_id), division_of(division)
    if old.closed:
        raise Refused("household.closed", "这个家庭已经撤销。", "请打开它并入或分出的家庭再办。")
    if place.path.count(".") < VILLAGE_STEPS or place.path.split(".")[2] != old.county:
        raise Refused("household.division", "新住址须是本县的村或社区。", "迁出本县请登记“迁出”。")
    before = {"division": old.division_id, "address": old.address}
    after = {"division": place.pk, "address": address.strip()}
    changed = {"division": [before["division"], after["division"]], "address": before["address"] != after["address"]}
    record_item(change=change, record=old, action="move", before={}, after=changed)
    Household.objects.filter(pk=old.pk).update(division=place, address=after["address"], change=change)
    person_ids = tuple(members_of(old.pk, on).values_list("person_id", flat=True))
    Person.objects.filter(pk__in=person_ids).update(division=place, change=change)
    events.run_removal_handlers(events.RemovalNotice(old.pk, person_ids, place.pk, on, change))
    return household_by_id(old.pk)
