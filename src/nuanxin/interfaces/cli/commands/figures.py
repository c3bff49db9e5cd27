"""`nuanxin close`, `nuanxin figures`, `nuanxin trace`, `nuanxin verify`: the closed months and what they say."""

import json
import unicodedata
from typing import Annotated

import typer

from nuanxin.interfaces.cli.places import the_county
from nuanxin.kernel.access.selectors import disclosure_faults
from nuanxin.kernel.access.services import anchor_disclosures
from nuanxin.kernel.core.anchors import accept_restored
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.months import parse_month
from nuanxin.kernel.statistics import selectors, services
from nuanxin.kernel.statistics.selectors import Figure, SubmittedFigure, SubmittedReport
from nuanxin.kernel.statistics.units import text

County = Annotated[str, typer.Option(help="county code, six digits")]
HEADERS = ("编号", "指标", "公布", "计算", "差额", "差额%", "记录", "状况")
RIGHT = (False, False, True, True, True, True, True, False)
MARKS = {"about": "约", "at_least": "≥", "at_most": "≤"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("close")(close)
    app.command("figures")(figures)
    app.command("trace")(trace)
    app.command("verify")(verify)


def close(month: str, county: County) -> None:
    """Close a month for good: freeze its tallies and cells. 月结。"""
    closed = services.close_month(county=the_county(county), month=parse_month(month), author=Author(label="命令行"))
    typer.echo(f"{county} {closed.month:%Y-%m} 已月结, 链头 {closed.head}")


def figures(
    county: str,
    period: str,
    as_json: Annotated[bool, typer.Option("--json", help="one object per figure")] = False,
    version: Annotated[int, typer.Option(help="as submitted: which version")] = 0,
) -> None:
    """Print published, computed, difference and records of each figure, or a submitted version. 报表数字。"""
    if version:
        _submitted(selectors.version_of(the_county(county), selectors.parse_period(period).text, version), as_json)
        return
    table = selectors.figures(the_county(county), period)
    if as_json:
        typer.echo(json.dumps([figure.as_row() for figure in table], ensure_ascii=False, indent=1))
        return
    typer.echo(f"{county} {selectors.parse_period(period).title}")
    for line in _aligned([HEADERS, *(_cells(figure) for figure in table)]):
        typer.echo(line)
    _notes(table)


def _submitted(report: SubmittedReport, as_json: bool) -> None:
    """Print a version as it was submitted, with who and the chain head."""
    rows = selectors.report_rows(report)
    if as_json:
        typer.echo(json.dumps([_stated(row.figure) for row in rows], ensure_ascii=False, indent=1))
        return
    typer.echo(f"{report.county} {report.period} 报送表第 {report.version} 版")
    checker = report.checker.display_name if report.checker else "—"
    typer.echo(f"编报 {report.maker.display_name} {report.made_on}, 确认 {checker} {report.checked_on}")
    for row in rows:
        one, net = row.figure, "" if row.adjusted is None else f", 净 {row.adjusted:+,}"
        adjusted = f"  含调整 {one.adjustments} 条{net}" if one.adjustments else ""
        typer.echo(f"{one.number or '—'}  {one.title}  {one.printed or '—'} {one.unit}{adjusted}")
    typer.echo(f"报送表SM3 {report.sm3}")
    typer.echo(f"月结链头 {report.head}")


def _stated(one: SubmittedFigure) -> dict[str, object]:
    """Return a stated figure as one object of `--json`."""
    return {
        "id": one.number,
        "indicator": one.indicator,
        "title": one.title,
        "unit": one.unit,
        "stated": one.printed or None,
        "value": one.value,
        "over": one.over,
        "records": one.records,
        "adjustments": one.adjustments,
        "adjusted": one.adjusted,
        "definition": one.definition,
    }


def trace(indicator: str, county: str, period: str) -> None:
    """Walk one record of a figure, by its indicator or its number in the report, down to its clause. 溯源。"""
    for number, step in enumerate(selectors.trace(indicator, the_county(county), period), start=1):
        typer.echo(f"{number:>2}. {step.title}")
        for label, value in step.lines:
            typer.echo(f"      {label}: {value}")


def verify(
    county: str,
    restored: Annotated[str, typer.Option(help="由旧备份恢复的缘由，此后不再查找恢复前的锚定 / why restored")] = "",
) -> None:
    """Recompute every SM3 and seal of closed months, reports and the disclosure log. 核验月结链和日志。"""
    code = the_county(county)
    if restored.strip():
        accept_restored(reason=restored)
        anchor_disclosures()
        services.anchor_closes(county=code)
    report = selectors.verify_chain(code)
    faults = list(dict.fromkeys([*report.faults, *selectors.report_faults(code), *disclosure_faults()]))
    for fault in faults:
        typer.echo(fault, err=True)
    typer.echo(f"核验 {report.months} 个月 {report.files} 个文件, {'有改动' if faults else '一致'}")
    raise typer.Exit(1 if faults else 0)


def _cells(figure: Figure) -> tuple[str, ...]:
    mark = MARKS.get(figure.qualifier, "")
    pct = "—" if figure.difference_pct is None else f"{figure.difference_pct:+}" if figure.difference_pct else "0"
    difference = "—" if figure.difference is None else f"{figure.difference:+,}" if figure.difference else "0"
    records = "—" if figure.records is None else f"{figure.records:,}"
    title = f"{figure.title} *" if figure.assumption else figure.title
    numbers = (
        f"{mark}{text(figure.published, figure.unit)}",
        text(figure.computed, figure.unit),
        difference,
        pct,
        records,
    )
    return (figure.id or "—", title, *numbers, figure.status_label)


def _notes(table: list[Figure]) -> None:
    for figure in table:
        if figure.assumption:
            typer.echo(f"* {figure.title}: 假定 — {figure.assumption}")
    for note in dict.fromkeys(
        f"{figure.title}: {figure.note}" for figure in table if figure.note and figure.value is not None
    ):
        typer.echo(f"注 {note}")
    scaled = selectors.scale(table[0].county) if table else None
    if scaled:
        typer.echo(f"公布数按演示人口 {scaled.people:,}/{scaled.of:,} 折算")
    heads = {figure.head for figure in table if figure.head}
    if heads:
        typer.echo(f"月结链头 {heads.pop()}")


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(_width(row[n]) for row in rows) for n in range(len(HEADERS))]
    return ["  ".join(_padded(*cell) for cell in zip(row, widths, RIGHT, strict=True)).rstrip() for row in rows]


def _padded(cell: str, width: int, right: bool) -> str:
    blank = " " * (width - _width(cell))
    return blank + cell if right else cell + blank


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in cell)
