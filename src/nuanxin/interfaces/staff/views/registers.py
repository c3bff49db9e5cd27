"""Declared registers: list, record, form, import and export, all following from the register's declaration."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.filters import AreaForm, choice, line
from nuanxin.interfaces.staff.listing import XLSX, RowTable, show_list
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.saying import said
from nuanxin.interfaces.staff.sight import person_name
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.register import VOID, Column, RegisterSpec
from nuanxin.kernel.registry.selectors import registers, workbooks
from nuanxin.kernel.registry.services import marked
from nuanxin.kernel.registry.services import workbooks as importing

READ, WRITE = "registers.read", "registers.write"
PLACES = ("county", "township")
LARGEST_IMPORT = 32 * 1024 * 1024


def spec_here(request: StaffRequest, code: str) -> RegisterSpec:
    """Return a register that the account may read, else 404."""
    for spec in registers.visible_registers(request.user):
        if spec.code == code:
            return spec
    raise Http404


def record_here(request: StaffRequest, spec: RegisterSpec, record_id: int) -> Any:
    """Return a record in the account's area, else 404."""
    try:
        return registers.record_of(spec, request.user, record_id)
    except Refused as error:
        raise Http404 from error


def _in_language(column: Column, words: str) -> str:
    """Say what a closed list or yes and no gives; what people typed stays as typed."""
    return said(words) if column.choices or column.kind == "yes_no" else words


class ValueColumn(tables.Column):
    """A declared column of a register, in words."""

    def __init__(self, column: Column, **kwargs: Any) -> None:
        """Right-align money and whole numbers."""
        kind = {"class": "num"} if column.kind in ("fen", "whole") else {}
        super().__init__(
            accessor=column.name,
            verbose_name=said(column.label),
            orderable=False,
            attrs={"td": kind, "th": kind},
            **kwargs,
        )
        self.column = column

    def render(self, value: Any, record: Any, table: Any) -> str:
        """Show the value in words, people as the account may see them; the first column opens the record."""
        if self.column.kind == "person":
            shown = person_name(table.account, value)
        else:
            shown = _in_language(self.column, registers.record_words(table.spec, record, [self.column])[0][1])
        first = self.column.name == table.spec.declared.list_columns[0]
        return format_html('<a href="{}">{}</a>', table.row_url(record), shown) if first else shown


class RecordTable(RowTable):
    """Records of a register, each row opens one."""

    empty_says = gettext_lazy("点“登记一条”，或用“导入表格”一次录入多条。")

    def __init__(self, *args: Any, spec: RegisterSpec, **kwargs: Any) -> None:
        """Take the columns from the declaration."""
        self.spec = spec
        listed = dict.fromkeys([*spec.list_columns, spec.columns["booked_month"], spec.columns["state"]])
        kwargs["extra_columns"] = [(column.name, ValueColumn(column)) for column in listed]
        super().__init__(*args, **kwargs)

    def row_url(self, record: Any) -> str:
        """Open the record."""
        return reverse("record", args=[self.spec.code, record.pk])


def _filter_field(column: Column) -> Any:
    if column.choices or column.kind == "yes_no":
        return choice(said(column.label), column.choices or (("true", _("是")), ("false", _("否"))))
    return line(said(column.label))


class RecordFilter(AreaForm):
    """Filters of a register: text, place, months, state and the declared filter columns."""

    text = line(gettext_lazy("查找"), placeholder=gettext_lazy("姓名或证件号"))
    month_from = line(gettext_lazy("入账月份自"), "month")
    month_to = line(gettext_lazy("至"), "month")
    hidden = ("village",)

    def __init__(self, data: Any, *, account: Any, spec: RegisterSpec) -> None:
        """Add the declared columns."""
        super().__init__(data, account=account)
        for column in [*spec.filter_columns, spec.columns["state"]]:
            self.fields[column.name] = _filter_field(column)

    def asked(self) -> dict[str, str]:
        """Return the filters as the register's reading verb takes them."""
        values = {name: self.value(name) for name in self.fields}
        return {**{name: value for name, value in values.items() if value}, "township": self.township()}


