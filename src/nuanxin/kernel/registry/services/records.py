"""Writing records of a register: the same checks for one typed in a form and for sixty thousand from a workbook."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import sees_path
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.bulk import bulk_insert, reserve_ids
from nuanxin.kernel.core.changes import author_of, note_items, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.models import Division, Person
from nuanxin.kernel.registry.register import VOID, Register, RegisterSpec
from nuanxin.kernel.registry.selectors.divisions import township_of
from nuanxin.kernel.registry.selectors.people import people_by_ids
from nuanxin.kernel.registry.services.history import difference, record_item
from nuanxin.kernel.registry.timeline import CHUNK

ITEMS_UP_TO = 1000
HIDDEN = "***"
Values = dict[str, Any]


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one row: its number as the person sees it, the column's label, and what to do."""

    row: int
    column: str
    message: str
    todo: str = ""


@transaction.atomic
def create_record(*, spec: RegisterSpec, values: Values, account: Account, source: str = "form") -> Register:
    """Add one record; `values` as `parse` returns them, people as ids, divisions as codes. Refused on a fault."""
    require_register(account, spec, "registers.write")
    change = open_change(
        author=author_of(account), verb=f"create_{spec.code}", reason=f"登记{spec.title}", source=source
    )
    records, faults = build_records(spec=spec, rows=[values], numbers=[1], account=account)
    if faults:
        raise Refused("record.fault", faults[0].message, faults[0].todo)
    write_records(spec=spec, records=records, change=change)
    return records[0]


def require_register(account: Account, spec: RegisterSpec, permission: str) -> None:
    """Refuse without the permission, or when the account's lines of business leave the register's out."""
    require(account, permission)
    lines = account.lines.split()
    if lines and spec.declared.line not in lines:
        raise Refused("access.line", f"“{spec.title}”不属于您的业务条线。", "如工作需要，请联系本单位的账号管理员。")


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
    that the one row corrects: it keeps its id, state and booked month.
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
            found = _outside(spec, record, account) or [
                (name, text, "请核对后重填。") for name, text in record.faults()
            ]
        faults += [RowFault(number, _label(spec, name), text, todo) for name, text, todo in found]
        if record is not None and not found:
            records.append(record)
            kept.append(number)
    return records, faults + _duplicates(spec, records, kept)


def _label(spec: RegisterSpec, name: str) -> str:
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
        kind = spec.columns[name].kind
        if value and kind in ("person", "division"):
            known = people.get(value) if kind == "person" else places.get(value)
            if known is None:
                return None, [(name, f"没有“{value}”这个{spec.columns[name].label}。", "请核对后重填。")]
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


def _key(spec: RegisterSpec, record: Register) -> tuple[Any, ...]:
    return tuple(getattr(record, _attname(spec, name)) for name in spec.declared.duplicate_key)


def _attname(spec: RegisterSpec, name: str) -> str:
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
    names = [_attname(spec, name) for name in spec.declared.duplicate_key]
    own = {record.pk for record in records if record.pk}
    values = list({getattr(record, names[0]) for record in records})
    found: set[tuple[Any, ...]] = set()
    for start in range(0, len(values), CHUNK):
        rows = spec.model._default_manager.filter(**{f"{names[0]}__in": values[start : start + CHUNK]})
        rows = rows.exclude(state=VOID).exclude(pk__in=own)
        found.update(rows.values_list(*names))
    return found


@transaction.atomic
def write_records(*, spec: RegisterSpec, records: Sequence[Register], change: Change) -> None:
    """Insert built records, then do what follows from them; up to 1,000 also leave a diff each in the history."""
    if not records:
        return
    for record, free in zip(records, reserve_ids(model=spec.model, count=len(records)), strict=True):
        record.pk, record.change = free, change
    names = [str(f.attname) for f in spec.model._meta.concrete_fields]
    bulk_insert(model=spec.model, columns=names, rows=(tuple(getattr(r, n) for n in names) for r in records))
    Change.objects.filter(pk=change.pk).update(rows=F("rows") + len(records))
    spec.model.follow(records, change)
    if len(records) <= ITEMS_UP_TO:
        diffs = [(record.pk, difference({}, _shown(spec, record, {})[1])) for record in records]
        note_items(change=change, table=spec.model._meta.db_table, action="create", diffs=diffs)


def plain_values(spec: RegisterSpec, record: Register, names: Iterable[str] | None = None) -> Values:
    """Return a record's form columns as plain values, people and divisions as their keys."""
    asked = list(names) if names is not None else list(spec.declared.form_columns)
    return {name: getattr(record, _attname(spec, name)) for name in asked}


def _note(spec: RegisterSpec, record: Register, change: Change, *, action: str, before: Values) -> None:
    """Leave the diff in the history."""
    before, after = _shown(spec, record, before)
    record_item(change=change, record=record, action=action, before=before, after=after)


def _shown(spec: RegisterSpec, record: Register, before: Values) -> tuple[Values, Values]:
    """Return what the history keeps of a record before and after; of private columns only that they changed."""
    after = plain_values(spec, record)
    for name in spec.declared.private_columns:
        if before.get(name) != after.get(name):
            before, after = {**before, name: HIDDEN if before.get(name) else None}, {**after, name: f"{HIDDEN}(新)"}
    return before, after


def _locked(spec: RegisterSpec, record_id: int, account: Account) -> Register:
    record = spec.model._default_manager.select_for_update().filter(pk=record_id).first()
    if record is None or not sees_path(account, record.division.path):
        raise Refused("record.unknown", "没有这条记录，或不在您的数据范围内。", "请从台账列表重新打开。")
    return record


@transaction.atomic
def update_record(*, spec: RegisterSpec, record_id: int, values: Values, account: Account, reason: str) -> Register:
    """Correct a record; the diff stays in its history and what followed from it is done anew. Refused on a fault."""
    require_register(account, spec, "registers.write")
    old = _locked(spec, record_id, account)
    if old.state == VOID:
        raise Refused("record.void", "已作废的记录不能再改。", "如需登记，请新建一条。")
    change = open_change(author=author_of(account), verb=f"update_{spec.code}", reason=reason, source="form", rows=1)
    before = plain_values(spec, old)
    records, faults = build_records(spec=spec, rows=[{**before, **values}], numbers=[1], account=account, same_as=old)
    if faults:
        raise Refused("record.fault", faults[0].message, faults[0].todo)
    new = records[0]
    new.change = change
    spec.model.refollow(old, new, change)
    new.save()
    _note(spec, new, change, action="update", before=before)
    return new


@transaction.atomic
def move_record(*, spec: RegisterSpec, record_id: int, state: str, account: Account, reason: str) -> Register:
    """Move a record to another declared state; becoming void undoes what followed from it."""
    require_register(account, spec, "registers.write")
    record = _locked(spec, record_id, account)
    if (record.state, state) not in spec.declared.moves:
        labels = dict(spec.declared.states)
        said = f"“{labels.get(record.state, record.state)}”的记录不能改为“{labels.get(state, state)}”。"
        raise Refused("record.move", said, "请刷新页面后重选。")
    change = open_change(author=author_of(account), verb=f"move_{spec.code}", reason=reason, source="form", rows=1)
    if state == VOID:
        spec.model.unfollow([record], change)
    record_item(change=change, record=record, action="move", before={"state": record.state}, after={"state": state})
    record.state, record.change = state, change
    record.save(update_fields=["state", "change"])
    return record
