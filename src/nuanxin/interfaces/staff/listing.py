"""Lists: filters in the URL, sorting, pages without counting, and the same rows as a workbook."""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.core.paginator import EmptyPage, PageNotAnInteger
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django_tables2 import LazyPaginator, Table
from django_tables2.columns import BoundColumn

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.cells import cells_of, rows_html
from nuanxin.interfaces.staff.pages import two_doors
from nuanxin.kernel.core.errors import Refused

PER_PAGE = 50
DEEPEST_PAGE = 400
LARGEST_EXPORT = 50_000
BATCH = 2_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Lazy(LazyPaginator):
    """Pages found by reading one row too many, never by counting; too deep a page is refused with advice."""

    def validate_number(self, number: Any) -> int:
        """Refuse pages that would make the database walk over tens of thousands of rows."""
        page = super().validate_number(number)
        if page > DEEPEST_PAGE:
            raise Refused("list.deep", "翻得太深了。", "请用筛选或搜索缩小范围，或导出表格。")
        return int(page)


class RowTable(Table):
    """A table whose rows open their record: subclasses give `row_url`, and say what to do where there are none."""

    empty_says: Any = ""

    def __init__(self, data: Any, *args: Any, account: Any = None, **kwargs: Any) -> None:
        """Keep who looks."""
        self.account = account
        self.batch: list[Any] = []
        self._known: Any = None
        kwargs.setdefault("template_name", "includes/table.html")
        kwargs.setdefault("attrs", {"class": "table"})
        kwargs.setdefault("empty_text", self.empty_says)
        super().__init__(data, *args, **kwargs)

    def row_url(self, record: Any) -> str | None:
        """Return the address a row opens; None for rows that open nothing."""
        return None

    def take(self, records: list[Any]) -> list[Any]:
        """Say which records are written next: a page of the list, or a part of an export."""
        self.batch, self._known = records, None
        return records

    def known(self, find: Callable[[list[Any]], Any]) -> Any:
        """Return what was looked up for all records of the batch at once, by `find`."""
        if self._known is None:
            self._known = find(self.batch)
        return self._known

    @property
    def html(self) -> str:
        """Return the rows of the page."""
        return rows_html(self, self.take([row.record for row in self.page.object_list]))


def show_list(
    request: StaffRequest, table: Table, template: str, context: dict[str, Any], *, name: str = "list"
) -> HttpResponseBase:
    """Answer with a page of the list, its fragment for HTMX, or all its rows as a workbook when `?export=xlsx`."""
    if request.GET.get("export") == "xlsx":
        return workbook(table, name)
    configure(request, table)
    return two_doors(request, template, "includes/list_body.html", {**context, "table": table})


def configure(request: HttpRequest, table: Table) -> None:
    """Sort and page a table as the URL says; the size of a page is ours to say, an absent page is 404."""
    table.request = request
    if order := request.GET.getlist(table.prefixed_order_by_field):
        table.order_by = order
    try:
        table.paginate(paginator_class=Lazy, per_page=PER_PAGE, page=request.GET.get(table.prefixed_page_field, "1"))
    except (EmptyPage, PageNotAnInteger) as error:
        raise Http404 from error


def workbook(table: Table, name: str) -> HttpResponseBase:
    """Return every row of the table as an xlsx file; Refused beyond the largest size."""
    if list(table.data.data[LARGEST_EXPORT : LARGEST_EXPORT + 1]):
        message = f"这份清单超过 {LARGEST_EXPORT:,} 行。"
        raise Refused("export.large", message, "请先按乡镇或时间筛选，再分别导出。")
    columns: list[BoundColumn] = [c for c in table.columns if not c.column.exclude_from_export]
    return write_workbook(name, [str(c.header) for c in columns], _rows(table, columns))


def _rows(table: Any, columns: list[BoundColumn]) -> Iterable[list[Any]]:
    cells = cells_of(table, columns, "value")
    for start in range(0, LARGEST_EXPORT, BATCH):
        records = table.take(list(table.data.data[start : start + BATCH]))
        yield from ([cell(record) for cell in cells] for record in records)
        if len(records) < BATCH:
            return


def write_workbook(name: str, header: list[str], rows: Iterable[list[Any]]) -> HttpResponseBase:
    """Return rows as an xlsx download; texts are written as texts, so that no cell can become a formula."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("清单")
    head, date = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(header) - 1), 16)
    for column, title in enumerate(header):
        sheet.write_string(0, column, title, head)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write(sheet, number, column, value, date)
    book.close()
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def _write(sheet: Any, row: int, column: int, value: Any, date: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, "是" if value else "否")
    elif isinstance(value, (int, float, Decimal)):
        sheet.write_number(row, column, value)
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), date)
    else:
        sheet.write_string(row, column, str(value))


def plain(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponseBase:
    """Render a page; a shorter name for the pages without lists."""
    return render(request, template, context)
