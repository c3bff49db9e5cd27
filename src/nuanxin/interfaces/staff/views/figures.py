"""The report table, one figure with its chain of evidence, and the records behind it."""

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading, reporting
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.charts import chart
from nuanxin.interfaces.staff.context import area_name
from nuanxin.interfaces.staff.listing import write_workbook
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.selectors import registers
from nuanxin.kernel.statistics import selectors as statistics
from nuanxin.kernel.statistics.selectors import Figure, Period, RecordPage

PERMISSION = "figures.read"
LEAST_PAGE = 1
EXPORT_PAGES = 1000


@page(PERMISSION)
def figures(request: StaffRequest) -> HttpResponseBase:
    """Show published against computed, row by row."""
    county = county_of(request.user)
    period, township = reporting.period_of(request, county), statistics.township_for(request.user, county)
    rows = reporting.figures(county, period, township)
    if request.GET.get("export") == "xlsx":
        return _workbook(rows, period)
    show = request.GET.get("show", "")
    wanted = {"counted": lambda row: row.computed is not None, "waiting": lambda row: row.computed is None}.get(show)
    listed = [row for row in rows if wanted is None or wanted(row)]
    context = {
        "figures": listed,
        "rows": reporting.kept(f"rows {show}", county, period, township, lambda: _rows_html(listed, period)),
        "total": len(rows),
        "show": show,
        "period": period,
        "periods": reporting.periods(county),
        "counted": sum(1 for row in rows if row.computed is not None and row.published is not None),
        "compared": sum(1 for row in rows if row.difference == 0),
        "scale": statistics.scale(county),
        "place": area_name(request.user) if township else "",
    }
    return render(request, "staff/figures.html", context)


def _rows_html(rows: list[Figure], period: Period) -> SafeString:
    return render_to_string("includes/figure_rows.html", {"figures": rows, "period": period})


def _workbook(rows: list[Figure], period: Period) -> HttpResponseBase:
    header = [_("编号"), _("指标"), _("名称"), _("单位"), _("公布数"), _("计算数"), _("差额"), _("记录数")]
    header += [_("其中调整"), _("状态"), _("说明")]
    body = (
        [
            r.id,
            r.indicator,
            _(r.title),
            _(r.unit.value),
            r.published,
            r.computed,
            r.difference,
            r.records,
            r.adjustments,
            _(r.status_label),
            r.note,
        ]
        for r in rows
    )
    return write_workbook(f"{period.title}数字", header, body)


def _figure(request: StaffRequest, code: str) -> tuple[str, Period, Figure]:
    """Return the figure as the account may see it: the county's, or its township's own."""
    county = county_of(request.user)
    period, township = reporting.period_of(request, county), statistics.township_for(request.user, county)
    found = next((row for row in reporting.figures(county, period, township) if row.indicator == code), None)
    return county, period, found or statistics.figure(code, county, period, township)


@page(PERMISSION)
def figure(request: StaffRequest, code: str) -> HttpResponseBase:
    """Show one figure: definition, source, assumption, months, townships, and the chain down to the clause."""
    county, period, one = _figure(request, code)
    context = {
        "figure": one,
        "period": period,
        "months": _months(county, one, period),
        "bridge": statistics.bridge_of(code, county, period, one.township),
        "townships": None if one.township else _townships(request, county, one, period),
        "place": area_name(request.user) if one.township else "",
    }
    return render(request, "staff/figure.html", context)


@page(PERMISSION)
def trace(request: StaffRequest, code: str) -> HttpResponseBase:
    """Show one sampled record of a figure, walked down to its document and article; fetched after the page."""
    county = county_of(request.user)
    period = reporting.period_of(request, county)
    nth = reading.whole_number(request.GET, "record", 0)
    context = {"trace": _trace(request, code, county, period, nth), "walked": True, "code": code, "period": period}
    return render(request, "includes/trace.html", context | {"another": nth + 1})


PAGES = {
    "grant": "grant",
    "takeover": "takeover",
    "decision": "decision",
    "person": "person",
    "household": "household",
    "payment_run": "payment",
}


def _trace(request: StaffRequest, code: str, county: str, period: Period, nth: int) -> list[dict[str, Any]]:
    """Return the walk of one sampled record, each step with the page it opens."""
    steps = statistics.trace(code, county, period, request.user, nth)
    return [{"title": step.title, "lines": step.lines, "url": _page(request, step.link)} for step in steps]


def _page(request: StaffRequest, link: tuple[str, int] | None) -> str:
    kind, key = link or ("", 0)
    if kind in PAGES and key and (kind not in ("person", "household") or access.may(request.user, "people.read")):
        return reverse(PAGES[kind], args=[key])
    if kind in {spec.code for spec in registers.visible_registers(request.user)}:
        return reverse("record", args=[kind, key])
    return ""


