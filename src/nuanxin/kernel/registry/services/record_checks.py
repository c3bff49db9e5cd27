"""Checking records of a register: places, names beside numbers, what cannot be true, what stands twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import masked_name, sees_path
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.names import normal_name
from nuanxin.kernel.registry.models import Division, Person
from nuanxin.kernel.registry.register import STATED, VOID, Register, RegisterSpec
from nuanxin.kernel.registry.selectors.divisions import township_of
from nuanxin.kernel.registry.selectors.people import people_by_ids
from nuanxin.kernel.registry.timeline import CHUNK

Values = dict[str, Any]
AGAIN = "请核对后重填。"


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one row: its number as the person sees it, the column's label, and what to do.

    A `question` may be answered with a reason instead of a correction; `person_id` is whose page helps.
    """

    row: int
    column: str
    message: str
    todo: str = ""
    question: bool = False
    person_id: int | None = None


def build_records(
    *,
    spec: RegisterSpec,
    rows: Sequence[Values],
    numbers: Sequence[int],
    account: Account | None,
    same_as: Register | None = None,
) -> tuple[list[Register], list[RowFault]]:
    """Return the rows as records, placed and booked, and every fault found; `numbers` are the rows' own numbers.

    Records of faulty rows are left out. With an account, places outside its area are faults; `same_as` is the record
    that the one row corrects where no life event follows from what is corrected: it keeps its id, state and booked
    month, and what speaks against new records is not asked.
    """
    people, places = _looked_up(spec, rows)
    records: list[Register] = []
    kept: list[int] = []
    faults: list[RowFault] = []
    for number, values in zip(numbers, rows, strict=True):
        record, found = _build(spec, values, people, places)
        if record is not None and same_as is not None:
            record.pk, record.state, record.booked_month = same_as.pk, same_as.state, same_as.booked_month
        if record is not None and not found:
            found = _outside(spec, record, account) + _misnamed(spec, record, values, account)
            found = found or [(name, text, AGAIN) for name, text in record.faults()]
        faults += [RowFault(number, _label(spec, name), text, todo) for name, text, todo in found]
        if record is not None and not found:
            records.append(record)
            kept.append(number)
    faults += _duplicates(spec, records, kept)
    return records, faults if same_as is not None else faults + _objected(spec, records, kept, faults)


def _label(spec: RegisterSpec, name: str) -> str:
    if name.endswith(STATED):
        return spec.stated_names[name.removesuffix(STATED)].label
    return spec.columns[name].label if name in spec.columns else ""


def _looked_up(spec: RegisterSpec, rows: Sequence[Values]) -> tuple[dict[int, Person], dict[str, Division]]:
    """Return every person and division that the rows name."""
    names = [column.name for column in spec.person_columns]
    people = people_by_ids({row[name] for row in rows for name in names if row.get(name)})
    codes = {row["division"] for row in rows if row.get("division")}
    return people, {place.code: place for place in Division.objects.filter(code__in=codes)}


Found = list[tuple[str, str, str]]


def _build(
    spec: RegisterSpec, values: Values, people: dict[int, Person], places: dict[str, Division]
) -> tuple[Register | None, Found]:
    """Return one record, its place from the declared column, or what is missing."""
    record = spec.model()
    for name, value in values.items():
        if name.endswith(STATED):
            continue
        kind = spec.columns[name].kind
        if value and kind in ("person", "division"):
            known = people.get(value) if kind == "person" else places.get(value)
            if known is None:
                return None, [(name, f"没有“{value}”这个{spec.columns[name].label}。", AGAIN)]
            value = known
        setattr(record, name, value)
    source = getattr(record, spec.declared.place_from, None)
    place = source.division if isinstance(source, Person) else source
    if not isinstance(place, Division) or place.path.count(".") < 2:
        return None, [(spec.declared.place_from, "不知道应归哪个县区。", "请补齐人员或行政区划。")]
    record.division, record.county = place, place.path.split(".")[2]
    record.township = township_of(place.code)
    record.booked_month = booking_month(record.county, getattr(record, spec.declared.date_column))
    return record, []


def _outside(spec: RegisterSpec, record: Register, account: Account | None) -> Found:
    if account is None or sees_path(account, record.division.path):
        return []
    return [(spec.declared.place_from, f"{record.division.name}不在您的数据范围内。", "请由所在乡镇或县局登记。")]


def _misnamed(spec: RegisterSpec, record: Register, values: Values, account: Account | None) -> Found:
    """Return each name that is not that of the person whose number stands beside it."""
    pairs = [(column, values.get(column), person) for column, person in spec.declared.names]
    pairs += [(f"{person}{STATED}", values.get(f"{person}{STATED}"), person) for person in spec.stated_names]
    found = []
    for column, stated, name in pairs:
        person = getattr(record, name)
        if not stated or person is None or normal_name(stated) == normal_name(person.name):
            continue
        mine = account is None or sees_path(account, person.division.path)
        said = f"填写的姓名是“{stated}”，证件号码登记在“{person.name if mine else masked_name(person.name)}”名下。"
        found.append((column, said, "请对照证件，更正姓名或号码；本人已改名的，请先订正居民档案。"))
    return found


def _key(spec: RegisterSpec, record: Register) -> tuple[Any, ...]:
    return tuple(getattr(record, attname(spec, name)) for name in spec.declared.duplicate_key)


def attname(spec: RegisterSpec, name: str) -> str:
    """Return the attribute under which a record keeps a column's plain value."""
    return str(spec.model._meta.get_field(name).attname)  # type: ignore[union-attr]  # only concrete columns are named


def _duplicates(spec: RegisterSpec, records: Sequence[Register], numbers: Sequence[int]) -> list[RowFault]:
    """Return a fault for every record that stands twice, among these or in the register already."""
    if not spec.declared.duplicate_key:
        return []
    names = "、".join(_label(spec, name) for name in spec.declared.duplicate_key)
    recorded = _recorded_keys(spec, records)
    first: dict[tuple[Any, ...], int] = {}
    faults = []
    for number, record in zip(numbers, records, strict=True):
        key = _key(spec, record)
        if None in key:
            continue
        if key in recorded:
            faults.append(
                RowFault(number, names, f"台账里已有相同的“{names}”。", "请勿重复登记；如有误，请先作废原记录。")
            )
        elif key in first:
            faults.append(RowFault(number, names, f"与第 {first[key]} 行的“{names}”相同。", "请删去重复的一行。"))
        first.setdefault(key, number)
    return faults


def _recorded_keys(spec: RegisterSpec, records: Sequence[Register]) -> set[tuple[Any, ...]]:
    """Return the keys of records in force that share the first key column with one of these, themselves left out."""
    names = [attname(spec, name) for name in spec.declared.duplicate_key]
    own = {record.pk for record in records if record.pk}
    values = list({getattr(record, names[0]) for record in records})
    found: set[tuple[Any, ...]] = set()
    for start in range(0, len(values), CHUNK):
        rows = spec.model._default_manager.filter(**{f"{names[0]}__in": values[start : start + CHUNK]})
        rows = rows.exclude(state=VOID).exclude(pk__in=own)
        found.update(rows.values_list(*names))
    return found


def _objected(
    spec: RegisterSpec, records: Sequence[Register], numbers: Sequence[int], faults: Sequence[RowFault]
) -> list[RowFault]:
    """Return what the register says against its records together; rows that have a fault already are not repeated."""
    faulty = {fault.row for fault in faults}
    return [
        RowFault(numbers[one.index], _label(spec, one.column), one.message, one.todo, one.question, one.person_id)
        for one in spec.model.objections(records)
        if numbers[one.index] not in faulty
    ]
