"""Reading the records of any register: filtered list, one record, its history."""

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter, area_level, county_of, may
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core.changes import items_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import add_months, parse_month
from nuanxin.kernel.registry.register import Column, Register, RegisterSpec, all_registers
from nuanxin.kernel.registry.selectors.people import people_by_ids, person_ids_of
from nuanxin.kernel.registry.values import in_words


@dataclass(frozen=True)
class FieldChange:
    """One column's old and new value, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class HistoryEntry:
    """What one change did to a record, who made it and why."""

    change: Change
    action: str
    fields: list[FieldChange]


def visible_registers(account: Account) -> list[RegisterSpec]:
    """Return the registers an account may read: its permission, and its lines of business when it has any."""
    lines = account.lines.split()
    if not may(account, "registers.read"):
        return []
    return [spec for spec in all_registers() if not lines or spec.declared.line in lines]


def _require(spec: RegisterSpec, account: Account) -> None:
    require(account, "registers.read")
    if spec not in visible_registers(account):
        raise Refused("access.line", f"“{spec.title}”不属于您的业务条线。", "如工作需要，请联系本单位的账号管理员。")


def query_register(spec: RegisterSpec, account: Account, filters: dict[str, str]) -> QuerySet[Register]:
    """Return a register's records in the account's area, the newest first, with people and divisions at hand.

    `filters` are texts as an address carries them: `text` (part of a name or a full number), `township`, `month_from`
    and `month_to` (2024-03, booked, both included), `state`, and any declared filter column. Unknown ones are ignored.
    """
    _require(spec, account)
    joined = [column.name for column in spec.columns.values() if column.kind == "division"]
    joined += [f"{column.name}__division" for column in spec.columns.values() if column.kind == "person"]
    rows = spec.model._default_manager.filter(_within(account)).select_related(*joined)
    if township := filters.get("township"):
        rows = rows.filter(township=township)
    if month := filters.get("month_from"):
        rows = rows.filter(booked_month__gte=parse_month(month))
    if month := filters.get("month_to"):
        rows = rows.filter(booked_month__lt=add_months(parse_month(month), 1))
    for column in [*spec.filter_columns, spec.columns["state"]]:
        if value := filters.get(column.name):
            rows = rows.filter(**{column.name: _typed(column, value)})
    if text := filters.get("text", "").strip():
        rows = rows.filter(_text_matches(spec, text))
    return rows.order_by(f"-{spec.declared.date_column}", "-id")


def _within(account: Account) -> Q:
    """Return the condition that a record lies in the account's area, by its own columns where they tell it.

    A county's and a township's list then comes off the index newest first, instead of being sorted whole.
    """
    level, county = area_level(account), county_of(account)
    if level == "county":
        return Q(county=county)
    if level == "township":
        return Q(county=county, township=account.area.rpartition(".")[2])
    return area_filter(account)


def _typed(column: Column, text: str) -> Any:
    return text in ("true", "是", "1", "on") if column.kind == "yes_no" else text


def _text_matches(spec: RegisterSpec, text: str) -> Q:
    """Match the declared search columns (people by name), or the people who hold the text as a number."""
    found = Q(pk__in=[])
    for name in spec.declared.search_columns:
        column = spec.columns[name.partition("__")[0]]
        found |= Q(**{f"{name}__name__contains" if column.kind == "person" else f"{name}__contains": text})
    if len(text) >= 8 and text[:6].isdigit():
        holders = person_ids_of(text)
        for column in spec.person_columns:
            found |= Q(**{f"{column.name}__in": holders})
    return found


def record_of(spec: RegisterSpec, account: Account, record_id: int) -> Register:
    """Return one record in the account's area, or refuse."""
    record = query_register(spec, account, {}).filter(pk=record_id).first()
    if record is None:
        raise Refused("record.unknown", "没有这条记录，或不在您的数据范围内。", "请从台账列表重新打开。")
    return record


def record_words(spec: RegisterSpec, record: Register, columns: list[Column] | None = None) -> list[tuple[Column, str]]:
    """Return a record's columns (all when None) with their values in words; people by name."""
    shown = columns if columns is not None else list(spec.columns.values())
    return [(column, _words(column, getattr(record, column.name))) for column in shown]


def _words(column: Column, value: Any) -> str:
    if column.kind in ("person", "division"):
        return value.name if value else ""
    return in_words(column, value)


def history_of(spec: RegisterSpec, record_id: int) -> list[HistoryEntry]:
    """Return every change of a record, the oldest first; a record of a bulk load has the load's own change."""
    listed = list(items_of(table=spec.model._meta.db_table, record_id=record_id).order_by("id"))
    entries = [HistoryEntry(item.change, item.action, _fields(spec, json.loads(item.diff))) for item in listed]
    if not entries:
        record = spec.model._default_manager.select_related("change").filter(pk=record_id).first()
        entries = [HistoryEntry(record.change, "create", [])] if record else []
    return entries


def _fields(spec: RegisterSpec, diff: dict[str, list[Any]]) -> list[FieldChange]:
    """Return a diff in words; people are named as they are called today."""
    ids = [v for name, pair in diff.items() for v in pair if v and _kind(spec, name) == "person"]
    names = {person.pk: person.name for person in people_by_ids(ids).values()} if ids else {}

    def words(name: str, value: Any) -> str:
        column = spec.columns.get(name)
        if column is None or value is None:
            return "" if value is None else str(value)
        return names.get(value, str(value)) if column.kind == "person" else in_words(column, value)

    return [
        FieldChange(spec.columns[name].label if name in spec.columns else name, words(name, old), words(name, new))
        for name, (old, new) in diff.items()
    ]


def _kind(spec: RegisterSpec, name: str) -> str:
    return spec.columns[name].kind if name in spec.columns else ""
