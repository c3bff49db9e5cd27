"""Reading people: by key, by number, by household and date; nothing here shows a full number."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from django.db.models import Q, QuerySet

from nuanxin.kernel.access.selectors import mask_account, mask_id
from nuanxin.kernel.core import crypto, identifiers
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.models import BankAccount, FormerName, LifeEvent, Person, PersonIdentifier
from nuanxin.kernel.registry.selectors.aliases import aliases_of, survivors_of

CHUNK = 5000
IDENTITY = (
    "citizen_id", "residence_permit", "home_permit", "taiwan_permit", "foreign_resident", "passport",
    "birth_certificate",
)  # fmt: skip
"""Kinds of numbers that say who somebody is, the first the best."""
Item = TypeVar("Item")


@dataclass(frozen=True)
class MaskedNumber:
    """A number as a list may show it; the id opens it through `disclose_identifier` or `disclose_account`."""

    id: int
    kind: str
    label: str
    masked: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    mistaken: bool = False


def person_by_id(person_id: int) -> Person:
    """Return a person with the division, or refuse."""
    person = Person.objects.select_related("division").filter(pk=person_id).first()
    if person is None:
        raise Refused("person.unknown", f"没有编号为 {person_id} 的居民。", "请重新查找。")
    return person


def people_by_ids(ids: Iterable[int]) -> dict[int, Person]:
    """Return people with their divisions by id; ids nobody has are left out."""
    return {
        person.pk: person
        for part in _parts(ids)
        for person in Person.objects.select_related("division").filter(pk__in=part)
    }


def person_ids_of(number: str) -> list[int]:
    """Return who holds or held a number (any kind), the longest known first."""
    blinds = [crypto.blind(plain) for plain in identifiers.number_spellings(number)]
    rows = PersonIdentifier.objects.filter(blind__in=blinds, mistaken=False).order_by("person_id")
    holders = list(rows.values_list("person_id", flat=True).distinct())
    kept = survivors_of(holders) if holders else {}
    return list(dict.fromkeys(kept.get(holder, holder) for holder in holders))


def person_by_identifier(number: str) -> Person | None:
    """Return the one person who holds or held a number; Refused when it stands with several people."""
    holders = person_ids_of(number)
    if len(holders) > 1:
        raise Refused("identifier.shared", f"这个号码登记在 {len(holders)} 个人名下。", "请先核对并订正登记。")
    return person_by_id(holders[0]) if holders else None


def people_by_identifiers(numbers: Iterable[str]) -> dict[str, int]:
    """Return person ids by number as given; unknown numbers are left out, and those that several people hold too."""
    return {number: holders[0] for number, holders in holders_of(numbers).items() if len(holders) == 1}


def shared_identifiers(numbers: Iterable[str]) -> set[str]:
    """Return the numbers that stand with more than one person."""
    return {number for number, holders in holders_of(numbers).items() if len(holders) > 1}


def holders_of(numbers: Iterable[str]) -> dict[str, list[int]]:
    """Return every holder of each number, numbers as given; unknown numbers are left out."""
    given = list(dict.fromkeys(numbers))
    blinds = crypto.blind_many(identifiers.number_spellings(number)[-1] for number in given)
    found: dict[bytes, set[int]] = {}
    for part in _parts(blinds):
        rows = PersonIdentifier.objects.filter(blind__in=part, mistaken=False).values_list("blind", "person_id")
        for blind, person_id in rows.iterator(chunk_size=CHUNK):
            found.setdefault(bytes(blind), set()).add(person_id)
    kept = survivors_of({holder for holders in found.values() for holder in holders})
    found = {blind: {kept.get(holder, holder) for holder in holders} for blind, holders in found.items()}
    return {number: sorted(found[key]) for number, key in zip(given, blinds, strict=True) if key in found}


def _parts(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield the items in lists that fit into one query."""
    rest = iter(items)
    while part := list(islice(rest, CHUNK)):
        yield part


def identifiers_of(person_id: int) -> list[MaskedNumber]:
    """Return a person's numbers, masked, the present ones first."""
    held = [person_id, *aliases_of(person_id)]
    rows = PersonIdentifier.objects.filter(person_id__in=held).order_by("kind", "-valid_to", "-id")
    return [
        MaskedNumber(
            row.pk, row.kind, row.get_kind_display(), mask_id(row.tail), row.valid_from, row.valid_to, row.mistaken
        )
        for row in rows
    ]


