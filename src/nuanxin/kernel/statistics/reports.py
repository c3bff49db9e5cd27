"""What a submitted report states, as rows and as the text whose SM3 it bears."""

from collections.abc import Iterable
from fractions import Fraction

from nuanxin.kernel.core.anchors import read_anchors
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.statistics.catalogue import definition_digest
from nuanxin.kernel.statistics.enums import ReportState
from nuanxin.kernel.statistics.models import SubmittedFigure, SubmittedReport
from nuanxin.kernel.statistics.selectors.figures import Figure

REPORTS = "reports"
"""The confirmed reports' name among the anchored heads."""
STATED = (
    "place", "number", "indicator", "title", "unit", "value", "over", "printed", "records", "adjustments", "adjusted",
    "definition",
)  # fmt: skip


def stated(place: int, one: Figure) -> SubmittedFigure:
    """Return a figure as a report states it, not yet bound to one."""
    value = None if one.value is None else Fraction(one.value)
    return SubmittedFigure(
        place=place,
        number=one.id,
        indicator=one.indicator,
        title=one.title,
        unit=one.unit.value,
        value=None if value is None else value.numerator,
        over=1 if value is None else value.denominator,
        printed="" if one.computed is None else str(one.computed),
        records=one.records,
        adjustments=one.adjustments,
        adjusted=one.adjusted,
        definition=definition_digest(one.indicator),
    )


def report_sm3(report: SubmittedReport, rows: Iterable[SubmittedFigure]) -> str:
    """Return SM3 over the version before, what the report is of, its chain head, and every row."""
    before = report.previous.sm3 if report.previous else ""
    lines = ["|".join((before, report.county, report.period, str(report.version), report.head))]
    lines += ["|".join(str(getattr(row, name)) for name in STATED) for row in rows]
    return sm3_hex("\n".join(lines).encode())


def report_faults(county: str) -> list[str]:
    """Return each submitted report whose rows are not what it bears the SM3 of, as a Chinese sentence."""
    faults = []
    reports = SubmittedReport.objects.filter(county=county).select_related("previous").prefetch_related("figures")
    for report in reports.order_by("id"):
        rows = sorted(report.figures.all(), key=lambda row: row.place)
        if report.sm3 != report_sm3(report, rows):
            faults.append(f"{report.period} 报送表第 {report.version} 版的数字与登记不符。")
    return faults + _anchor_faults(
        county, {report_place(one): one.sm3 for one in reports if one.state == ReportState.CONFIRMED}
    )


def report_place(report: SubmittedReport) -> str:
    """Return how a confirmed report is called among the anchors."""
    return f"{report.county}|{report.period}|{report.version}"


def _anchor_faults(county: str, held: dict[str, str]) -> list[str]:
    """Return the confirmed reports that were anchored outside the database and are gone, or state something else."""
    anchored = {line.place: line.head for line in read_anchors(REPORTS).lines}
    lost = [place for place, sm3 in anchored.items() if place.startswith(f"{county}|") and held.get(place) != sm3]
    return [f"{place.split('|')[1]} 报送表第 {place.split('|')[2]} 版与库外锚定的不符。" for place in lost]
