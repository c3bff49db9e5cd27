"""Writing records of a register: the same checks for one typed in a form and for sixty thousand from a workbook."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import sees_path
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core.bulk import bulk_insert, reserve_ids
from nuanxin.kernel.core.changes import author_of, note_items, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.register import STATED, VOID, Register, RegisterSpec
from nuanxin.kernel.registry.services.history import difference, record_item
from nuanxin.kernel.registry.services.record_checks import RowFault, Values, attname, build_records

ITEMS_UP_TO = 1000
HIDDEN = "***"


@transaction.atomic
def create_record(
    *, spec: RegisterSpec, values: Values, account: Account, source: str = "form", answer: str = ""
) -> Register:
    """Add one record; `values` as `parse` returns them, people as ids, divisions as codes.

    Refused on a fault, and (`record.question`) on a question without an `answer`, which stands in the change.
    """
    require_register(account, spec, "registers.write")
    said = reason_with(f"登记{spec.title}", answer)
    change = open_change(author=author_of(account), verb=f"create_{spec.code}", reason=said, source=source)
    records, faults = build_records(spec=spec, rows=[values], numbers=[1], account=account)
    refuse_first(faults, answer)
    write_records(spec=spec, records=records, change=change)
    return records[0]


def reason_with(reason: str, answer: str) -> str:
    """Return the reason of a change with the answer to what was asked."""
    return f"{reason}；核实说明：{answer.strip()}"[:200] if answer.strip() else reason


def unanswered(faults: Sequence[RowFault], answer: str) -> list[RowFault]:
    """Return the faults that stand: a question is none any more when there is an answer."""
    return [fault for fault in faults if not (fault.question and answer.strip())]


def refuse_first(faults: Sequence[RowFault], answer: str) -> None:
    """Refuse with the first fault that stands, real faults before questions."""
    for fault in sorted(unanswered(faults, answer), key=lambda one: one.question):
        raise Refused("record.question" if fault.question else "record.fault", fault.message, fault.todo)


def require_register(account: Account, spec: RegisterSpec, permission: str) -> None:
    """Refuse without the permission, or when the account's lines of business leave the register's out."""
    require(account, permission)
    lines = account.lines.split()
    if lines and spec.declared.line not in lines:
        raise Refused("access.line", f"“{spec.title}”不属于您的业务条线。", "如工作需要，请联系本单位的账号管理员。")


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
    return {name: getattr(record, attname(spec, name)) for name in asked}


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
def update_record(
    *, spec: RegisterSpec, record_id: int, values: Values, account: Account, reason: str, answer: str = ""
) -> Register:
    """Correct a record; the diff stays in its history and what followed from it is done anew.

    Where a life event follows from what is corrected, the event is withdrawn, the record checked like a new one, and
    the right event confirmed, in this transaction. Refused on a fault or an unanswered question, and without a change.
    """
    require_register(account, spec, "registers.write")
    old = _locked(spec, record_id, account)
    if old.state == VOID:
        raise Refused("record.void", "已作废的记录不能再改。", "如需登记，请新建一条。")
    said = reason_with(reason, answer)
    change = open_change(author=author_of(account), verb=f"update_{spec.code}", reason=said, source="form", rows=1)
    before = plain_values(spec, old)
    known = {name: value for name, value in values.items() if not name.endswith(STATED)}
    if all(before[name] == value for name, value in known.items()):
        raise Refused("record.same", "没有改动。", "请改正有误的栏目后再提交。")
    anew = any(before.get(name) != known[name] for name in spec.declared.event_columns if name in known)
    if anew:
        _set_aside(spec, old, change)
    same_as = None if anew else old
    rows = [{**before, **values}]
    records, faults = build_records(spec=spec, rows=rows, numbers=[1], account=account, same_as=same_as)
    refuse_first(faults, answer)
    new = _written_over(old, records[0], change)
    if anew:
        spec.model.follow([new], change)
    else:
        spec.model.refollow(old, new, change)
    _note(spec, new, change, action="update", before=before)
    return new


def _set_aside(spec: RegisterSpec, record: Register, change: Change) -> None:
    """Take a record out of force and undo what followed from it, so that its place is free for the right one."""
    spec.model._default_manager.filter(pk=record.pk).update(state=VOID)
    spec.model.unfollow([record], change)


def _written_over(old: Register, new: Register, change: Change) -> Register:
    """Store the corrected record in the place of the old one: its id, state and booked month stay."""
    new.pk, new.state, new.booked_month, new.change = old.pk, old.state, old.booked_month, change
    new.save(force_update=True)
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
    record_item(change=change, record=record, action="move", before={"state": record.state}, after={"state": state})
    if state == VOID:
        _set_aside(spec, record, change)
    record.state, record.change = state, change
    record.save(update_fields=["state", "change"])
    return record
