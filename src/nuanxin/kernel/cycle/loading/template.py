"""Workbooks made from the declared tables: the template to fill in, and the faulty rows to correct and bring back."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from nuanxin.kernel.core.identifiers import make_citizen_id
from nuanxin.kernel.cycle.loading.reading import FAULT, GUIDE, OPTIONS, PROBLEM
from nuanxin.kernel.cycle.loading.schema import ColumnSpec, TableSpec, tables
from nuanxin.kernel.cycle.loading.staging import Staging, Terms
from nuanxin.kernel.cycle.loading.texts import quoted
from nuanxin.kernel.registry.ethnic import ETHNIC

LAST_ROW = 100_000
MOST_ROWS = 200_000
HINT, TITLE = 255, 32
WIDTH = {"division": 28, "citizen": 22, "account": 24, "uscc": 22, "name": 12, "text": 20}


def load_template(terms: Terms, names: Sequence[str] = ()) -> bytes:
    """Return the workbook to fill in: a sheet for each table (or only those named), drop-downs, notes, an example row.

    The example row is not read when it is left in.
    """
    wanted = [name for name in tables() if not names or name in names]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheets = {name: book.add_worksheet(tables()[name].title) for name in wanted}
        guide, options = book.add_worksheet(GUIDE), book.add_worksheet(OPTIONS)
        lists = _write_options(options, terms)
        for name, sheet in sheets.items():
            _write_head(book, sheet, tables()[name], lists)
            for at, text in enumerate(example_row(tables()[name], terms)):
                sheet.write_string(1, at, text)
        _write_guide(book, guide, terms, wanted)
    return buffer.getvalue()


def example_row(spec: TableSpec, terms: Terms) -> list[str]:
    """Return the example's cells, with a village of the county and numbers nobody has."""
    villages = [code for code, _, level in terms.divisions if level == "village"]
    fills = {
        "{citizen}": make_citizen_id(terms.county, dt.date(1950, 3, 7), 999),
        "{citizen2}": make_citizen_id(terms.county, dt.date(1975, 5, 6), 998),
        "{village}": min(villages, default=f"{terms.county}001001"),
    }
    return [fills.get(column.example, column.example) for column in spec.columns]


def _write_options(sheet: Any, terms: Terms) -> dict[str, str]:
    """Write the lists of the drop-downs and return where each lies; places carry their names."""
    lists = {
        "division": [f"{code} {name}" for code, name, level in sorted(terms.divisions) if level == "village"],
        "benefit": [rule.title for rule in terms.rules.values() if not rule.once],
        "fact": [fact.label for fact in terms.facts if fact.word == fact.label],
        "ethnic": list(ETHNIC),
    }
    titles = {"division": "村(社区)", "benefit": "待遇", "fact": "情况项目", "ethnic": "民族"}
    places = {}
    for at, (kind, words) in enumerate(lists.items()):
        sheet.set_column(at, at, 30)
        for row, text in enumerate([titles[kind], *words]):
            sheet.write_string(row, at, text)
        letter = chr(ord("A") + at)
        if words:
            places[kind] = f"={OPTIONS}!${letter}$2:${letter}${len(words) + 1}"
    return places


def _write_head(book: Any, sheet: Any, spec: TableSpec, lists: dict[str, str], *, problem: bool = False) -> None:
    text = book.add_format({"num_format": "@"})
    head, need = book.add_format({"bold": True}), book.add_format({"bold": True, "font_color": "#B00020"})
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(spec.columns):
        sheet.set_column(at, at, WIDTH.get(column.type, 14), text)
        sheet.write_string(0, at, column.label, need if column.need else head)
        sheet.data_validation(1, at, LAST_ROW, at, _validation(column, lists))
    if problem:
        sheet.set_column(len(spec.columns), len(spec.columns), 60, book.add_format({"font_color": "#B00020"}))
        sheet.write_string(0, len(spec.columns), PROBLEM, head)


def _validation(column: ColumnSpec, lists: dict[str, str]) -> dict[str, Any]:
    """Return a cell's drop-down where it has one, and the note shown when it is chosen; nothing typed is blocked."""
    told = {"input_title": column.label[:TITLE], "input_message": column.note[:HINT], "error_type": "warning"}
    if column.choices:
        return {"validate": "list", "source": list(column.choices), **told}
    if column.type in lists:
        return {"validate": "list", "source": lists[column.type], **told}
    return {"validate": "any", **told}


def _write_guide(book: Any, sheet: Any, terms: Terms, wanted: Sequence[str]) -> None:
    bold = book.add_format({"bold": True})
    sheet.set_column(0, 1, 18)
    sheet.set_column(2, 2, 80)
    lines: list[tuple[str, str, str]] = [("表", "列", "说明")]
    for name in wanted:
        spec = tables()[name]
        lines.append((spec.title, "", spec.note))
        lines += [(spec.title, c.label, f"{'必填。' if c.need else ''}{c.note}{_choices(c)}") for c in spec.columns]
    if "facts" in wanted:
        lines += [("情况项目", fact.label, _fact_words(fact)) for fact in terms.facts if fact.word == fact.label]
    for row, cells in enumerate(lines):
        for at, text in enumerate(cells):
            sheet.write_string(row, at, text, bold if row == 0 else None)


def _choices(column: ColumnSpec) -> str:
    return f"。可填：{'、'.join(column.choices)}" if column.choices else ""


def _fact_words(fact: Any) -> str:
    subject = "个人" if fact.subject == "person" else "家庭"
    kinds = {
        "money": f"金额（{fact.unit or '元'}）",
        "number": f"整数（{fact.unit}）",
        "yesno": "填 是",
        "date": "日期",
    }
    form = kinds.get(fact.type, f"代码：{fact.codes.replace('|', '、')}")
    return f"{subject}的情况；{form}{'；填证件截止日期' if fact.certificate else ''}"


def faulty_rows(staging: Staging) -> bytes:
    """Return the workbook of the rows that stay behind, each with what is wrong in its last column, to be corrected.

    Brought back, its rows take the place of all rows that were faulty; a row left out of it is not loaded.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        lists: dict[str, str] = {}
        filled = [name for (name,) in staging.rows("select distinct name from bad")]
        for name, spec in tables().items():
            if name in filled:
                sheet = book.add_worksheet(spec.title)
                _write_head(book, sheet, spec, lists, problem=True)
                for line, cells in enumerate(_bad_rows(staging, name, spec), 1):
                    for at, text in enumerate(cells):
                        sheet.write_string(line, at, text)
        if not filled:
            book.add_worksheet(GUIDE).write_string(0, 0, "没有有错的行。")
    return buffer.getvalue()


def _bad_rows(staging: Staging, name: str, spec: TableSpec) -> list[tuple[str, ...]]:
    columns = ", ".join(f"t.{column.name}" for column in spec.columns)
    return staging.rows(
        f"select {columns}, coalesce(f.words, '') from t_{name} t join bad b using (file, row) left join "
        "(select file, row, string_agg(case when col = '' then message else col || '：' || message end, ' ') as words "
        f"from finding where tbl = {quoted(spec.title)} and level = {quoted(FAULT)} group by file, row) f "
        f"using (file, row) where b.name = {quoted(name)} order by t.file, t.row limit {MOST_ROWS}"
    )
