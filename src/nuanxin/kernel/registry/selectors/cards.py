"""How people are told apart where one of them is to be chosen: birth, number's tail, head of household, village."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from nuanxin.kernel.registry.enums import EventKind, EventState
from nuanxin.kernel.registry.models import LifeEvent, Membership, Person, PersonIdentifier, Relation
from nuanxin.kernel.registry.selectors.divisions import in_area, people_in_area
from nuanxin.kernel.registry.selectors.lists import heads_of
from nuanxin.kernel.registry.selectors.people import IDENTITY, masked_identifiers, people_by_ids
from nuanxin.kernel.registry.timeline import standing

MOST = 200


@dataclass(frozen=True)
class PersonCard:
    """A person with what tells two of one name apart; `tail` and `head` are empty where there is none."""

    id: int
    name: str
    sex: str
    birth: dt.date | None
    tail: str
    head: str
    village: str
    dead: bool


def person_cards(person_ids: Iterable[int], on: dt.date) -> dict[int, PersonCard]:
    """Return a card for each of the people as of a day, in the order given; ids nobody has are left out."""
    ids = list(dict.fromkeys(person_ids))
    people, numbers = people_by_ids(ids), masked_identifiers(ids)
    homes = dict(Membership.objects.filter(standing(on), person_id__in=ids).values_list("person_id", "household_id"))
    heads = heads_of(homes.values(), on)
    return {
        pk: PersonCard(
            id=pk,
            name=people[pk].name,
            sex=people[pk].get_sex_display(),
            birth=people[pk].birth,
            tail=numbers.get(pk, "")[-4:],
            head=heads.get(homes.get(pk, 0), ""),
            village=people[pk].division.name,
            dead=people[pk].death is not None,
        )
        for pk in ids
        if pk in people
    }


def relations_around(person_id: int) -> QuerySet[Relation]:
    """Return every relation known now in which a person stands on either side, the newest first."""
    either = Q(person_id=person_id) | Q(other_id=person_id)
    rows = Relation.objects.filter(either, superseded_at__isnull=True).select_related("person", "other", "change")
    return rows.order_by("kind", "-valid_from", "-id")


def doubles_of(person_id: int) -> list[int]:
    """Return the records that may be the same person: the same name and birth, or the same number."""
    person = Person.objects.get(pk=person_id)
    same = Q(county=person.county, name=person.name, birth=person.birth, sex=person.sex)
    found = set(Person.objects.filter(same).exclude(county="").values_list("pk", flat=True)[:MOST])
    blinds = list(
        PersonIdentifier.objects.filter(person_id=person_id, kind__in=IDENTITY).values_list("blind", flat=True)
    )
    holders = PersonIdentifier.objects.filter(blind__in=blinds, kind__in=IDENTITY).exclude(person__county="")
    found |= set(holders.values_list("person_id", flat=True))
    return sorted(found - {person_id})


def mergers_in(area: str) -> QuerySet[LifeEvent]:
    """Return the mergers of records of an area, those waiting first, then the newest."""
    rows = LifeEvent.objects.filter(in_area(area, prefix="person__division__"), kind=EventKind.MERGED)
    waiting = Case(When(state=EventState.REPORTED, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.select_related("person__division", "other", "change").order_by(waiting, "-on", "-id")


def doubles_in(area: str, limit: int = MOST) -> list[list[int]]:
    """Return groups of records of an area that share name, birth and sex; at most `limit` groups."""
    people = Person.objects.filter(people_in_area(area), birth__isnull=False).exclude(county="")
    groups = people.values("name", "birth", "sex").annotate(n=Count("pk")).filter(n__gt=1).order_by("name", "birth")
    found: list[list[int]] = []
    for group in groups[:limit]:
        same = people.filter(name=group["name"], birth=group["birth"], sex=group["sex"])
        found.append(list(same.order_by("pk").values_list("pk", flat=True)))
    return found
