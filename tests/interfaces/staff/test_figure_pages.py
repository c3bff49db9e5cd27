"""Whose figures a page shows: the county's to the county, a township's own to the township; adjustments with their reason."""

import io
from typing import Any

import openpyxl
import pytest
from django.urls import reverse

from nuanxin.kernel.core import clock
from nuanxin.kernel.statistics.selectors import figure, figures
from tests.factories.closing import close, first_quarter
from tests.factories.walk import COUNTY, TOWNSHIPS
from tests.kernel.statistics.test_adjustments import cremation, void

pytestmark = pytest.mark.django_db
OWN, PERIOD = TOWNSHIPS[0], "2024Q1"


@pytest.fixture
def county(accounts: dict[str, Any]) -> Any:
    """Close the quarter; one cremation of each township's is voided after January was closed."""
    walk, _ = first_quarter()
    clerk = accounts["county_examiner"]
    mine = [cremation(walk, clerk, 1) for _ in range(3)]
    other = cremation(walk, clerk, 1, town=1)
    close(1)
    void(mine[0], clerk, "与火化馆核对后作废")
    void(other, clerk, "别处的事由")
    close(2, 3)
    clock.move_to(walk_day())
    return mine[0]


def walk_day() -> Any:
    import datetime as dt

    return dt.date(2024, 6, 30)


def page(client: Any, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def sheet(client: Any, name: str, *args: Any) -> list[dict[str, Any]]:
    answer = client.get(reverse(name, args=args), {"period": PERIOD, "export": "xlsx"})
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    head, *rows = openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_township_sees_its_own_figures_and_no_county_total(county: Any, sign_in: Any) -> None:
    whole, own = figure("assistance_funds_paid", COUNTY, PERIOD), figure("assistance_funds_paid", COUNTY, PERIOD, OWN)
    assert whole.computed != own.computed
    for role, shown, hidden in (("township_clerk", own, whole), ("leader", whole, own)):
        client = sign_in(role)
        for text in (
            page(client, "home"),
            page(client, "figures", period=PERIOD, show="counted"),
            page(client, "figure", "assistance_funds_paid", period=PERIOD),
        ):
            assert f"<b>{shown.computed}</b>" in text
            assert f"<b>{hidden.computed}</b>" not in text


def test_the_exported_table_is_the_townships_own(county: Any, sign_in: Any) -> None:
    for role, township in (("township_clerk", OWN), ("leader", "")):
        said = {row["指标"]: row["计算数"] for row in sheet(sign_in(role), "figures")}
        known = {one.indicator: one.computed for one in figures(COUNTY, PERIOD, township)}
        assert {code: None if n is None else float(n) for code, n in said.items()} == {
            code: None if n is None else float(n) for code, n in known.items()
        }


def test_charts_and_the_chain_of_evidence_are_the_townships_own(county: Any, sign_in: Any) -> None:
    clerk, leader = sign_in("township_clerk"), sign_in("leader")
    place = ("figure", "assistance_funds_paid")
    assert "各乡镇" not in page(clerk, *place, period=PERIOD)
    assert "各乡镇" in page(leader, *place, period=PERIOD)
    whole, own = (figure(place[1], COUNTY, PERIOD, town).computed for town in ("", OWN))
    walked = page(clerk, "figure-trace", "assistance_funds_paid", period=PERIOD)
    assert f"{own} 万元" in walked
    assert f"{whole} 万元" not in walked


def test_what_was_published_stays_beside_and_is_not_compared_with_a_township(county: Any, sign_in: Any) -> None:
    rows = figures(COUNTY, "2024H1", OWN)
    assert any(one.published is not None and one.computed is not None for one in rows)
    assert all(one.difference is None for one in rows)
    text = page(sign_in("township_clerk"), "figures", period="2024H1")
    assert "全县公布" in text
    assert "完全一致" not in text


def test_the_records_show_the_adjustment_its_reason_and_the_record(county: Any, sign_in: Any) -> None:
    for role in ("township_clerk", "leader"):
        text = page(sign_in(role), "figure-records", "cremations", period=PERIOD)
        assert "不再计入 -1" in text
        assert "与火化馆核对后作废" in text
        assert reverse("record", args=["cremation", county.pk]) in text
        assert ("别处的事由" in text) == (role == "leader")


def test_the_exported_records_add_up_and_say_why(county: Any, sign_in: Any) -> None:
    rows = sheet(sign_in("leader"), "figure-records", "cremations")
    assert sum(row["计入"] for row in rows) == figure("cremations", COUNTY, PERIOD).value == 2
    assert {row["事由"] for row in rows if row["调整"]} == {"与火化馆核对后作废", "别处的事由"}
    assert {row["原计入月份"] for row in rows if row["调整"]} == {"2024-01"}
    mine = sheet(sign_in("township_clerk"), "figure-records", "cremations")
    assert sum(row["计入"] for row in mine) == figure("cremations", COUNTY, PERIOD, OWN).value == 2
    assert "别处的事由" not in {row["事由"] for row in mine}


def test_an_area_below_the_township_sees_no_figures(county: Any, accounts: dict[str, Any], sign_in: Any) -> None:
    clerk = accounts["township_clerk"]
    type(clerk).objects.filter(pk=clerk.pk).update(area=f"{clerk.area}.340223100001")
    client = sign_in("township_clerk")
    assert client.get(reverse("home")).status_code == 200
    answer = client.get(reverse("figures"))
    assert "数字只汇总到乡镇" in answer.content.decode()
