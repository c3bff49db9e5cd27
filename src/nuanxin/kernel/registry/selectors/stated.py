"""What a number says of itself: its one form by kind, and the birth and sex that some kinds state."""

import datetime as dt

from nuanxin.kernel.core import identifiers
from nuanxin.kernel.registry.enums import IdentifierKind, Sex

TELLING = (IdentifierKind.CITIZEN_ID, IdentifierKind.RESIDENCE_PERMIT)
"""Kinds whose number states the day of birth and the sex."""


def normalise_number(kind: str, number: str) -> str:
    """Return a number as it is stored: in its one form, an old 15-digit citizen number in its new form."""
    plain = identifiers.normalise_citizen_id(number)
    if kind == IdentifierKind.CITIZEN_ID and len(plain) == 15 and plain.isdigit():
        return identifiers.upgrade_citizen_id(plain)
    return plain


def stated_by(kind: str, number: str) -> tuple[dt.date, int] | None:
    """Return the birth and the sex that a number in its one form states; None for a kind that states neither."""
    told = kind in TELLING or (kind == IdentifierKind.FOREIGN_RESIDENT and len(number) == 18)
    birth = identifiers.citizen_birth(number) if told and len(number) == 18 and number[:17].isdigit() else None
    if birth is None:
        return None
    return birth, int(Sex.MALE if identifiers.citizen_is_male(number) else Sex.FEMALE)
