"""What a load asks of the registry for hundreds of thousands at once: who holds a number, what is known of them."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from nuanxin.kernel.core import crypto
from nuanxin.kernel.core.names import normal_number
from nuanxin.kernel.registry.enums import IdentifierKind
from nuanxin.kernel.registry.models import (
    BankAccount,
    Circumstance,
    Division,
    Facility,
    Household,
    Membership,
    Organisation,
    Person,
    PersonIdentifier,
    Relation,
)
from nuanxin.kernel.registry.selectors.aliases import survivors_of
from nuanxin.kernel.registry.selectors.chosen import among
from nuanxin.kernel.registry.timeline import standing

CHUNK = 5000
Row = tuple[Any, ...]
KINDS = {"C": (IdentifierKind.CITIZEN_ID,), "W": (IdentifierKind.OWN_NUMBER,)}
OTHERS = (
    IdentifierKind.RESIDENCE_PERMIT,
    IdentifierKind.FOREIGN_RESIDENT,
    IdentifierKind.PASSPORT,
    IdentifierKind.BIRTH_CERTIFICATE,
)


def own_number(county: str, number: str) -> str:
    """Return the bureau's own number of a person as it is stored: no other county's, no other kind of number."""
    return normal_number(f"W:{county}:{number}")


def holders_of_keys(county: str, keys: Sequence[str]) -> list[tuple[str, int]]:
    """Return (key, person) for keys that say the kind of number: C identity number, O other paper, W own number.

    Absorbed records are told as the record they go by. Nothing is computed for an empty registry.
    """
    if not keys or not PersonIdentifier.objects.exists():
        return []
    found: list[tuple[str, int]] = []
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        plain = [own_number(county, key[1:]) if key[0] == "W" else key[1:] for key in part]
        blinds = dict(zip(crypto.blind_many(plain), part, strict=True))
        rows = PersonIdentifier.objects.filter(blind__in=list(blinds)).values_list("blind", "kind", "person_id")
        for blind, kind, person in rows.iterator(chunk_size=CHUNK):
            key = blinds[bytes(blind)]
            if kind in KINDS.get(key[0], OTHERS):
                found.append((key, person))
    kept = survivors_of({person for _, person in found})
    return sorted({(key, kept.get(person, person)) for key, person in found})


def person_cards(ids: Sequence[int]) -> Iterator[Row]:
    """Yield id, name, sex, birth, death, division, county of people."""
    columns = ("id", "name", "sex", "birth", "death", "division_id", "county")
    if ids:
        yield from Person.objects.filter(id__in=among(ids)).values_list(*columns).iterator(chunk_size=CHUNK)


def households_by_number(county: str, numbers: Iterable[str]) -> Iterator[Row]:
    """Yield the bureau's own number, id, division and address of open households."""
    wanted = set(numbers)
    rows = Household.objects.filter(county=county, closed__isnull=True).exclude(number="")
    for row in rows.values_list("number", "id", "division_id", "address").iterator(chunk_size=CHUNK):
        if row[0] in wanted:
            yield row


def memberships_now(ids: Sequence[int]) -> Iterator[Row]:
    """Yield person, household, role, counted, start and end of the memberships of people as known now."""
    columns = ("person_id", "household_id", "role", "counted", "valid_from", "valid_to")
    if ids and Membership.objects.exists():
        rows = Membership.objects.filter(superseded_at__isnull=True, person_id__in=among(ids))
        yield from rows.values_list(*columns).iterator(chunk_size=CHUNK)


def counted_members(households: Sequence[int], on: dt.date) -> Iterator[Row]:
    """Yield household, person and role of the counted members on a day."""
    if households:
        rows = Membership.objects.filter(standing(on), household_id__in=among(households), counted=True)
        yield from rows.values_list("household_id", "person_id", "role")


def circumstances_now(persons: Sequence[int], households: Sequence[int]) -> Iterator[Row]:
    """Yield person, household, kind, standing, start, end, fen, level and code of what is known now."""
    columns = (
        "person_id", "household_id", "kind", "standing", "valid_from", "valid_to", "amount_fen", "level", "code",
    )  # fmt: skip
    if not Circumstance.objects.exists():
        return
    for field, ids in (("person_id__in", persons), ("household_id__in", households)):
        if ids:
            rows = Circumstance.objects.filter(superseded_at__isnull=True, **{field: among(ids)})
            yield from rows.values_list(*columns).iterator(chunk_size=CHUNK)


def relations_now(ids: Sequence[int]) -> Iterator[Row]:
    """Yield person, other, kind of the relations that stand without an end."""
    if ids and Relation.objects.exists():
        rows = Relation.objects.filter(superseded_at__isnull=True, valid_to__isnull=True, person_id__in=among(ids))
        yield from rows.values_list("person_id", "other_id", "kind").iterator(chunk_size=CHUNK)


def account_holders(numbers: Sequence[str]) -> Iterator[Row]:
    """Yield number, account, holder and organisation of open accounts by their plain numbers."""
    if not BankAccount.objects.exists():
        return
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start : start + CHUNK]
        plain = dict(zip(crypto.blind_many(part), part, strict=True))
        rows = BankAccount.objects.filter(blind__in=list(plain), valid_to__isnull=True).order_by("id")
        for blind, pk, holder, organisation in rows.values_list("blind", "id", "holder_id", "organisation_id"):
            yield plain[bytes(blind)], pk, holder, organisation


def organisations_by_uscc(codes: Sequence[str]) -> Iterator[Row]:
    """Yield credit code, id, name and kind of organisations."""
    for start in range(0, len(codes), CHUNK):
        rows = Organisation.objects.filter(uscc__in=codes[start : start + CHUNK])
        yield from rows.values_list("uscc", "id", "name", "kind")


def facilities_in(county: str) -> Iterator[Row]:
    """Yield division, name, id and kind of a county's facilities."""
    yield from Facility.objects.filter(county=county).values_list("division_id", "name", "id", "kind")


def division_rows_of(county: str) -> list[Row]:
    """Return code, name and level of the divisions of a county that stand, from the townships down."""
    rows = Division.objects.filter(code__startswith=county, valid_to__isnull=True).exclude(code=county)
    return list(rows.values_list("code", "name", "level"))


def anybody() -> bool:
    """Tell whether anybody at all is registered."""
    return Person.objects.exists()