def _scaled(figure: Figure, value: int) -> float:
    return round(value / 1_000_000, 2) if figure.unit.value == "万元" else value


def _months(county: str, figure: Figure, period: Period) -> dict[str, Any] | None:
    if not figure.records or not statistics.is_leaf(figure.indicator):
        return None
    values = reporting.monthly(county, (figure.indicator,), period, figure.township)[figure.indicator]
    if len(values) < 2:
        return None
    names = [f"{month:%Y-%m}" for month, _ in values]
    series = [(figure.title, [_scaled(figure, value) for _, value in values])]
    return chart("bar", _(figure.unit.value), names, series)


def _townships(request: StaffRequest, county: str, figure: Figure, period: Period) -> dict[str, Any] | None:
    if not figure.records or not statistics.is_leaf(figure.indicator):
        return None
    names = {town.code: town.name for town in _choices(request, county)}
    every = reporting.by_township(county, figure.indicator, period)
    values = sorted(((code, value) for code, value in every.items() if code in names), key=lambda row: -row[1])
    place = reverse("figure-records", args=[figure.indicator])
    links = [f"{place}?period={period.text}&township={code}" for code, _value in values]
    listed = [names[code] for code, _value in values]
    series = [(figure.title, [_scaled(figure, value) for _, value in values])]
    return chart("bar", _(figure.unit.value), listed, series, across=True, tall=True, links=links)


@page(PERMISSION)
def records(request: StaffRequest, code: str) -> HttpResponseBase:
    """Show the records behind a figure, page by page, within the account's area."""
    county, period, one = _figure(request, code)
    if request.GET.get("export") == "xlsx":
        return _export(request, one, county, period)
    number = reading.chosen(request.GET, "page") if "page" in request.GET else LEAST_PAGE
    if number is None:
        raise Http404
    township = request.GET.get("township", "")
    shown = statistics.figure_records(code, county, period, request.user, number, township=township)
    context = {
        "figure": one,
        "period": period,
        "shown": shown,
        "rows": _named(request, shown),
        "townships": _choices(request, county),
        "township": township,
    }
    return render(request, "staff/records.html", context)


def _choices(request: StaffRequest, county: str) -> list[Any]:
    return [one for one in registry.townships(county) if access.sees_path(request.user, one.path)]


def _named(request: StaffRequest, shown: RecordPage) -> list[dict[str, Any]]:
    """Return the page's records with names, and what each opens: its household, else its person."""
    may_open = access.may(request.user, "people.read")
    people = registry.people_by_ids([r.person_id for r in shown.records if r.person_id]) if may_open else {}
    places = registry.division_names(list({r.township for r in shown.records}))
    rows = []
    for record in shown.records:
        person = people.get(record.person_id or 0)
        url = ""
        if may_open and record.household_id:
            url = reverse("household", args=[record.household_id])
        elif may_open and record.person_id:
            url = reverse("person", args=[record.person_id])
        name = name_for(request.user, person.name) if person else ""
        paper = _page(request, (record.tally, record.id))
        place = places.get(record.township, record.township)
        rows.append({"record": record, "name": name, "url": url, "place": place, "paper": paper})
    return rows


def _export(request: StaffRequest, figure: Figure, county: str, period: Period) -> HttpResponseBase:
    header = [_("序号"), _("乡镇"), _("入账月份"), _("姓名"), _("人员编号"), _("家庭编号"), _("金额（元）")]
    header += [_("计入"), _("调整"), _("原计入月份"), _("事由"), _("凭据")]
    return write_workbook(figure.title, header, _export_rows(request, figure.indicator, county, period))


def _export_rows(request: StaffRequest, code: str, county: str, period: Period) -> Any:
    number, pages, line = 1, 1, 0
    township = request.GET.get("township", "")
    while number <= min(pages, EXPORT_PAGES):
        shown = statistics.figure_records(code, county, period, request.user, number, township=township)
        for row in _named(request, shown):
            line += 1
            one = row["record"]
            amount = None if one.amount_fen is None else one.sign * one.amount_fen / 100
            cells = [line, row["place"], f"{one.booked:%Y-%m}", row["name"], one.person_id, one.household_id, amount]
            adjusts = one.adjusts
            told = [adjusts.label, f"{adjusts.counted:%Y-%m}", adjusts.reason] if adjusts else ["", "", ""]
            yield [*cells, one.sign, *told, f"{one.tally} {one.id}"]
        number, pages = number + 1, shown.pages
