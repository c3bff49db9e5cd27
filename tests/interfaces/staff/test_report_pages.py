"""Submitted reports on the staff site: written by one, confirmed by another, restated, exported."""

import io
from typing import Any

import openpyxl
import pytest
from django.urls import reverse

from nuanxin.kernel.statistics.models import SubmittedReport
from tests.factories.closing import close, first_quarter
from tests.kernel.statistics.test_adjustments import cremation, void

pytestmark = pytest.mark.django_db
PERIOD = "2024-01"


@pytest.fixture
def first(accounts: dict[str, Any], sign_in: Any) -> SubmittedReport:
    """January is closed and submitted, one cremation of it voided, February closed."""
    walk, _ = first_quarter()
    clerk = accounts["county_examiner"]
    cremation(walk, clerk, 1)
    wrong = cremation(walk, clerk, 1)
    close(1)
    sign_in("county_examiner").post(reverse("report-write"), {"period": PERIOD})
    made = SubmittedReport.objects.get()
    sign_in("section_chief").post(reverse("report-decide", args=[made.pk]), {"act": "confirm"})
    void(wrong, clerk)
    close(2)
    return SubmittedReport.objects.get()


def text(client: Any, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_report_is_restated_by_two_people_and_both_versions_can_be_read(first: Any, sign_in: Any) -> None:
    examiner, chief = sign_in("county_examiner"), sign_in("section_chief")
    assert first.state == "confirmed"
    told = text(examiner, "report", first.pk)
    assert "今天重算，2 个数字会不同" in told
    assert "含调整 1 条，净 -1" in told
    assert first.head in told
    examiner.post(reverse("report-write"), {"period": PERIOD, "reason": "一月多登记一具"})
    second = SubmittedReport.objects.get(version=2)
    assert "份报送表等确认" in text(chief, "home")
    chief.post(reverse("report-decide", args=[second.pk]), {"act": "confirm"})
    told = text(examiner, "report", second.pk)
    assert "一月多登记一具" in told
    assert "本版改了 2 个数字" in told
    assert "不要把重报数和以后各期相加" in told
    assert "已由第 2 版代替，本版留存。" in text(examiner, "report", first.pk)


def test_the_workbook_has_every_figure_with_its_definition_and_the_head(first: Any, sign_in: Any) -> None:
    answer = sign_in("leader").get(reverse("report", args=[first.pk]), {"export": "xlsx"})
    data = b"".join(answer.streaming_content)
    head, *rows = openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)
    table = [dict(zip(head, row, strict=True)) for row in rows]
    assert len(table) == first.figures.count()
    one = next(row for row in table if row["指标"] == "cremations")
    assert (one["报送数"], one["结账校验码"], one["版次"]) == (2, first.head, 1)
    assert len(one["口径SM3"]) == 64


def test_a_township_sees_no_submitted_report(first: Any, sign_in: Any) -> None:
    clerk = sign_in("township_clerk")
    for page in (reverse("reports"), reverse("report", args=[first.pk])):
        assert clerk.get(page).status_code == 403
    assert "报送表" not in text(clerk, "home")


def test_another_countys_report_does_not_exist(first: Any, sign_in: Any) -> None:
    SubmittedReport.objects.filter(pk=first.pk).update(county="340224")
    assert sign_in("leader").get(reverse("report", args=[first.pk])).status_code == 404
    assert "data-href" not in text(sign_in("leader"), "reports")
    answer = sign_in("section_chief").post(reverse("report-decide", args=[first.pk]), {"act": "confirm"})
    assert answer.status_code == 404


def test_the_command_prints_a_version_as_submitted(first: Any) -> None:
    import typer
    from typer.testing import CliRunner

    from nuanxin.interfaces.cli.commands import figures

    app = typer.Typer()
    figures.register(app)
    done = CliRunner().invoke(app, ["figures", first.county, PERIOD, "--version", "1"])
    assert done.exit_code == 0, done.output
    assert f"月结链头 {first.head}" in done.output
    assert "火化遗体数  2 具" in done.output
