"""Reading households, relations and circumstances as of a date and as known at a moment."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.models import Circumstance, Household, HouseholdSuccession, Membership, Relation
from nuanxin.kernel.registry.timeline import known, overlapping, standing

HEAD_FIRST = Case(
    When(role="head", then=Value(0)),
    When(role="spouse", then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def household_by_id(household_id: int) -> Household:
    """Return a household with its division, or refuse."""
    household = Household.objects.select_related("division").filter(pk=household_id).first()
    if household is None:
        raise Refused("household.unknown", f"没有编号为 {household_id} 的家庭。", "请重新查找。")
    return household


def household_of(person_id: int, on: dt.date, known_at: dt.datetime | None = None) -> Household | None:
    """Return the household a person belonged to on a date, as known at a moment (now when None)."""
    membership = membership_of(person_id, on, known_at)
    return membership.household if membership else None


def membership_of(person_id: int, on: dt.date, known_at: dt.datetime | None = None) -> Membership | None:
    """Return the membership of a person on a date; there is at most one."""
    rows = Membership.objects.filter(standing(on, known_at), person_id=person_id)
    return rows.select_related("household__division").first()


def members_of(household_id: int, on: dt.date, known_at: dt.datetime | None = None) -> QuerySet[Membership]:
    """Return the memberships of a household on a date with their people, the head first."""
    rows = Membership.objects.filter(standing(on, known_at), household_id=household_id)
    return rows.select_related("person__division").order_by(HEAD_FIRST, "person__birth", "id")


def members_between(household_id: int, first: dt.date, end: dt.date) -> list[int]:
    """Return who belonged to a household on any day of `[first, end)`, as known now: those who left and died too."""
    rows = Membership.objects.filter(overlapping(first, end), household_id=household_id, superseded_at__isnull=True)
    return sorted(set(rows.values_list("person_id", flat=True)))


def memberships_of(person_id: int, known_at: dt.datetime | None = None) -> QuerySet[Membership]:
    """Return every membership of a person, the newest first."""
    rows = Membership.objects.filter(known(known_at), person_id=person_id)
    return rows.select_related("household").order_by("-valid_from", "-id")


def relations_of(person_id: int, on: dt.date, known_at: dt.datetime | None = None) -> QuerySet[Relation]:
    """Return what others were to a person on a date: spouse, parents, guardians, obligors, payees."""
    rows = Relation.objects.filter(standing(on, known_at), person_id=person_id)
    return rows.select_related("other").order_by("kind", "id")


def circumstances_of(
    *,
    person_id: int | None = None,
    household_id: int | None = None,
    on: dt.date | None = None,
    known_at: dt.datetime | None = None,
) -> QuerySet[Circumstance]:
    """Return the circumstances of a person or of a household: those valid on a date, or all of them when None."""
    if (person_id is None) == (household_id is None):
        raise Refused("circumstance.subject", "请指定一个人或一个家庭。", "请从居民或家庭页面打开。")
    subject = Q(person_id=person_id) if household_id is None else Q(household_id=household_id)
    when = known(known_at) if on is None else standing(on, known_at)
    return Circumstance.objects.filter(subject & when).order_by("kind", "-valid_from", "-id")


def circumstances_among(*, household_id: int | None, person_ids: Sequence[int], on: dt.date) -> list[Circumstance]:
    """Return what stands on a day of a household and then of each of these people, in one look."""
    whom = Q(person_id__in=list(person_ids)) | (Q(household_id=household_id) if household_id else Q(pk__in=[]))
    rows = Circumstance.objects.filter(whom & standing(on)).order_by("kind", "-valid_from", "-id")
    place = {person: number for number, person in enumerate(person_ids, 1)}
    return sorted(rows, key=lambda one: place.get(one.person_id or 0, 0))


def circumstance_history(
    *, kind: str, person_id: int | None = None, household_id: int | None = None
) -> QuerySet[Circumstance]:
    """Return every row ever recorded of one kind, superseded ones too, in the order of recording."""
    subject = Q(person_id=person_id) if household_id is None else Q(household_id=household_id)
    return Circumstance.objects.filter(subject, kind=kind).order_by("recorded_at", "id")


def successions_of(household_id: int) -> QuerySet[HouseholdSuccession]:
    """Return the splits and mergers a household took part in, the newest first."""
    either = Q(predecessor_id=household_id) | Q(successor_id=household_id)
    return HouseholdSuccession.objects.filter(either).order_by("-on", "-id")
