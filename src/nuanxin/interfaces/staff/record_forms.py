"""The form of one record of a register: its fields as they stand, and the values that were typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from nuanxin.interfaces.staff.sight import name_for, person_name, sees_means
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.register import STATED, Column, Register, RegisterSpec
from nuanxin.kernel.registry.selectors.registers import record_words
from nuanxin.kernel.registry.values import parse

NOBODY = ("无", "-")


@dataclass
class FormField:
    """A column as a form shows it; `stands` is what a field left empty keeps, in words."""

    column: Column
    value: str
    stands: str = ""
    fault: str = ""

    @property
    def required(self) -> bool:
        """Return whether the field must be filled: what stands may be left as it is."""
        return self.column.required and not self.stands


def new_fields(spec: RegisterSpec, data: Mapping[str, str]) -> list[FormField]:
    """Return the fields of a new record, filled as they were sent."""
    return [FormField(column, str(data.get(column.name, ""))) for column in spec.asked_columns]


def correction_fields(spec: RegisterSpec, record: Register, account: Any, data: Mapping[str, str]) -> list[FormField]:
    """Return the fields of a correction, filled with what stands; people and what is masked are left empty."""
    words = {column.name: text for column, text in record_words(spec, record)}
    fields = []
    for column in spec.asked_columns:
        stands = _stands(spec, column, record, words, account)
        written = "" if stands or column.name.endswith(STATED) else _as_typed(column, record, words[column.name])
        fields.append(FormField(column, str(data.get(column.name, written)), stands))
    return fields


def _stands(spec: RegisterSpec, column: Column, record: Register, words: Mapping[str, str], account: Any) -> str:
    """Return how a person, or a text the account sees masked only, is shown beside its empty field."""
    text = words.get(column.name, "")
    if column.kind == "person":
        key = getattr(record, f"{column.name}_id")
        masked = registry.masked_identifiers([key]).get(key, "") if key else ""
        return f"{person_name(account, getattr(record, column.name))} {masked}".strip()
    if column.name in spec.declared.private_columns and not sees_means(account):
        return name_for(account, text)
    return ""


def _as_typed(column: Column, record: Register, words: str) -> str:
    """Return a value as it would be typed: choices by their code, divisions by theirs."""
    value = getattr(record, f"{column.name}_id" if column.kind == "division" else column.name)
    return str(value or "") if column.kind in ("choice", "division") else words


def typed_values(fields: list[FormField]) -> dict[str, Any]:
    """Return the values of the fields without those that keep what stands; faults are put beside their field."""
    values: dict[str, Any] = {}
    for field in fields:
        plain = field.value.strip()
        if field.stands and not plain:
            continue
        try:
            values[field.column.name] = _value(field.column, plain)
        except Refused as error:
            field.fault = f"{error.message}{error.todo}"
    return values


def _value(column: Column, plain: str) -> Any:
    if column.kind == "person" and plain in NOBODY and not column.required:
        return None
    value = parse(column, plain, clock.today())
    return _person_id(value) if column.kind == "person" and value else value


def _person_id(number: str) -> int:
    """Return whose number it is; people are found by their identity number."""
    person = registry.person_by_identifier(number)
    if person is None:
        raise Refused("identifier.nobody", _("这个号码不在居民档案里。"), _("请核对号码，或先登记这个人。"))
    return int(person.pk)
