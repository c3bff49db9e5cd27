"""A register's workbook: read, checked row by row, brought in whole or not at all."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.core import clock, identifiers
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.spreadsheets import Sheet, read_spreadsheet
from nuanxin.kernel.registry.register import Column, Register, RegisterSpec
from nuanxin.kernel.registry.selectors.people import holders_of
from nuanxin.kernel.registry.selectors.workbooks import import_label
from nuanxin.kernel.registry.services.record_checks import RowFault, Values, build_records
from nuanxin.kernel.registry.services.records import reason_with, require_register, unanswered, write_records
from nuanxin.kernel.registry.values import parse

PROBLEMS = "问题"  # the column in which a table handed back says what is wrong; sent again it is not read


@dataclass
class ImportReport:
    """What became of a table: rows read, records made (none when there is any fault), faults by row and column.

    `unread` says in sentences what the file holds besides: other and hidden sheets, comments, columns without heading.
    """

    rows: int = 0
    created: int = 0
    change_id: int | None = None
    faults: list[RowFault] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    lines: list[tuple[int, list[str]]] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Return whether the workbook was brought in."""
        return not self.faults

    @property
    def asks_only(self) -> bool:
        """Return whether nothing is wrong but what a reason may answer."""
        return bool(self.faults) and all(fault.question for fault in self.faults)


def import_register(
    *, spec: RegisterSpec, account: Account, file: bytes, name: str = "workbook", answer: str = ""
) -> ImportReport:
    """Bring an xlsx workbook (or a file named .csv) into a register, whole or not at all, with every faulty cell named.

    The first row holds the labels of `import_template`; Refused when the file is no table at all. `answer` explains the
    questions of the report (a divorce without a marriage known here); it stands in the change.
    """
    require_register(account, spec, "registers.write")
    book = read_spreadsheet(file, text=name.lower().endswith((".csv", ".txt")))
    sheet = book.first
    report = ImportReport(rows=len(sheet.rows), faults=_header_faults(spec, sheet))
    report.header, report.lines = sheet.header, sheet.rows
    report.unread = [item.sentence for item in book.unread + sheet.unread_columns()]
    if report.faults:
        return report
    rows, numbers, report.faults = _read_rows(spec, sheet)
    records, faults = build_records(spec=spec, rows=rows, numbers=numbers, account=account)
    report.faults = unanswered(report.faults + faults, answer)
    if not report.faults:
        _bring_in(spec, account, name, records, numbers, report, answer)
    report.faults.sort(key=lambda fault: fault.row)
    return report


def _bring_in(
    spec: RegisterSpec,
    account: Account,
    name: str,
    records: list[Register],
    numbers: list[int],
    report: ImportReport,
    answer: str,
) -> None:
    """Write the records in one transaction; what stands against one of them now is a fault of its row."""
    author, verb = author_of(account), f"import_{spec.code}"
    reason = reason_with(f"导入{spec.title}", answer)
    try:
        with transaction.atomic():
            change = open_change(author=author, verb=verb, reason=reason, source=name[:200])
            write_records(spec=spec, records=records, change=change)
    except (Refused, IntegrityError):
        report.faults.append(_first_refused(spec, account, records, numbers))
    else:
        report.created, report.change_id = len(records), change.pk