@page(READ)
def index(request: StaffRequest) -> HttpResponseBase:
    """List the registers this account may read."""
    return render(request, "staff/registers.html", {"registers": registers.visible_registers(request.user)})


@page(READ)
def listing(request: StaffRequest, code: str) -> HttpResponseBase:
    """List a register's records, or hand them out as a workbook."""
    spec = spec_here(request, code)
    form = RecordFilter(request.GET, account=request.user, spec=spec)
    asked = form.asked()
    if request.GET.get("export") == "xlsx":
        return _file(workbooks.export_register(spec, request.user, asked), f"{spec.title}.xlsx")
    table = RecordTable(registers.query_register(spec, request.user, asked), account=request.user, spec=spec)
    acts = []
    if access.may(request.user, WRITE):
        acts = [
            {"url": reverse("record-new", args=[code]), "label": _("登记一条"), "primary": True},
            {"url": reverse("register-import", args=[code]), "label": _("导入表格")},
        ]
    context = {"heading": _(spec.title), "form": form, "acts": acts, "spec": spec}
    return show_list(request, table, "staff/list.html", context, name=spec.title)


def _file(data: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=XLSX)
    answer.headers["Content-Disposition"] = content_disposition_header(True, name)
    return answer


@page(READ)
def record(request: StaffRequest, code: str, record_id: int) -> HttpResponseBase:
    """Show one record, whom it is about, and its history."""
    spec = spec_here(request, code)
    one = record_here(request, spec, record_id)
    context = {
        "spec": spec,
        "record": one,
        "rows": [
            (column, _shown(request, column, one, words))
            for column, words in registers.record_words(spec, one)
            if column.name not in PLACES
        ],
        "place": registry.division_names([one.township]).get(one.township, ""),
        "history": registers.history_of(spec, record_id),
        "moves": spec.moves_from(one.state) if access.may(request.user, WRITE) else [],
        "may_correct": one.state != VOID and access.may(request.user, WRITE),
    }
    return render(request, "staff/record.html", context)


def _shown(request: StaffRequest, column: Column, one: Any, words: str) -> dict[str, Any]:
    key = getattr(one, f"{column.name}_id", None) if column.kind == "person" else None
    if key is None:
        return {"text": _in_language(column, words), "url": ""}
    url = reverse("person", args=[key]) if access.may(request.user, "people.read") else ""
    return {"text": person_name(request.user, getattr(one, column.name)), "url": url}


@page(WRITE)
def template(request: StaffRequest, code: str) -> HttpResponseBase:
    """Hand out the empty workbook to fill in."""
    spec = spec_here(request, code)
    return _file(workbooks.import_template(spec), f"{spec.title}模板.xlsx")


@page(WRITE, writes=("POST",))
def bring_in(request: StaffRequest, code: str) -> HttpResponseBase:
    """Import a workbook, whole or not at all; every fault is listed by row, and the rows can be taken back marked."""
    spec = spec_here(request, code)
    context: dict[str, Any] = {"spec": spec, "report": None}
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None or not file.size or file.size > LARGEST_IMPORT:
            raise Refused("import.file", "没有收到文件，或文件太大。", "请选择按模板填好的 xlsx 或 CSV 文件。")
        answer = reading.text(request.POST, "answer")
        report = importing.import_register(
            spec=spec, account=request.user, file=file.read(), name=file.name or "", answer=answer
        )
        marked.keep(request.user, code, report)
        context |= {
            "report": report,
            "asks_only": report.asks_only,
            "may_open": access.may(request.user, "people.read"),
        }
    return render(request, "staff/import.html", context)


@page(WRITE)
def problems(request: StaffRequest, code: str) -> HttpResponseBase:
    """Hand back the rows of the account's last import that did not come in, with a column that says what is wrong."""
    spec = spec_here(request, code)
    try:
        return _file(marked.last(request.user, code), f"{spec.title}问题清单.xlsx")
    except Refused as refused:
        messages.info(request, f"{refused.message}{refused.todo}")
        return redirect("register-import", code)
