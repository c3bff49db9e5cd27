"""Finding people in an area: part of a name, initials, a whole number, an id's tail within a township, a village."""

import re

from django.db import connection
from django.db.models import Q, QuerySet

from nuanxin.kernel.core import crypto
from nuanxin.kernel.core.identifiers import number_spellings
from nuanxin.kernel.core.names import POINT, normal_name, normal_number, without_points
from nuanxin.kernel.registry.enums import DivisionLevel, IdentifierKind
from nuanxin.kernel.registry.initials import initials_of
from nuanxin.kernel.registry.models import Division, FormerName, Person, PersonIdentifier
from nuanxin.kernel.registry.selectors.aliases import survivors_of
from nuanxin.kernel.registry.selectors.divisions import TOWNSHIP_CODE, in_area, people_in_area

LIMIT = 200
SMALL = (DivisionLevel.TOWNSHIP, DivisionLevel.VILLAGE)
NUMBER = re.compile(r"(?=[A-Z]*[0-9])[0-9A-Z]{6,22}")  # of whatever kind: no name is written so
MANY_POINTS = 500
TAIL = re.compile(r"[0-9]{3}[0-9X]")
INITIALS = re.compile(r"[a-z]{1,20}")
LAST = "\U0010ffff"


def find_people(area: str, text: str, limit: int = LIMIT) -> QuerySet[Person]:
    """Return people of an area (a path) with their divisions, at most `limit`; the whole area when the text is empty.

    Words are parted by blanks and must all fit: `五里 王`, `wxm`, a whole number, `籍山 1029`. A tail of four
    characters is answered only within a township, so that it cannot be used to look through a county.
    """
    people = Person.objects.select_related("division").exclude(county="")  # an absorbed record is in no county
    whole = normal_number(text)
    words = [whole] if NUMBER.fullmatch(whole) else [word for word in text.split() if word][:4]
    if not words:
        # Below the county in the order of the index: by number, the database sorts a whole township for every page.
        order = ("division", "name", "pk") if _is_narrow(area) else ("pk",)
        return people.filter(people_in_area(area)).order_by(*order)
    name = normal_name(text)
    ids = _in_order([*_called(area, name, limit), *_ids(area, words, limit)], limit)
    return people.filter(pk__in=ids).order_by("name", "pk")


def _called(area: str, name: str, limit: int) -> list[int]:
    """Return who goes by the whole text as a name, its blanks and points spelt in any way."""
    if name.isascii() or len(name) < 2:
        return []
    everywhere = people_in_area(area)
    found = [
        *_first(everywhere, _begins("name", name), limit),
        *_formerly(everywhere, _begins("name", name), limit),
    ]
    if found or len(name) < 4:
        return found
    bare = without_points(name)
    alike = Person.objects.filter(people_in_area(area), initials=initials_of(bare), name__contains=POINT)
    rows = alike.exclude(county="").values_list("pk", "name")[:MANY_POINTS]
    return [pk for pk, pointed in rows if without_points(pointed) == bare]


def _ids(area: str, words: list[str], limit: int) -> list[int]:
    """Return the ids found, best matches first."""
    place, rest = _place(area, words)
    if not rest:
        return _in_order(
            [*_named(people_in_area(area), normal_name(words[0]), limit), *_first(place, Q(), limit)], limit
        )
    conditions = Q()
    name = ""
    for word in rest:
        condition = _condition(word, within_township=_is_narrow(area) or place != people_in_area(area))
        if condition is None:
            name = normal_name(name + word)
        else:
            conditions &= condition
    return _named(place & conditions, name, limit) if name else _first(place, conditions, limit)


def _place(area: str, words: list[str]) -> tuple[Q, list[str]]:
    """Return where to look and the words left when one of them names a village or township of the area."""
    everywhere = people_in_area(area)
    for word in words:
        if word.isascii() or len(word) < 2:
            continue
        places = Division.objects.filter(in_area(area, prefix=""), name__startswith=word, level__in=SMALL)
        paths = list(places.values_list("path", flat=True)[:50])
        if paths:
            inside = Q()
            for path in paths:
                inside |= people_in_area(path)
            return everywhere & inside, [other for other in words if other != word]
    return everywhere, words


def _is_narrow(area: str) -> bool:
    return len(area.rpartition(".")[2]) >= TOWNSHIP_CODE


def _condition(word: str, *, within_township: bool) -> Q | None:
    """Return what a word of digits or letters asks for, None when it is part of a name."""
    number = normal_number(word)
    if NUMBER.fullmatch(number):
        return _holders(Q(blind__in=[crypto.blind(one) for one in number_spellings(number)]))
    if TAIL.fullmatch(number):
        if not within_township:
            return Q(pk__in=[])
        return _holders(Q(tail=number, kind=IdentifierKind.CITIZEN_ID))
    if INITIALS.fullmatch(word.lower()):
        return _begins("initials", word.lower())
    return Q(pk__in=[]) if word.isdigit() else None


def _holders(condition: Q) -> Q:
    """Match the people who hold such a number; they are few, so they are looked up first."""
    holders = list(PersonIdentifier.objects.filter(condition, mistaken=False).values_list("person_id", flat=True))
    kept = survivors_of(holders) if holders else {}
    return Q(pk__in=[kept.get(holder, holder) for holder in holders])


def _begins(column: str, text: str) -> Q:
    """Match the beginning of a column in the way that this database answers from an index."""
    if connection.vendor == "sqlite":
        return Q(**{f"{column}__gte": text, f"{column}__lt": text + LAST})
    return Q(**{f"{column}__startswith": text})


def _named(place: Q, name: str, limit: int) -> list[int]:
    """Return who has the name's beginning, and when they are few, who has it anywhere in the name."""
    found = [*_first(place, _begins("name", name), limit), *_formerly(place, _begins("name", name), limit)]
    if len(found) < limit:
        found = _in_order([*found, *_first(place, Q(name__contains=name), limit)], limit)
    return found


def _formerly(place: Q, condition: Q, limit: int) -> list[int]:
    """Return who went by such a name before; former names are few, so they are looked up first."""
    rows = FormerName.objects.filter(condition).order_by("pk").values_list("person_id", flat=True)[:limit]
    holders = list(rows)
    kept = survivors_of(holders) if holders else {}
    return _first(place, Q(pk__in=[kept.get(one, one) for one in holders]), limit) if holders else []


def _first(place: Q, condition: Q, limit: int) -> list[int]:
    return list(Person.objects.filter(place, condition).exclude(county="").values_list("pk", flat=True)[:limit])


def _in_order(ids: list[int], limit: int) -> list[int]:
    return list(dict.fromkeys(ids))[:limit]