def former_names_of(person_id: int) -> QuerySet[FormerName]:
    """Return the names a person went by before, those of absorbed records too, the latest first."""
    return FormerName.objects.filter(person_id__in=[person_id, *aliases_of(person_id)]).order_by("-until", "-id")


def accounts_of(person_id: int, on: dt.date | None = None) -> list[MaskedNumber]:
    """Return a person's bank accounts, masked; only those open on a date when one is given."""
    rows = BankAccount.objects.filter(holder_id__in=[person_id, *aliases_of(person_id)]).order_by("-id")
    if on:
        rows = rows.filter(_open_on(on))
    return [
        MaskedNumber(row.pk, "bank_account", row.bank_code, mask_account(row.tail), row.valid_from, row.valid_to)
        for row in rows
    ]


def account_ids_of(person_ids: Iterable[int], on: dt.date) -> dict[int, int]:
    """Return for each person with an account open on the date the newest one's id."""
    found: dict[int, int] = {}
    for part in _parts(person_ids):
        rows = BankAccount.objects.filter(_open_on(on), holder__in=part).order_by("id")
        found.update({holder: pk for holder, pk in rows.values_list("holder_id", "id") if holder is not None})
    return found


def open_accounts(account_ids: Iterable[int], on: dt.date) -> set[int]:
    """Return those of the accounts that are open on a date and whose holder is not known to be dead."""
    rows = BankAccount.objects.filter(_open_on(on), pk__in=list(account_ids), holder__death__isnull=True)
    return set(rows.values_list("id", flat=True))


def account_holders(account_ids: Iterable[int]) -> dict[int, BankAccount]:
    """Return accounts by id with the person or organisation that holds each."""
    rows = BankAccount.objects.select_related("holder", "organisation").filter(pk__in=list(account_ids))
    return {row.pk: row for row in rows}


def accounts_of_organisations(county: str, names: Iterable[str], on: dt.date) -> dict[str, int]:
    """Return for each organisation of a county, by its name, the newest account open on the date."""
    rows = BankAccount.objects.filter(_open_on(on), organisation__county=county, organisation__name__in=list(names))
    return {name: pk for name, pk in rows.order_by("id").values_list("organisation__name", "id") if name}


def _open_on(on: dt.date) -> Q:
    since = Q(valid_from__isnull=True) | Q(valid_from__lte=on)
    return since & (Q(valid_to__isnull=True) | Q(valid_to__gt=on))


def masked_identifiers(person_ids: Iterable[int]) -> dict[int, str]:
    """Return the present number by which each person is known, masked: the citizen number before permits and others."""
    found: dict[int, tuple[int, str]] = {}
    for part in _parts(person_ids):
        rows = PersonIdentifier.objects.filter(
            person_id__in=part, kind__in=IDENTITY, valid_to__isnull=True, mistaken=False
        )
        for person_id, kind, tail in rows.values_list("person_id", "kind", "tail"):
            best = (IDENTITY.index(kind), tail)
            found[person_id] = min(best, found.get(person_id, best))
    return {person_id: mask_id(tail) for person_id, (_, tail) in found.items()}


def events_of(person_id: int) -> QuerySet[LifeEvent]:
    """Return a person's life events, newest first."""
    return LifeEvent.objects.filter(Q(person_id=person_id) | Q(other_id=person_id)).order_by("-on", "-id")


def deaths_between(county: str, first: dt.date, end: dt.date) -> QuerySet[LifeEvent]:
    """Return the confirmed deaths of a county with a date in `[first, end)`."""
    return LifeEvent.objects.filter(county=county, kind="death", state="confirmed", on__gte=first, on__lt=end)


def deaths_of(person_ids: Iterable[int]) -> dict[int, LifeEvent]:
    """Return the death, reported or confirmed, of those of some people who have one."""
    return {
        event.person_id: event
        for part in _parts(person_ids)
        for event in LifeEvent.objects.filter(kind="death", person_id__in=part, state__in=("reported", "confirmed"))
    }