def _first_refused(spec: RegisterSpec, account: Account, records: list[Register], numbers: list[int]) -> RowFault:
    """Return the first row that cannot be written after those before it; nothing of the search is kept.

    Halves are written under savepoints, so that the search costs about one import.
    """
    low, high = 0, len(records)
    fault = RowFault(0, "", "导入期间台账有了变化。", "请重新导入一次。")
    with transaction.atomic():
        change = open_change(author=author_of(account), verb=f"import_{spec.code}", reason="查找有误的行", source="")
        while low < high:
            middle = low + max((high - low) // 2, 1)
            refused = _write_some(spec, records[low:middle], change)
            if refused is None:
                low = middle
            else:
                fault = RowFault(numbers[low], "", refused.message, refused.todo)
                high = middle if middle - low > 1 else low
        transaction.set_rollback(True)
    return fault


def _write_some(spec: RegisterSpec, records: list[Register], change: Change) -> Refused | None:
    """Write records under a savepoint; return what refuses them."""
    try:
        with transaction.atomic():
            write_records(spec=spec, records=records, change=change)
    except Refused as error:
        return error
    except IntegrityError:
        return Refused("record.same", "台账里已有相同的记录。", "请核对后重新导入。")
    return None


def _header_faults(spec: RegisterSpec, sheet: Sheet) -> list[RowFault]:
    """Return what is wrong with the first row: labels missing, unknown or twice; and an empty workbook."""
    labels = {import_label(column): column for column in spec.asked_columns}
    needed = [label for label, column in labels.items() if column.required]
    header = [label for label in sheet.header if label and label != PROBLEMS]
    faults = [RowFault(1, label, f"缺少“{label}”列。", "请用本页的模板。") for label in needed if label not in header]
    faults += [RowFault(1, label, f"不认识“{label}”列。", "请改名或删去。") for label in header if label not in labels]
    twice = {label for label in header if header.count(label) > 1}
    faults += [RowFault(1, label, f"“{label}”列有两列。", "请删去一列。") for label in sorted(twice)]
    if not faults and not sheet.rows:
        faults = [RowFault(1, "", "表里没有数据。", "请从第二行起填写。")]
    return faults


def _read_rows(spec: RegisterSpec, sheet: Sheet) -> tuple[list[Values], list[int], list[RowFault]]:
    """Return the rows without a fault in any cell, their numbers, and the faults of the others."""
    labels = {import_label(column): column for column in spec.asked_columns}
    places = [(at, labels[label]) for at, label in enumerate(sheet.header) if label and label != PROBLEMS]
    holders = _holders(sheet, [at for at, column in places if column.kind == "person"])
    rows: list[Values] = []
    numbers: list[int] = []
    faults: list[RowFault] = []
    latest = clock.today()
    for number, cells in sheet.rows:
        values, found = _read_cells(places, cells, number, sheet, holders, latest)
        faults += found
        if not found:
            rows.append(values)
            numbers.append(number)
    return rows, numbers, faults


def _holders(sheet: Sheet, places: Sequence[int]) -> dict[str, list[int]]:
    """Return who holds each number that stands in the sheet's person columns."""
    return holders_of(text for _, cells in sheet.rows for at in places if (text := cells[at]))


def _read_cells(
    places: list[tuple[int, Column]],
    cells: list[str],
    number: int,
    sheet: Sheet,
    holders: dict[str, list[int]],
    latest: dt.date,
) -> tuple[Values, list[RowFault]]:
    values: Values = {}
    faults = []
    for at, column in places:
        try:
            sheet.refuse_bad_cell(number, at)
            values[column.name] = _value(column, cells[at], latest, holders)
        except Refused as error:
            faults.append(RowFault(number, column.label, error.message, error.todo))
    return values, faults


def _value(column: Column, text: str, latest: dt.date, holders: dict[str, list[int]]) -> Any:
    value = parse(column, text, latest)
    return _person(column, value, holders, latest) if column.kind == "person" and value else value


def _person(column: Column, number: str, holders: dict[str, list[int]], latest: dt.date) -> int:
    """Return the one holder of an identity number; Refused on a faulty, unknown or shared one."""
    found = holders.get(number, [])
    if len(found) == 1:
        return found[0]
    faults = identifiers.check_citizen_id(identifiers.normalise_citizen_id(number), latest)
    if faults and not found:
        raise Refused("identifier.faulty", f"“{column.label}”{faults[0]}", "请对照证件更正。")
    if not found:
        raise Refused("identifier.nobody", f"“{column.label}”的号码不在居民档案里。", "请先登记这个人，再导入。")
    raise Refused("identifier.shared", f"“{column.label}”的号码登记在 {len(found)} 个人名下。", "请先订正居民档案。")
