"""Changes of the division tree from a dated file: new, renamed and merged places; people and households follow.

A place never disappears: one that is merged keeps its row with the first day without it and the place it went into.
Closed months keep the townships they counted.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.days import parse_day
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.names import normal_number, visible_line
from nuanxin.kernel.core.spreadsheets import Sheet, read_spreadsheet
from nuanxin.kernel.registry import events
from nuanxin.kernel.registry.enums import DivisionLevel
from nuanxin.kernel.registry.models import Division, Facility, Household, Person
from nuanxin.kernel.registry.services.history import record_item

NEW, RENAMED, MERGED = "新设", "更名", "并入"
KINDS = (NEW, RENAMED, MERGED)
COLUMNS = ("变动", "代码", "名称", "上级代码", "并入代码", "生效日期", "依据")
LEVELS = {
    2: DivisionLevel.PROVINCE, 4: DivisionLevel.CITY, 6: DivisionLevel.COUNTY, 9: DivisionLevel.TOWNSHIP,
    12: DivisionLevel.VILLAGE,
}  # fmt: skip
MOST_FAULTS = 200


@dataclass(frozen=True)
class DivisionRow:
    """One change as the file states it; `on` is None for a place whose first day nobody states."""

    number: int
    kind: str
    code: str
    name: str
    parent: str
    into: str
    on: dt.date | None
    source: str


@dataclass
class DivisionReport:
    """What a file changes, or its faults by row; `people` and `households` is how many would follow."""

    rows: list[DivisionRow] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)
    people: int = 0
    households: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows of each kind there are."""
        return {kind: sum(row.kind == kind for row in self.rows) for kind in KINDS}


def check_division_file(*, file: bytes, name: str, within: str = "") -> DivisionReport:
    """Read an xlsx or CSV file of `COLUMNS` and check it against the tree; nothing is written.

    `within` is the county to which the changes must belong, empty for any.
    """
    sheet = read_spreadsheet(file, text=name.lower().endswith((".csv", ".txt"))).first
    header = [visible_line(text) for text in sheet.header]
    report = DivisionReport()
    missing = [column for column in COLUMNS[:2] if column not in header]
    if missing:
        report.faults.append((1, f"缺少列：{'、'.join(missing)}。应有的列：{'、'.join(COLUMNS)}。"))
        return report
    tree = {row.code: row for row in Division.objects.all()}
    for row in _read(sheet, header, report):
        fault = _fault(row, tree, within)
        if fault:
            report.faults.append((row.number, fault))
            continue
        _remember(row, tree)
        report.rows.append(row)
    _check_left_villages(report, tree)
    del report.faults[MOST_FAULTS:]
    ended = [row.code for row in report.rows if row.kind == MERGED]
    report.people = Person.objects.filter(division__in=ended).count()
    report.households = Household.objects.filter(division__in=ended).count()
    return report


@transaction.atomic
def load_division_file(*, change: Change, file: bytes, name: str, within: str = "") -> DivisionReport:
    """Bring a checked file in, whole or not at all; Refused with the first fault.

    People, households and facilities of a merged place live in the one it went into from now on, and every room that
    registered is told.
    """
    report = check_division_file(file=file, name=name, within=within)
    if report.faults:
        number, fault = report.faults[0]
        raise Refused("divisions.faulty", f"第 {number} 行：{fault}", "请改正全部错误后重新载入。")
    for row in report.rows:
        {NEW: _add, RENAMED: _rename, MERGED: _merge}[row.kind](row, change)
    change.rows = len(report.rows)
    change.save(update_fields=["rows"])
    return report


def _read(sheet: Sheet, header: list[str], report: DivisionReport) -> Iterator[DivisionRow]:
    for number, texts in sheet.rows:
        try:
            for column in range(len(header)):
                sheet.refuse_bad_cell(number, column)
            told = {column: visible_line(text) for column, text in zip(header, texts, strict=False)}
            day = told.get("生效日期", "")
            yield DivisionRow(
                number=number,
                kind=told.get("变动", ""),
                code=normal_number(told.get("代码", "")),
                name=told.get("名称", ""),
                parent=normal_number(told.get("上级代码", "")),
                into=normal_number(told.get("并入代码", "")),
                on=parse_day(day, latest=clock.today()) if day else None,
                source=told.get("依据", ""),
            )
        except Refused as refused:
            report.faults.append((number, f"{refused.message}{refused.todo}"))


