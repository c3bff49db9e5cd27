"""Submitting a report, and restating it: one person writes, another confirms; a confirmed version never changes."""

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import county_of
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.anchors import write_anchor
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.statistics.enums import ReportState
from nuanxin.kernel.statistics.models import SubmittedFigure, SubmittedReport
from nuanxin.kernel.statistics.periods import Period, parse_period
from nuanxin.kernel.statistics.reports import REPORTS, report_place, report_sm3, stated
from nuanxin.kernel.statistics.selectors.areas import township_for
from nuanxin.kernel.statistics.selectors.figures import figures, figures_as_known
from nuanxin.kernel.statistics.selectors.months import closed_months
from nuanxin.kernel.statistics.selectors.reports import differing, last_report, report_of

MAKE, CHECK = "reports.make", "reports.check"


def write_report(*, account: Account, period: str, reason: str = "") -> SubmittedReport:
    """Write a county's report of a wholly closed period for another to confirm; after the first it is the next version.

    The first version states the months as booked; a restated one also what later closed months adjusted of them.
    Refused without `reports.make`, while months are open or a version waits, and for a restatement without a reason
    or without a difference.
    """
    county, span, reason = _county(account, MAKE), parse_period(period), reason.strip()
    months = closed_months(county, span)
    if len(months) < len(span.months):
        raise Refused("report.open", f"{span.title}还有没结账的月份，不能报送。", "请先结完各月的账。")
    previous = last_report(county, span.text)
    _check_new(county, span, previous, reason)
    table = figures_as_known(county, span) if previous else figures(county, span)
    rows = [stated(place, one) for place, one in enumerate(table, start=1)]
    if previous is not None and not differing(previous, rows):
        raise Refused("report.same", f"重算的数字与第 {previous.version} 版完全相同。", "没有要更正的，不必重报。")
    return _write(account, county, span, previous, months[-1].head, rows, reason)


def _county(account: Account, permission: str) -> str:
    """Return the county whose reports the account works on; a report states the whole county."""
    require(account, permission)
    county = county_of(account)
    if county is None or township_for(account, county):
        raise Refused("report.area", "报送表是全县的数，须由县局办理。", "请与县局联系。")
    return county


def _check_new(county: str, span: Period, previous: SubmittedReport | None, reason: str) -> None:
    if SubmittedReport.objects.filter(county=county, period=span.text, state=ReportState.WAITING).exists():
        raise Refused("report.waiting", f"{span.title}已有一版在等人确认。", "请先确认或退回那一版。")
    if previous is not None and not reason:
        raise Refused("report.reason", f"{span.title}已经报送过，重报须写明原因。", "请写明错误内容和原因。")


@transaction.atomic
def _write(
    account: Account,
    county: str,
    span: Period,
    previous: SubmittedReport | None,
    head: str,
    rows: list[SubmittedFigure],
    reason: str,
) -> SubmittedReport:
    verb, why = ("restate_report", reason) if previous else ("write_report", reason or "报送")
    change = open_change(author=author_of(account), verb=verb, reason=why, source=span.text, rows=len(rows))
    report = SubmittedReport(
        county=county,
        period=span.text,
        version=previous.version + 1 if previous else 1,
        previous=previous,
        state=ReportState.WAITING,
        reason=reason,
        head=head,
        maker=account,
        made_on=clock.today(),
        change=change,
    )
    report.sm3 = report_sm3(report, rows)
    report.save()
    for row in rows:
        row.report = report
    SubmittedFigure.objects.bulk_create(rows)
    return report


def confirm_report(*, account: Account, report_id: int) -> SubmittedReport:
    """Confirm a report: it is submitted and stands. Refused for its own writer, without `reports.check`, and twice."""
    return _decide(account, report_id, ReportState.CONFIRMED, "")


def reject_report(*, account: Account, report_id: int, reason: str) -> SubmittedReport:
    """Hand a report back with a reason; its version number is free again."""
    if not reason.strip():
        raise Refused("report.reason", "退回须写明原因。", "请写明哪里不对。")
    return _decide(account, report_id, ReportState.REJECTED, reason.strip())


@transaction.atomic
def _decide(account: Account, report_id: int, state: ReportState, note: str) -> SubmittedReport:
    county = _county(account, CHECK)
    report = report_of(county, report_id, lock=True)
    if report.maker_id == account.pk:
        raise Refused("report.self", "编报人不能确认或退回自己编报的数字。", "请由另一位有报送确认权限的人员办理。")
    if report.state != ReportState.WAITING:
        raise Refused("report.decided", "这一版已经办过了。", "请刷新页面查看。")
    verb = "confirm_report" if state == ReportState.CONFIRMED else "reject_report"
    report.checked_change = open_change(
        author=author_of(account), verb=verb, reason=note or "报送确认", source=report.period, rows=1
    )
    report.state, report.checker, report.checked_on, report.note = state, account, clock.today(), note
    report.save(update_fields=["state", "checker", "checked_on", "note", "checked_change"])
    if state == ReportState.CONFIRMED:
        write_anchor(chain=REPORTS, place=report_place(report), head=report.sm3)
    return report
