"""A report is submitted by two people; what was wrong is restated as the next version, and the one before stays."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.statistics import services
from nuanxin.kernel.statistics.catalogue import definition_digest
from nuanxin.kernel.statistics.models import SubmittedFigure, SubmittedReport
from nuanxin.kernel.statistics.selectors import (
    closed_months,
    figure,
    last_report,
    report_by_id,
    report_faults,
    report_rows,
    reports_in,
)
from tests.factories.closing import close
from tests.factories.walk import COUNTY, TOWNSHIPS, Walk, month
from tests.kernel.statistics.test_adjustments import cremation, void

pytestmark = pytest.mark.db
PERIOD = "2024-01"
CLERK = f"34.3402.340223.{TOWNSHIPS[0]}"


@pytest.fixture
def maker(walk: Walk) -> Any:
    return walk.account("county_examiner")


@pytest.fixture
def checker(walk: Walk) -> Any:
    return walk.account("section_chief")


@pytest.fixture
def record(walk: Walk, maker: Any) -> Any:
    """Two cremations of January, closed; the one returned is wrong."""
    cremation(walk, maker, 1)
    wrong = cremation(walk, maker, 1)
    close(1)
    return wrong


def refused(act: Any, **values: Any) -> str:
    with pytest.raises(Refused) as told:
        act(**values)
    return told.value.code


def submit(maker: Any, checker: Any, **more: str) -> SubmittedReport:
    made = services.write_report(account=maker, period=PERIOD, **more)
    return services.confirm_report(account=checker, report_id=made.pk)


def stated(report: SubmittedReport, code: str) -> SubmittedFigure:
    return report.figures.get(indicator=code)


def test_a_submitted_report_keeps_value_definition_and_chain_head(record: Any, maker: Any, checker: Any) -> None:
    report = submit(maker, checker)
    assert (report.version, report.state, report.maker, report.checker) == (1, "confirmed", maker, checker)
    assert report.head == closed_months(COUNTY)[0].head
    one = stated(report, "cremations")
    assert (one.value, one.over, one.printed, one.records) == (2, 1, "2", 2)
    assert one.definition == definition_digest("cremations") != ""
    paid = figure("assistance_funds_paid", COUNTY, PERIOD)
    assert stated(report, "assistance_funds_paid").value == paid.value
    assert report_faults(COUNTY) == []


def test_nobody_confirms_what_they_wrote(record: Any, maker: Any, checker: Any) -> None:
    made = services.write_report(account=maker, period=PERIOD)
    assert refused(services.confirm_report, account=maker, report_id=made.pk) == "access.denied"
    SubmittedReport.objects.filter(pk=made.pk).update(maker=checker)
    assert refused(services.confirm_report, account=checker, report_id=made.pk) == "report.self"
    with pytest.raises(IntegrityError), transaction.atomic():
        SubmittedReport.objects.filter(pk=made.pk).update(checker=checker, state="confirmed")


def test_who_may_write_confirm_and_read(walk: Walk, record: Any, maker: Any, checker: Any) -> None:
    made = services.write_report(account=maker, period=PERIOD)
    for role in ("section_chief", "leader", "auditor"):
        assert refused(services.write_report, account=walk.account(role), period=PERIOD) == "access.denied"
    assert refused(services.confirm_report, account=walk.account("leader"), report_id=made.pk) == "access.denied"
    assert report_by_id(walk.account("leader"), made.pk) == made
    assert report_by_id(walk.account("leader", "34.3402.340224"), made.pk) is None
    assert not reports_in(walk.account("leader", CLERK)).exists()
    assert refused(reports_in, account=walk.account("township_clerk", CLERK)) == "access.denied"
    below = walk.account("county_examiner", CLERK)
    assert refused(services.write_report, account=below, period=PERIOD) == "report.area"
    elsewhere = walk.account("section_chief", "34.3402.340224")
    assert refused(services.confirm_report, account=elsewhere, report_id=made.pk) == "report.unknown"


def test_an_open_period_is_not_submitted(record: Any, maker: Any) -> None:
    assert refused(services.write_report, account=maker, period="2024Q1") == "report.open"


def test_one_version_waits_at_a_time_and_a_rejected_one_gives_its_number_back(
    record: Any, maker: Any, checker: Any
) -> None:
    made = services.write_report(account=maker, period=PERIOD)
    assert refused(services.write_report, account=maker, period=PERIOD, reason="再报") == "report.waiting"
    assert refused(services.reject_report, account=checker, report_id=made.pk, reason=" ") == "report.reason"
    services.reject_report(account=checker, report_id=made.pk, reason="等核对")
    assert refused(services.confirm_report, account=checker, report_id=made.pk) == "report.decided"
    assert last_report(COUNTY, PERIOD) is None
    assert submit(maker, checker).version == 1


def test_a_restatement_needs_a_reason_and_a_difference(record: Any, maker: Any, checker: Any) -> None:
    submit(maker, checker)
    assert refused(services.write_report, account=maker, period=PERIOD) == "report.reason"
    assert refused(services.write_report, account=maker, period=PERIOD, reason="再报一次") == "report.same"


def test_a_wrong_figure_is_restated_as_the_next_version_and_the_first_stays(
    record: Any, maker: Any, checker: Any
) -> None:
    first = submit(maker, checker)
    kept = list(first.figures.order_by("place").values())
    void(record, maker, "重复登记")
    close(2)
    moved = {"cremations", "deaths_registered"}
    assert {row.figure.indicator for row in report_rows(first, today=True) if row.today} == moved
    second = submit(maker, checker, reason="一月多登记一具")
    assert (second.version, second.previous, second.reason) == (2, first, "一月多登记一具")
    assert (stated(first, "cremations").value, stated(second, "cremations").value) == (2, 1)
    assert (stated(second, "cremations").adjustments, stated(second, "cremations").adjusted) == (1, -1)
    assert list(first.figures.order_by("place").values()) == kept
    changed = {row.figure.indicator: row for row in report_rows(second) if row.changed}
    assert set(changed) == moved
    assert (changed["cremations"].number_before, changed["cremations"].adjusted) == (2, -1)
    assert figure("cremations", COUNTY, PERIOD).value == 2
    assert last_report(COUNTY, PERIOD) == second
    assert report_faults(COUNTY) == []


def test_money_and_heads_that_later_months_adjusted_are_restated(walk: Walk, maker: Any, checker: Any) -> None:
    from nuanxin.kernel.payments.models import Line

    lines = []
    for _ in range(2):
        lines += walk.pay(walk.grant("huimin_binzang", walk.person(), start=month(1), fen=80000), month(1))
    close(1)
    first = submit(maker, checker)
    Line.objects.filter(pk=lines[0].pk).update(state="failed", paid_month=None)
    close(2)
    second = submit(maker, checker, reason="一笔退回")
    for report, money, heads in ((first, 160000, 2), (second, 80000, 1)):
        assert stated(report, "funeral_subsidy_paid").value == money
        assert stated(report, "funeral_subsidy_persons").value == heads
    assert stated(second, "funeral_subsidy_paid").adjusted == -80000


def test_a_changed_row_is_found(record: Any, maker: Any, checker: Any) -> None:
    report = submit(maker, checker)
    report.figures.filter(indicator="cremations").update(value=3)
    assert report_faults(COUNTY) == ["2024-01 报送表第 1 版的数字与登记不符。"]
