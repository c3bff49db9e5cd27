"""What the payment rooms ask of the registry, for thousands of people at once: accounts, deaths, custody, homes."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, F, Max, Min, Q

from nuanxin.kernel.core import crypto
from nuanxin.kernel.core.names import normal_name, visible_line
from nuanxin.kernel.registry.enums import IdentifierKind, Standing
from nuanxin.kernel.registry.models import BankAccount, Circumstance, Household, Membership, Person, PersonIdentifier
from nuanxin.kernel.registry.selectors.chosen import Chosen, among
from nuanxin.kernel.registry.timeline import standing

CHUNK = 5000


@dataclass(frozen=True)
class AccountFaults:
    """The ids of those accounts to which no money may go on a day, by what is wrong with them."""

    closed: frozenset[int]
    shared: frozenset[int]
    of_dead: frozenset[int]


class PaymentAccount(NamedTuple):
    """An account in the clear, for a bank file only: never shown, logged or stored unsealed."""

    id: int
    holder_name: str
    citizen_id: str
    bank_code: str
    number: str


def account_faults(chosen: Chosen, on: dt.date) -> AccountFaults:
    """Return which of the accounts are not open on a day, have a number that several of their holders share, or
    belong to somebody who died."""
    accounts = BankAccount.objects.filter(id__in=among(chosen))
    not_open = Q(valid_from__gt=on) | Q(valid_to__lte=on)
    wrong = accounts.filter(not_open | Q(holder__death__isnull=False))
    looked = list(wrong.values_list("id", "valid_from", "valid_to", "holder__death"))
    numbers = accounts.order_by().values("blind").annotate(
        least=Min("holder_id"), most=Max("holder_id"), held=Count("holder_id"), rows=Count("id")
    )  # fmt: skip
    several = numbers.filter(~Q(least=F("most")) | Q(held__gt=0, rows__gt=F("held")))
    blinds = list(several.values_list("blind", flat=True))  # few, and mostly none
    shared = accounts.filter(blind__in=blinds) if blinds else accounts.none()
    return AccountFaults(
        closed=frozenset(pk for pk, start, end, _ in looked if not (start or on) <= on < (end or dt.date.max)),
        shared=frozenset(shared.values_list("id", flat=True)),
        of_dead=frozenset(pk for pk, *_, death in looked if death is not None),
    )


def account_texts(chosen: Chosen) -> list[tuple[int, str, str]]:
    """Return (account, holder's name, bank code) of the accounts: what a bank file will have to carry of them."""
    rows = BankAccount.objects.filter(id__in=among(chosen))
    listed = rows.values_list("id", "holder__name", "organisation__name", "bank_code")
    return [(pk, _name_at_bank(name, organisation), bank) for pk, name, organisation, bank in listed]


def payment_accounts(chosen: Chosen) -> dict[int, PaymentAccount]:
    """Return the accounts in the clear with their holder's name and number, for writing a bank file."""
    accounts = BankAccount.objects.filter(id__in=among(chosen))
    rows = list(
        accounts.values_list("id", "holder_id", "holder__name", "organisation__name", "bank_code", "cipher", "key_id")
    )
    numbers = _decrypted([(cipher, key_id) for *_, cipher, key_id in rows])
    citizens = citizen_ids({holder for _, holder, *_ in rows if holder is not None})
    return {
        pk: PaymentAccount(pk, _name_at_bank(name, organisation), citizens.get(holder or 0, ""), bank, number)
        for (pk, holder, name, organisation, bank, *_), number in zip(rows, numbers, strict=True)
    }


def _name_at_bank(person: str | None, organisation: str | None) -> str:
    """Return a holder's name as every bank file states it; an organisation's keeps its brackets."""
    return normal_name(person) if person else visible_line(organisation or "")


def _decrypted(sealed: list[tuple[bytes | memoryview, str]]) -> list[str]:
    """Return the texts in order, one call per key."""
    keys = sorted({key for _, key in sealed})
    if len(keys) == 1:  # unless a key was changed of late
        return crypto.decrypt_many([cipher for cipher, _ in sealed], keys[0])
    texts: dict[int, str] = {}
    for key_id in keys:
        places = [place for place, (_, key) in enumerate(sealed) if key == key_id]
        texts.update(zip(places, crypto.decrypt_many([sealed[place][0] for place in places], key_id), strict=True))
    return [texts[place] for place in range(len(sealed))]


def citizen_ids(chosen: Chosen) -> dict[int, str]:
    """Return the present citizen number of each person, in the clear, for writing a bank file."""
    present = PersonIdentifier.objects.filter(kind=IdentifierKind.CITIZEN_ID, valid_to__isnull=True)
    rows = list(present.filter(person_id__in=among(chosen)).values_list("person_id", "cipher", "key_id"))
    numbers = _decrypted([(cipher, key_id) for _, cipher, key_id in rows])
    return {person: number for (person, *_), number in zip(rows, numbers, strict=True)}


def accounts_by_numbers(numbers: Iterable[str]) -> dict[tuple[int, str], int]:
    """Return the account ids by (holder, number) of the numbers that the registry holds, the newest where several."""
    given = list(dict.fromkeys(numbers))
    blinds = crypto.blind_many(given)
    plain = dict(zip(blinds, given, strict=True))
    found: dict[tuple[int, str], int] = {}
    for start in range(0, len(blinds), CHUNK):
        part = blinds[start : start + CHUNK]
        rows = BankAccount.objects.filter(blind__in=part, valid_to__isnull=True, holder__isnull=False).order_by("id")
        for pk, holder, blind in rows.values_list("id", "holder_id", "blind"):
            found[holder or 0, plain[bytes(blind)]] = pk
    return found


def deaths_of(chosen: Chosen) -> dict[int, dt.date]:
    """Return the confirmed dates of death of those of the chosen people who died."""
    rows = Person.objects.filter(id__in=among(chosen), death__isnull=False).values_list("id", "death")
    return {pk: death for pk, death in rows if death is not None}


def people_with(chosen: Chosen, kind: str, on: dt.date) -> set[int]:
    """Return those of the people who have a verified circumstance of a kind on a date."""
    rows = Circumstance.objects.filter(standing(on), kind=kind, standing=Standing.VERIFIED)
    found = rows.filter(person_id__in=among(chosen)).values_list("person_id", flat=True)
    return {person for person in found if person is not None}


def homes_of(chosen: Chosen) -> dict[int, str]:
    """Return the division each person lives in."""
    return dict(Person.objects.filter(id__in=among(chosen)).values_list("id", "division_id"))


def homes_of_households(chosen: Chosen) -> dict[int, str]:
    """Return the division of each household."""
    return dict(Household.objects.filter(id__in=among(chosen)).values_list("id", "division_id"))


def households_of(chosen: Chosen, on: dt.date) -> dict[int, int]:
    """Return the household each person belongs to on a date."""
    rows = Membership.objects.filter(standing(on), person_id__in=among(chosen))
    return dict(rows.values_list("person_id", "household_id"))
