"""Reports as submitted: who wrote and confirmed them, what each version changed, what a new one would change."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_level, county_of
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.statistics import units
from nuanxin.kernel.statistics.enums import ReportState, Unit
from nuanxin.kernel.statistics.models import SubmittedFigure, SubmittedReport
from nuanxin.kernel.statistics.periods import parse_period
from nuanxin.kernel.statistics.reports import stated
from nuanxin.kernel.statistics.selectors.figures import figures_as_known

READ = "reports.read"
Key = tuple[str, str]


@dataclass(frozen=True)
class ReportRow:
    """A figure of a report, as the version before stated it, and as it would be stated today where that differs."""

    figure: SubmittedFigure
    before: SubmittedFigure | None = None
    today: SubmittedFigure | None = None

    @property
    def number(self) -> Decimal | None:
        """Return the number as it was printed."""
        return _number(self.figure)

    @property
    def number_before(self) -> Decimal | None:
        """Return what the version before printed."""
        return _number(self.before)

    @property
    def number_today(self) -> Decimal | None:
        """Return what would be printed today."""
        return _number(self.today)

    @property
    def changed(self) -> bool:
        """Tell whether the version before stated it otherwise."""
        return self.before is not None and _differs(self.before, self.figure)

    @property
    def redefined(self) -> bool:
        """Tell whether the indicator meant something else in the version before."""
        return self.before is not None and self.before.definition != self.figure.definition

    @property
    def adjusted(self) -> Decimal | None:
        """Return by how much adjustments of closed months moved it, in its unit; None where that does not add up."""
        return _adjusted(self.figure)

    @property
    def adjusted_today(self) -> Decimal | None:
        """Return the same of what would be stated today."""
        return _adjusted(self.today) if self.today else None


def _adjusted(one: SubmittedFigure) -> Decimal | None:
    moved = one.adjusted if one.adjustments else None
    return None if moved is None else units.shown(moved, Unit(one.unit))


def _number(one: SubmittedFigure | None) -> Decimal | None:
    return Decimal(one.printed) if one is not None and one.printed else None


def _differs(one: SubmittedFigure, other: SubmittedFigure) -> bool:
    return (one.value, one.over, one.printed) != (other.value, other.over, other.printed)


def _key(one: SubmittedFigure) -> Key:
    return one.number, one.indicator


def reports_in(account: Account) -> QuerySet[SubmittedReport]:
    """Return the reports of the account's county, the newest first; none for an area below it. Refused without
    `reports.read`."""
    require(account, READ)
    county = county_of(account) if area_level(account) == "county" else None
    rows = SubmittedReport.objects.filter(county=county or "").select_related("maker", "checker", "previous")
    return rows.order_by("-period", "-version", "-id")


def report_by_id(account: Account, report_id: int) -> SubmittedReport | None:
    """Return a report of the account's county, None for any other."""
    return reports_in(account).filter(pk=report_id).first()


def report_of(county: str, report_id: int, lock: bool = False) -> SubmittedReport:
    """Return a county's report, locked for a decision if asked; Refused where there is none."""
    rows = SubmittedReport.objects.filter(county=county, pk=report_id)
    found = (rows.select_for_update() if lock else rows).first()
    if found is None:
        raise Refused("report.unknown", "没有这份报送表，或不在您的数据范围内。", "请从报送表列表重新打开。")
    return found


def last_report(county: str, period: str) -> SubmittedReport | None:
    """Return the version of a period that stands, None before the first is confirmed."""
    rows = SubmittedReport.objects.filter(county=county, period=period, state=ReportState.CONFIRMED)
    return rows.order_by("-version").first()


def version_of(county: str, period: str, version: int) -> SubmittedReport:
    """Return a confirmed version of a period's report; Refused where there is none."""
    rows = SubmittedReport.objects.filter(county=county, period=period, version=version, state=ReportState.CONFIRMED)
    found = rows.select_related("maker", "checker", "previous").first()
    if found is None:
        raise Refused("report.unknown", f"{period} 没有报送过第 {version} 版。", "请在报送表列表查看有哪几版。")
    return found


def differing(previous: SubmittedReport, rows: Iterable[SubmittedFigure]) -> list[SubmittedFigure]:
    """Return the rows that a version states otherwise, or does not state."""
    before = {_key(one): one for one in previous.figures.all()}
    return [row for row in rows if (old := before.get(_key(row))) is None or _differs(old, row)]


def report_rows(report: SubmittedReport, today: bool = False) -> list[ReportRow]:
    """Return a report's figures in order, each beside the version before and, if asked, what differs today."""
    before = {_key(one): one for one in report.previous.figures.all()} if report.previous else {}
    now: dict[Key, SubmittedFigure] = {}
    if today:
        table = figures_as_known(report.county, parse_period(report.period))
        now = {_key(one): one for one in (stated(place, figure) for place, figure in enumerate(table))}
    rows = []
    for one in report.figures.order_by("place"):
        new = now.get(_key(one))
        rows.append(ReportRow(one, before.get(_key(one)), new if new is not None and _differs(one, new) else None))
    return rows
