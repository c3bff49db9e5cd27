"""A register's records as a workbook, and the empty workbook to fill in."""

import io
from typing import Any

import xlsxwriter
from django.db.models import QuerySet

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import masked_name, name_for, role_of
from nuanxin.kernel.core import fen
from nuanxin.kernel.registry.register import Column, Register, RegisterSpec
from nuanxin.kernel.registry.selectors.people import masked_identifiers
from nuanxin.kernel.registry.selectors.registers import query_register
from nuanxin.kernel.registry.values import in_words

MEANS = 2


def import_label(column: Column) -> str:
    """Return the heading of a column in a workbook to be brought in."""
    suffix = {"person": "身份号码", "fen": "（元）", "division": "代码"}.get(column.kind, "")
    return f"{column.label}{suffix}"


def import_template(spec: RegisterSpec) -> bytes:
    """Return an empty workbook with the headings that `import_register` reads, all columns set as text."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet, text = book.add_worksheet(spec.title[:31]), book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True})
        for at, column in enumerate(spec.asked_columns):
            sheet.set_column(at, at, 20, text)
            sheet.write_string(0, at, import_label(column), bold)
            if column.choices:
                labels = [label for _, label in column.choices]
                sheet.data_validation(1, at, 5000, at, {"validate": "list", "source": labels})
    return buffer.getvalue()


def export_register(spec: RegisterSpec, account: Account, filters: dict[str, str]) -> bytes:
    """Return the records that the filters leave, as a workbook; identity numbers are masked, no cell is a formula.

    An account whose role may see masked people only gets masked names.
    """
    rows = query_register(spec, account, filters)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet, bold = book.add_worksheet(spec.title[:31]), book.add_format({"bold": True})
        columns = _export_columns(spec)
        sheet.set_column(0, len(columns), 16)
        for at, (_, label) in enumerate(_headings(columns)):
            sheet.write_string(0, at, label, bold)
        hidden = set(spec.declared.private_columns) if _sees_masked_only(account) else None
        for line, cells in enumerate(_lines(account, rows, columns, hidden), 1):
            for at, value in enumerate(cells):
                _write(sheet, line, at, value)
    return buffer.getvalue()


def _export_columns(spec: RegisterSpec) -> list[Column]:
    names = dict.fromkeys([*spec.declared.list_columns, *spec.declared.form_columns, "state", "booked_month"])
    return [spec.columns[name] for name in names]


def _headings(columns: list[Column]) -> list[tuple[Column, str]]:
    """Return the headings; a person takes two cells, name and masked number."""
    found: list[tuple[Column, str]] = []
    for column in columns:
        labels = [column.label, f"{column.label}证件号"] if column.kind == "person" else [import_label(column)]
        found += [(column, label) for label in labels]
    return found


def _sees_masked_only(account: Account) -> bool:
    role = role_of(account)
    return role is None or role.sensitivity < MEANS


def _lines(account: Account, rows: QuerySet[Register], columns: list[Column], hidden: set[str] | None) -> Any:
    page: list[Register] = []
    for record in rows.iterator(chunk_size=2000):
        page.append(record)
        if len(page) == 2000:
            yield from _page(account, page, columns, hidden)
            page = []
    yield from _page(account, page, columns, hidden)


def _page(account: Account, page: list[Register], columns: list[Column], hidden: set[str] | None) -> Any:
    """Yield the cells of each record; `hidden` None shows texts, else these columns are masked."""
    people = [column for column in columns if column.kind == "person"]
    ids = {getattr(record, f"{column.name}_id") for record in page for column in people}
    masked = masked_identifiers(one for one in ids if one)
    for record in page:
        cells: list[Any] = []
        for column in columns:
            value = getattr(record, column.name)
            if column.kind == "person":
                name = name_for(account, value.name, value.division.path) if value else ""
                cells += [name, masked.get(value.pk, "") if value else ""]
            else:
                shown = masked_name(value) if hidden and column.name in hidden else value
                cells.append(_cell(column, shown))
        yield cells


def _cell(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.kind == "division":
        return value.name
    if column.kind == "fen":
        return value / fen.FEN_PER_YUAN  # a workbook has no other number; two places survive exactly as shown
    return value if column.kind in ("whole", "date") else in_words(column, value)


def _write(sheet: Any, line: int, at: int, value: Any) -> None:
    """Write text as text, so that no content can become a formula."""
    if isinstance(value, str):
        sheet.write_string(line, at, value)
    elif value is not None:
        sheet.write(line, at, value)
