"""A household goes to live elsewhere in the county: its address, its members' village, and whoever must know."""

import datetime as dt
import json
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Min

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import open_month
from nuanxin.kernel.core.changes import items_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import events, timeline
from nuanxin.kernel.registry.models import Household, Membership, Person
from nuanxin.kernel.registry.selectors.divisions import standing_division as division_of
from nuanxin.kernel.registry.selectors.households import household_by_id
from nuanxin.kernel.registry.services.history import record_item

VILLAGE_STEPS = 4


@transaction.atomic
def move_household(*, change: Change, household_id: int, division: str, address: str, on: dt.date) -> Household:
    """Give a household a new address from `on`, in another village or township of the same county too.

    Its members of today go with it, whoever belonged to it on that day. Refused for a closed household, a place that is
    no village, another county (that is a move out), and a day after today, before the household's own history, or in a
    closed month.
    """
    old, place = household_by_id(household_id), division_of(division)
    if old.closed:
        raise Refused("household.closed", "这个家庭已经撤销。", "请打开它并入或分出的家庭再办。")
    if place.path.count(".") < VILLAGE_STEPS or place.path.split(".")[2] != old.county:
        raise Refused("household.division", "新住址须是本县的村或社区。", "迁出本县请登记“迁出”。")
    _check_day(old, on)
    changed = {
        "division": [old.division_id, place.pk],
        "address": old.address != address.strip(),
        "on": on.isoformat(),
    }
    record_item(change=change, record=old, action="move", before={}, after=changed)
    Household.objects.filter(pk=old.pk).update(division=place, address=address.strip(), change=change)
    person_ids = _members_from(old.pk, clock.today())
    Person.objects.filter(pk__in=person_ids).update(division=place, change=change)
    events.run_removal_handlers(events.RemovalNotice(old.pk, person_ids, place.pk, on, change))
    return household_by_id(old.pk)


def _members_from(household_id: int, day: dt.date) -> tuple[int, ...]:
    """Return who belongs to a household on a day or will later."""
    rows = Membership.objects.filter(timeline.overlapping(day, None), household_id=household_id)
    return tuple(sorted(set(rows.filter(superseded_at__isnull=True).values_list("person_id", flat=True))))


def _check_day(household: Household, on: dt.date) -> None:
    today, begun = clock.today(), _begun(household)
    if on > today:
        raise Refused("move.day", f"搬家日期 {on} 晚于今天（{today}）。", "请在搬家当天或以后办理。", "on")
    if begun is not None and on < begun:
        said = f"搬家日期 {on} 早于这个家庭现住址的起始日期 {begun}。"
        raise Refused("move.day", said, "请核对日期；更早的搬家不能再补在现住址之前。", "on")
    opened = open_month(household.county)
    if opened is not None and on < opened:
        said = f"搬家日期 {on} 所在月份已经月结，{opened} 起的月份才能变更住址。"
        raise Refused("move.day", said, f"请填 {opened} 或以后的日期，实际搬家日期写在事由里。", "on")


def _begun(household: Household) -> dt.date | None:
    """Return since when a household has lived where it does: its last move, its opening, or its first member."""
    moved = items_of(table=Household._meta.db_table, record_id=household.pk).filter(action="move").order_by("id").last()
    said = json.loads(moved.diff).get("on") if moved is not None else None
    if said:
        return dt.date.fromisoformat(said[1])
    first = Membership.objects.filter(household=household, superseded_at__isnull=True).aggregate(day=Min("valid_from"))
    return household.opened or first["day"]


def return_home(*, change: Change, person_id: int, on: dt.date) -> None:
    """Let somebody whose membership came back live where that household lives by now."""
    row = Membership.objects.filter(timeline.standing(clock.today()), person_id=person_id).first()
    if row is not None:
        household = household_by_id(row.household_id)
        follow_home(change=change, household=household, person_ids=[person_id], on=on)


def follow_home(*, change: Change, household: Household, person_ids: Sequence[int], on: dt.date) -> None:
    """Let people who now belong to a household live where it does, and what is paid for them be looked after there.

    A person and the household never lie in different villages; who lives elsewhere is not its member.
    """
    elsewhere = Person.objects.filter(pk__in=list(person_ids)).exclude(division=household.division_id)
    moving = tuple(elsewhere.order_by("pk").values_list("pk", flat=True))
    if not moving:
        return
    Person.objects.filter(pk__in=moving).update(division=household.division_id, change=change)
    notice = events.RemovalNotice(household.pk, moving, household.division_id, on, change)
    events.run_removal_handlers(notice)
