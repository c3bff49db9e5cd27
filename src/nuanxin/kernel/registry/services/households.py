"""Households and their dated membership: joining, leaving, splitting, merging."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import events, timeline
from nuanxin.kernel.registry.enums import MemberRole, SuccessionKind
from nuanxin.kernel.registry.models import Circumstance, Household, HouseholdSuccession, Membership, Person
from nuanxin.kernel.registry.selectors.divisions import standing_division as division_of
from nuanxin.kernel.registry.selectors.households import household_by_id
from nuanxin.kernel.registry.services.history import record_item
from nuanxin.kernel.registry.services.removals import follow_home
from nuanxin.kernel.registry.services.timeline import clear_stretch
from nuanxin.kernel.registry.timeline import CHUNK


@transaction.atomic
def register_household(*, change: Change, division: str, address: str = "", opened: dt.date | None = None) -> Household:
    """Open a household in a village; it has no members yet."""
    place = division_of(division)
    if place.path.count(".") < 3:
        raise Refused("household.division", "家庭住址应在村、社区或乡镇。", "请选择村或社区。")
    county = place.path.split(".")[2]
    return Household.objects.create(
        county=county, division=place, address=address.strip(), opened=opened, change=change
    )


@transaction.atomic
def add_member(
    *,
    change: Change,
    household_id: int,
    person_id: int,
    role: str,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
    counted: bool | None = True,
    exclusion_reason: str = "",
) -> Membership:
    """Make a person a member `[valid_from, valid_to)`; Refused while the person belongs to any household in that time.

    `counted` None means unknown: the person stays in the household and the amount becomes a question.
    """
    household = _check_joining(household_id, person_id, valid_from, valid_to)
    rows = _rows_of(person_id)
    if valid_to is None or valid_to > clock.today():
        follow_home(change=change, household=household, person_ids=[person_id], on=valid_from)
    return Membership.objects.create(
        household_id=household_id,
        person_id=person_id,
        role=MemberRole(role),
        counted=counted,
        exclusion_reason=exclusion_reason,
        valid_from=valid_from,
        valid_to=valid_to,
        recorded_at=timeline.next_moment(rows),
        change=change,
    )


def _check_joining(household_id: int, person_id: int, valid_from: dt.date, valid_to: dt.date | None) -> Household:
    household = household_by_id(household_id)
    person = lock_person(person_id)
    if valid_to is not None and valid_to <= valid_from:
        raise Refused("member.dates", "离开日期应晚于加入日期。", "请核对两个日期。")
    if household.closed is not None and (valid_to is None or valid_to > household.closed):
        raise Refused("household.closed", f"家庭 {household_id} 已于 {household.closed} 注销。", "请选择仍在的家庭。")
    if person.death is not None and valid_from > person.death:
        raise Refused("member.dead", f"{person.name}已于 {person.death} 死亡。", "请核对人员。")
    current = Membership.objects.filter(
        timeline.overlapping(valid_from, valid_to), person_id=person_id, superseded_at__isnull=True
    ).first()
    if current is not None:
        raise Refused(
            "member.elsewhere",
            f"{person.name}自 {current.valid_from} 起已是家庭 {current.household_id} 的成员，"
            "一个人同一时间只能属于一个家庭。",
            "请先办理离开原家庭，再加入。",
        )
    return household


def lock_person(person_id: int) -> Person:
    """Return the person, locked until the transaction ends, so that two clerks do not write the same timeline."""
    return lock_people([person_id])[person_id]


def lock_people(person_ids: Sequence[int]) -> dict[int, Person]:
    """Return people by id, locked as by `lock_person`; give the ids in order, so that two batches do not block."""
    people: dict[int, Person] = {}
    for start in range(0, len(person_ids), CHUNK):
        chosen = Person.objects.select_for_update().filter(pk__in=person_ids[start : start + CHUNK]).order_by("pk")
        people.update({person.pk: person for person in chosen})
    for person_id in person_ids:
        if person_id not in people:
            raise Refused("person.unknown", f"没有编号为 {person_id} 的居民。", "请重新查找。")
        if not people[person_id].county:
            raise Refused("person.merged", f"档案 {person_id} 已并入另一份档案。", "请在保留的档案上办理。")
    return people


def _rows_of(person_id: int) -> list[Membership]:
    return list(Membership.objects.filter(person_id=person_id))


def _current(person_id: int, on: dt.date) -> Membership:
    row = Membership.objects.filter(timeline.standing(on), person_id=person_id).first()
    if row is None:
        raise Refused("member.none", f"居民 {person_id} 在 {on} 不属于任何家庭。", "请核对人员和日期。")
    return row


@transaction.atomic
def end_membership(*, change: Change, person_id: int, on: dt.date) -> Membership | None:
    """End the membership valid on the day before `on` (its first day outside); return what is left of it, if anything.

    Refused when the person belongs to no household then.
    """
    lock_person(person_id)
    before = timeline.standing(on - dt.timedelta(days=1))
    row = Membership.objects.filter(before, person_id=person_id).first() or _current(person_id, on)
    moment = clear_stretch([row], start=on, end=row.valid_to, change=change)
    _tell_left([row], on, change)
    return Membership.objects.filter(person_id=person_id, recorded_at=moment).first()


@transaction.atomic
def correct_membership(
    *, change: Change, person_id: int, on: dt.date, role: str | None = None, counted: bool | None, reason: str = ""
) -> Membership:
    """Correct from `on` whether a member counts (None: unknown) or the role; earlier time stays as it was."""
    lock_person(person_id)
    row = _current(person_id, on)
    moment = clear_stretch([row], start=on, end=row.valid_to, change=change)
    return Membership.objects.create(
        household_id=row.household_id,
        person_id=person_id,
        role=MemberRole(role or row.role),
        counted=counted,
        exclusion_reason=reason,
        valid_from=on,
        valid_to=row.valid_to,
        recorded_at=moment,
        change=change,
    )


@transaction.atomic
def split_household(
    *,
    change: Change,
    household_id: int,
    on: dt.date,
    person_ids: list[int],
    head_id: int,
    division: str | None = None,
    address: str | None = None,
) -> Household:
    """Take members out into a household of their own from `on`, in one act; the rest stay in the old one.

    Refused when nobody would leave or stay, or somebody named is no member on that date.
    """
    old = household_by_id(household_id)
    moving = _members_on(household_id, on, person_ids)
    staying = Membership.objects.filter(timeline.standing(on), household_id=household_id).exclude(
        person_id__in=person_ids
    )
    if not moving or not staying.exists() or head_id not in person_ids:
        raise Refused("household.split", "分户须有人分出、有人留下，并在分出的人中指定户主。", "请重新选择分出的成员。")
    new = Household.objects.create(
        county=old.county,
        division_id=division or old.division_id,
        address=old.address if address is None else address,
        opened=on,
        change=change,
    )
    _move_members(moving, new, on, change, head_id)
    _tell_left(moving, on, change)
    _succeed(old, new, SuccessionKind.SPLIT, on, change)
    follow_home(change=change, household=new, person_ids=person_ids, on=on)
    return new


@transaction.atomic
def merge_households(*, change: Change, household_id: int, into_id: int, on: dt.date) -> Household:
    """Move every member of a household into another from `on` and close it, in one act."""
    old, new = household_by_id(household_id), household_by_id(into_id)
    if old.pk == new.pk or old.closed or new.closed:
        raise Refused("household.merge", "并户须是两个仍在的不同家庭。", "请重新选择。")
    rows = Membership.objects.filter(timeline.standing(on), household_id=old.pk)
    people = list(rows.values_list("person_id", flat=True))
    _move_members(_members_on(old.pk, on, people), new, on, change, head_id=None)
    still = Circumstance.objects.filter(timeline.overlapping(on, None), household_id=old.pk, superseded_at__isnull=True)
    clear_stretch(list(still), start=on, end=None, change=change)
    record_item(change=change, record=old, action="close", before={"closed": None}, after={"closed": on})
    Household.objects.filter(pk=old.pk).update(closed=on)
    _succeed(old, new, SuccessionKind.MERGER, on, change)
    follow_home(change=change, household=new, person_ids=people, on=on)
    return new


def _members_on(household_id: int, on: dt.date, person_ids: list[int]) -> list[Membership]:
    """Lock the people and return their memberships on a date; Refused when one of them is no member."""
    list(Person.objects.select_for_update().filter(pk__in=person_ids).order_by("pk"))
    rows = list(Membership.objects.filter(timeline.standing(on), household_id=household_id, person_id__in=person_ids))
    missing = sorted(set(person_ids) - {row.person_id for row in rows})
    if missing:
        raise Refused("member.none", f"居民 {missing[0]} 在 {on} 不是家庭 {household_id} 的成员。", "请重新选择成员。")
    return rows


def _move_members(rows: list[Membership], new: Household, on: dt.date, change: Change, head_id: int | None) -> None:
    """End each membership on the date and go on with it in the new household."""
    for row in rows:
        moment = clear_stretch([row], start=on, end=row.valid_to, change=change)
        role = MemberRole.OTHER if row.role == MemberRole.HEAD else MemberRole(row.role)
        Membership.objects.create(
            household=new,
            person_id=row.person_id,
            role=MemberRole.HEAD if row.person_id == head_id else role,
            counted=row.counted,
            exclusion_reason=row.exclusion_reason,
            valid_from=on,
            valid_to=row.valid_to,
            recorded_at=moment,
            change=change,
        )


def _tell_left(rows: Sequence[Membership], on: dt.date, change: Change) -> None:
    """Tell the rooms above who left a household: its money may be going to their account."""
    for row in rows:
        events.run_payee_handlers(
            events.PayeeNotice(
                events.PayeeKind.LEFT, change, on, person_id=row.person_id, household_id=row.household_id
            )
        )


def _succeed(old: Household, new: Household, kind: SuccessionKind, on: dt.date, change: Change) -> None:
    """Link the two and tell the rooms above, in the same transaction."""
    HouseholdSuccession.objects.create(predecessor=old, successor=new, kind=kind, on=on, change=change)
    events.run_succession_handlers(
        events.SuccessionNotice(predecessor_id=old.pk, successor_id=new.pk, kind=kind, on=on, change=change)
    )
