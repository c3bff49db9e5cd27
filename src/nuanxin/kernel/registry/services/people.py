"""Registering people and their numbers, one at a time at the counter."""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import log_disclosure
from nuanxin.kernel.core import clock, crypto, identifiers
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.names import checked_name
from nuanxin.kernel.registry.enums import IdentifierKind
from nuanxin.kernel.registry.events import PayeeKind, PayeeNotice, run_payee_handlers
from nuanxin.kernel.registry.initials import initials_of
from nuanxin.kernel.registry.models import BankAccount, Person, PersonIdentifier
from nuanxin.kernel.registry.selectors import divisions
from nuanxin.kernel.registry.services.history import record_item
from nuanxin.kernel.registry.services.identities import change_identifier


@transaction.atomic
def register_person(
    *,
    change: Change,
    division: str,
    name: str,
    sex: int,
    birth: dt.date | None,
    citizen_id: str = "",
    phone: str = "",
    hukou_county: str | None = None,
    ethnic: str = "01",
    numbers: Mapping[str, str] = MappingProxyType({}),
    unnumbered: str = "",
    birth_estimated: bool = False,
) -> Person:
    """Add a person living in a village; an empty `hukou_county` means a household register elsewhere, None means here.

    `numbers` are further ones by kind; `unnumbered` says why there is none. Refused on an impossible date, a faulty
    name or number, or a number that somebody already holds.
    """
    place = divisions.standing_division(division)
    county = place.path.split(".")[2] if place.path.count(".") >= 2 else ""
    name = checked_name(name)
    _check_person(birth, county)
    person = Person.objects.create(
        county=county,
        division=place,
        name=name,
        initials=initials_of(name),
        sex=sex,
        birth=birth,
        hukou_county=county if hukou_county is None else hukou_county,
        ethnic=ethnic,
        unnumbered=unnumbered,
        birth_estimated=birth_estimated,
        change=change,
    )
    given = {IdentifierKind.CITIZEN_ID.value: citizen_id, **numbers, IdentifierKind.PHONE.value: phone}
    for kind, number in given.items():
        if number:
            change_identifier(change=change, person_id=person.pk, kind=kind, number=number)
    record_item(change=change, record=person, action="create", before={}, after={"name": "", "division": division})
    return person


def _check_person(birth: dt.date | None, county: str) -> None:
    if not county:
        raise Refused("person.division", "居住地应为村、社区或乡镇。", "请选择村或社区。")
    check_birth(birth)


def check_birth(birth: dt.date | None) -> None:
    """Refuse a date of birth after today, or so far back that nobody can be alive; None is not known."""
    if birth and (faults := identifiers.birth_faults(birth, clock.today())):
        raise Refused("person.birth", faults[0], "请核对出生日期。")


@transaction.atomic
def add_account(
    *,
    change: Change,
    county: str,
    bank_code: str,
    number: str,
    holder_id: int | None = None,
    organisation_id: int | None = None,
    valid_from: dt.date | None = None,
) -> BankAccount:
    """Add an account or passbook of a person or an organisation; Refused unless there is exactly one holder."""
    if (holder_id is None) == (organisation_id is None):
        raise Refused("account.holder", "账户须属于一个人或一个单位。", "请选择账户的持有人。")
    plain = identifiers.normalise_citizen_id(number)
    if not (plain.isascii() and plain.isdigit()) or not 8 <= len(plain) <= 30:
        raise Refused("account.number", "银行账号应为8至30位数字。", "请对照存折或银行卡重填。")
    cipher, key_id = crypto.encrypt(plain)
    return BankAccount.objects.create(
        county=county,
        holder_id=holder_id,
        organisation_id=organisation_id,
        bank_code=bank_code,
        cipher=cipher,
        key_id=key_id,
        blind=crypto.blind(plain),
        tail=plain[-4:],
        valid_from=valid_from,
        change=change,
    )


@transaction.atomic
def end_account(*, change: Change, account_id: int, on: dt.date) -> None:
    """End an account: no money goes to it from that date on; who is paid there is asked about at once."""
    account = BankAccount.objects.select_for_update().filter(pk=account_id).first()
    if account is None:
        raise Refused("account.unknown", "没有这个账户。", "请刷新页面后重选。")
    record_item(
        change=change, record=account, action="end", before={"valid_to": account.valid_to}, after={"valid_to": on}
    )
    account.valid_to = on
    account.save(update_fields=["valid_to"])
    run_payee_handlers(PayeeNotice(PayeeKind.ACCOUNT, change, on, person_id=account.holder_id, account_id=account.pk))


def disclose_identifier(*, account: Account, identifier_id: int, purpose: str) -> str:
    """Return a full number after logging who looked and why; Refused without permission or purpose, or out of area."""
    row = PersonIdentifier.objects.select_related("person__division").filter(pk=identifier_id).first()
    visible = Person.objects.filter(divisions.people_in_area(account.area))
    if row is None or not visible.filter(pk=row.person_id).exists():
        raise Refused("identifier.unknown", "没有这个号码，或不在您的数据范围内。", "请从居民页面重新打开。")
    log_disclosure(account=account, person_id=row.person_id, what=row.kind, purpose=purpose)
    return crypto.decrypt(row.cipher, row.key_id)


def disclose_account(*, account: Account, account_id: int, purpose: str) -> str:
    """Return a full account number after logging who looked and why; Refused as `disclose_identifier`."""
    row = BankAccount.objects.select_related("holder").filter(pk=account_id).first()
    visible = Person.objects.filter(divisions.people_in_area(account.area))
    if row is None or row.holder_id is None or not visible.filter(pk=row.holder_id).exists():
        raise Refused("account.unknown", "没有这个账户，或不在您的数据范围内。", "请从居民页面重新打开。")
    log_disclosure(account=account, person_id=row.holder_id, what="bank_account", purpose=purpose)
    return crypto.decrypt(row.cipher, row.key_id)