def _fault(row: DivisionRow, tree: dict[str, Division], within: str) -> str:
    """Return what is wrong with a row, empty when nothing is."""
    if row.kind not in KINDS:
        return f"变动“{row.kind}”不认识，应为{'、'.join(KINDS)}。"
    if len(row.code) not in LEVELS or not row.code.isdigit():
        return f"代码“{row.code}”应为2、4、6、9或12位数字。"
    if within and not row.code.startswith(within):
        return f"代码“{row.code}”不属于本县（{within}）。"
    if len(row.source) > 100 or len(row.name) > 80:
        return "名称最多80个字，依据最多100个字。"
    if row.kind == NEW:
        return _new_fault(row, tree)
    known = tree.get(row.code)
    if known is None or known.valid_to is not None:
        return f"代码“{row.code}”{'不在区划里' if known is None else '已经撤并'}。"
    if row.on is None or not row.source:
        return "更名、并入要写生效日期和依据的文件。"
    if known.valid_from is not None and row.on < known.valid_from:
        return f"生效日期 {row.on} 早于它设立的日期 {known.valid_from}。"
    if row.kind == RENAMED:
        return "" if row.name and row.name != known.name else "新名称为空，或与现在的一样。"
    return _merge_fault(row, tree)


def _new_fault(row: DivisionRow, tree: dict[str, Division]) -> str:
    if row.code in tree:
        return f"代码“{row.code}”已有：{tree[row.code].name}。"
    if not row.name:
        return "新设的要写名称。"
    parent = _parent_of(row)
    if len(row.code) > 2 and (parent not in tree or tree[parent].valid_to is not None):
        return f"上级“{parent}”不在区划里或已经撤并，请把上级写在前面的行。"
    if parent and list(LEVELS).index(len(parent)) != list(LEVELS).index(len(row.code)) - 1:
        return f"上级“{parent}”的级别不对。"
    return ""


def _merge_fault(row: DivisionRow, tree: dict[str, Division]) -> str:
    into = tree.get(row.into)
    if into is None or into.valid_to is not None or row.into == row.code:
        return f"并入的“{row.into}”不在区划里、已经撤并，或就是它自己。"
    if len(row.into) != len(row.code):
        return "并入的应是同一级。"
    if len(row.code) < 9:
        return "县级以上的撤并涉及机构和资金，不能用文件载入。"
    if row.into[:6] != row.code[:6]:
        return "并入的应在同一个县。"
    return ""


def _parent_of(row: DivisionRow) -> str:
    lengths = list(LEVELS)
    place = lengths.index(len(row.code))
    return row.parent or (row.code[: lengths[place - 1]] if place else "")


def _remember(row: DivisionRow, tree: dict[str, Division]) -> None:
    """Let later rows of the file see what this one does."""
    if row.kind == NEW:
        tree[row.code] = Division(code=row.code, name=row.name, parent_id=_parent_of(row) or None, valid_from=row.on)
    elif row.kind == RENAMED:
        tree[row.code].name = row.name
    else:
        tree[row.code].valid_to = row.on


def _check_left_villages(report: DivisionReport, tree: dict[str, Division]) -> None:
    """A township that is merged leaves no village behind."""
    for row in report.rows:
        left = [one.name for one in tree.values() if one.parent_id == row.code and one.valid_to is None]
        if row.kind == MERGED and left:
            said = f"{tree[row.code].name}还有 {len(left)} 个村（社区）没有并入别处：{'、'.join(left[:5])}。"
            report.faults.append((row.number, said))


def _add(row: DivisionRow, change: Change) -> None:
    parent = Division.objects.get(code=_parent_of(row)) if _parent_of(row) else None
    made = Division.objects.create(
        code=row.code,
        name=row.name,
        level=LEVELS[len(row.code)],
        parent=parent,
        path=f"{parent.path}.{row.code}" if parent else row.code,
        valid_from=row.on,
        source=row.source or change.source[:100],
    )
    _note(made, change, "create", {}, {"valid_from": row.on})


def _rename(row: DivisionRow, change: Change) -> None:
    one = Division.objects.select_for_update().get(code=row.code)
    before = {"name": one.name, "source": one.source}
    one.name, one.source = row.name, row.source
    one.save(update_fields=["name", "source"])
    _note(one, change, "rename", before, {"name": row.name, "source": row.source, "on": row.on})


def _merge(row: DivisionRow, change: Change) -> None:
    assert row.on is not None
    one = Division.objects.select_for_update().get(code=row.code)
    one.valid_to, one.replaced_by_id = row.on, row.into
    one.save(update_fields=["valid_to", "replaced_by"])
    _note(one, change, "merge", {"valid_to": None}, {"valid_to": row.on, "into": row.into, "source": row.source})
    Person.objects.filter(division=row.code).update(division=row.into, change=change)
    Household.objects.filter(division=row.code).update(division=row.into, change=change)
    Facility.objects.filter(division=row.code).update(division=row.into, change=change)
    events.run_division_handlers(events.DivisionNotice(row.code, row.into, row.on, change))


def _note(one: Division, change: Change, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Write what became of a place; its number is its code."""
    record_item(change=change, record=one, action=action, before=before, after=after)
