"""Numbers of a person: given, changed, ended, and set aside where they were registered by mistake."""

import datetime as dt
from collections.abc import Callable

from django.db import transaction

from nuanxin.kernel.core import clock, crypto, identifiers
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.enums import ATTACHED, IdentifierKind
from nuanxin.kernel.registry.models import Person, PersonIdentifier
from nuanxin.kernel.registry.selectors.people import person_by_id, person_ids_of
from nuanxin.kernel.registry.selectors.stated import normalise_number
from nuanxin.kernel.registry.services.history import record_item
from nuanxin.kernel.registry.services.households import lock_person

CHECKS: dict[str, Callable[[str], list[str]]] = {
    IdentifierKind.CITIZEN_ID: lambda number: identifiers.check_citizen_id(number, clock.today()),
    IdentifierKind.RESIDENCE_PERMIT: lambda number: identifiers.check_residence_permit(number, clock.today()),
    IdentifierKind.FOREIGN_RESIDENT: lambda number: identifiers.check_foreign_card(number, clock.today()),
    IdentifierKind.HOME_PERMIT: identifiers.check_home_permit,
    IdentifierKind.TAIWAN_PERMIT: identifiers.check_taiwan_permit,
    IdentifierKind.PASSPORT: identifiers.check_passport,
    IdentifierKind.BIRTH_CERTIFICATE: identifiers.check_birth_certificate,
    IdentifierKind.PHONE: identifiers.check_phone,
}
"""How each kind is checked; a disability card besides by the holder's own number."""


@transaction.atomic
def change_identifier(
    *, change: Change, person_id: int, kind: str, number: str, valid_from: dt.date | None = None
) -> PersonIdentifier:
    """Give a person a number; the one of the same kind held so far ends on `valid_from` (today when None).

    Refused when the number has faults or, except for phones, when another person holds it.
    """
    person = person_by_id(person_id)
    kind, number = _kind(kind), normalise_number(kind, number)
    _check_number(person_id, kind, number)
    since = valid_from or clock.today()
    held = PersonIdentifier.objects.filter(person_id=person_id, kind=kind, valid_to__isnull=True, mistaken=False)
    first = not held.exists()
    held.update(valid_to=since)
    if person.unnumbered and kind not in ATTACHED:
        Person.objects.filter(pk=person_id).update(unnumbered="")
    cipher, key_id = crypto.encrypt(number)
    return PersonIdentifier.objects.create(
        person_id=person_id,
        kind=kind,
        cipher=cipher,
        key_id=key_id,
        blind=crypto.blind(number),
        tail=number[-4:],
        valid_from=valid_from if first else since,
        change=change,
    )


def _kind(kind: str) -> IdentifierKind:
    if kind not in IdentifierKind.values or kind == IdentifierKind.NONE:
        raise Refused("identifier.kind", "还没有选证件种类。", "请选择后再提交。", "kind")
    return IdentifierKind(kind)


def _check_number(person_id: int, kind: IdentifierKind, number: str) -> None:
    if not number:
        raise Refused("identifier.empty", "号码不能为空。", "请填写号码，或选择“无身份证件”。", "number")
    faults = CHECKS[kind](number) if kind in CHECKS else _card_faults(person_id, kind, number)
    if faults:
        raise Refused("identifier.faulty", faults[0], "请核对证件后重填。", "number")
    others = [holder for holder in person_ids_of(number) if holder != person_id]
    if kind != IdentifierKind.PHONE and others:
        raise Refused(
            "identifier.taken", f"这个{kind.label}已登记在另一人名下。", "请先核对是否同一个人，再办理。", "number"
        )


def _card_faults(person_id: int, kind: IdentifierKind, number: str) -> list[str]:
    """Return the faults of a disability card: its first eighteen are its holder's own number."""
    if kind != IdentifierKind.DISABILITY_CARD:
        return []
    own = current_number(person_id, IdentifierKind.CITIZEN_ID)
    return identifiers.check_disability_card(number, own or number[:18])


def current_number(person_id: int, kind: str) -> str:
    """Return the present number of a kind in plain, for a check inside the house; empty when there is none."""
    rows = PersonIdentifier.objects.filter(person_id=person_id, kind=kind, valid_to__isnull=True, mistaken=False)
    row = rows.order_by("-id").first()
    return crypto.decrypt(row.cipher, row.key_id) if row else ""


@transaction.atomic
def end_identifier(
    *, change: Change, person_id: int, identifier_id: int, on: dt.date, mistaken: bool = False
) -> PersonIdentifier:
    """End a number from a day on; one registered by `mistaken` hand finds and blocks nobody any more.

    Refused for a number of another person, or one that has ended already.
    """
    lock_person(person_id)
    row = PersonIdentifier.objects.filter(pk=identifier_id, person_id=person_id).first()
    if row is None or row.mistaken or (row.valid_to is not None and not mistaken):
        raise Refused("identifier.ended", "没有这个号码，或已经停用。", "请刷新页面后重选。")
    if row.valid_from is not None and on < row.valid_from:
        raise Refused("identifier.date", f"停用日期 {on} 早于启用日期 {row.valid_from}。", "请核对日期。", "on")
    before = {"valid_to": row.valid_to, "mistaken": row.mistaken}
    row.valid_to, row.mistaken = row.valid_to or on, mistaken
    record_item(
        change=change,
        record=row.person,
        action="number",
        before={"kind": row.kind, **before},
        after={"kind": row.kind, "valid_to": row.valid_to, "mistaken": mistaken},
    )
    row.save(update_fields=["valid_to", "mistaken"])
    return row
