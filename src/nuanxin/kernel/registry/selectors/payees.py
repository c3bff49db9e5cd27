"""Which accounts a benefit's rule lets its money go to, for a person and household on a day."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.db.models import Q

from nuanxin.kernel.access.selectors import mask_account
from nuanxin.kernel.registry.enums import MemberRole, PayeeRule, RelationKind
from nuanxin.kernel.registry.models import BankAccount
from nuanxin.kernel.registry.selectors.aliases import aliases_of
from nuanxin.kernel.registry.selectors.households import household_of, members_of, relations_of
from nuanxin.kernel.registry.selectors.people import person_by_id

PARLOUR_WORD = "殡仪"


class PayeeAccount(NamedTuple):
    """An account that fits, by which part of the rule, and who holds it; the number is masked."""

    id: int
    rule: str
    holder_id: int | None
    holder_name: str
    bank_code: str
    masked: str


def payee_accounts(
    rules: Sequence[str], *, person_id: int | None, household_id: int | None, county: str, on: dt.date
) -> list[PayeeAccount]:
    """Return the accounts open on a day that fit a benefit's rule, in the order of the rule, each once.

    A person entitled to receive for another (代领人) fits wherever the person's own account does. Accounts of people
    known to be dead fit nowhere.
    """
    found: dict[int, PayeeAccount] = {}
    for rule in rules:
        for row in _accounts(PayeeRule(rule), person_id, household_id, county, on):
            holder = row.holder.name if row.holder else row.organisation.name if row.organisation else ""
            account = PayeeAccount(row.pk, rule, row.holder_id, holder, row.bank_code, mask_account(row.tail))
            found.setdefault(row.pk, account)
    return list(found.values())


def single_account(accounts: Sequence[PayeeAccount]) -> int | None:
    """Return the one account of the first part of the rule that any fits; None where there is none or a choice."""
    first = [one.id for one in accounts if one.rule == accounts[0].rule]
    return first[0] if len(first) == 1 else None


def _accounts(
    rule: PayeeRule, person_id: int | None, household_id: int | None, county: str, on: dt.date
) -> Iterable[BankAccount]:
    rows = BankAccount.objects.filter(_open_on(on)).select_related("holder", "organisation").order_by("-id")
    if rule in (PayeeRule.INSTITUTION, PayeeRule.PARLOUR, PayeeRule.ORGANISATION):
        places = rows.filter(organisation__county=county)
        parlour = Q(organisation__kind__contains=PARLOUR_WORD) | Q(organisation__kind="parlour")
        return {PayeeRule.PARLOUR: places.filter(parlour), PayeeRule.INSTITUTION: places.exclude(parlour)}.get(
            rule, places
        )
    people = sorted(set(_people(rule, person_id, household_id, on)))
    return rows.filter(holder__in=people, holder__death__isnull=True) if people else []


def _people(rule: PayeeRule, person_id: int | None, household_id: int | None, on: dt.date) -> Iterator[int]:
    if rule == PayeeRule.HEAD:
        home = household_id or _home(person_id, on)
        members = members_of(home, on) if home else []
        yield from (one.person_id for one in members if one.role == MemberRole.HEAD)
    elif person_id is not None:
        yield from {
            PayeeRule.OWN: _own,
            PayeeRule.GUARDIAN: _guardians,
            PayeeRule.CARER: lambda person, day: _related(person, day, RelationKind.CARER),
            PayeeRule.HANDLER: _relatives,
        }[rule](person_id, on)


def _home(person_id: int | None, on: dt.date) -> int | None:
    home = household_of(person_id, on) if person_id is not None else None
    return home.pk if home else None


def _own(person_id: int, on: dt.date) -> Iterator[int]:
    yield person_id
    yield from aliases_of(person_id)
    yield from _related(person_id, on, RelationKind.PAYEE)


def _related(person_id: int, on: dt.date, *kinds: str) -> Iterator[int]:
    yield from (one.other_id for one in relations_of(person_id, on) if one.kind in kinds)


def _guardians(person_id: int, on: dt.date) -> Iterator[int]:
    """Yield the registered guardians; where there is none, the parents (民法典 第二十七条、第二十八条)."""
    yield from list(_related(person_id, on, RelationKind.GUARDIAN)) or list(
        _related(person_id, on, RelationKind.PARENT)
    )
    yield from _related(person_id, on, RelationKind.PAYEE)


def _relatives(person_id: int, on: dt.date) -> Iterator[int]:
    """Yield the members of the person's household and who is related to the person, the dead person's too."""
    person = person_by_id(person_id)
    day = person.death if person.death is not None and person.death < on else on
    home = _home(person_id, day) or _home(person_id, day - dt.timedelta(days=1))
    yield from (one.person_id for one in (members_of(home, on) if home else []) if one.person_id != person_id)
    yield from (one.other_id for one in relations_of(person_id, day))


def _open_on(on: dt.date) -> Q:
    since = Q(valid_from__isnull=True) | Q(valid_from__lte=on)
    return since & (Q(valid_to__isnull=True) | Q(valid_to__gt=on))
