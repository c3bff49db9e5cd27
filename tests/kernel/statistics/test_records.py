"""A figure opens to its records, and only to those of the reader's area."""

import pytest

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.statistics.periods import parse_period
from nuanxin.kernel.statistics.selectors import figure, figure_records
from nuanxin.kernel.statistics.selectors.records import read_page
from tests.factories.walk import COUNTY, TOWNSHIPS, Walk

pytestmark = pytest.mark.db
AREA = "34.3402.340223"


def test_the_records_of_a_figure_are_as_many_as_it_says(closed: Walk) -> None:
    leader = closed.account("leader")
    for code in (
        "dibao_persons",
        "assistance_funds_paid",
        "dibao_households_exited",
        "tekun_disabled_central_support_rate",
    ):
        page = figure_records(code, COUNTY, "2024Q1", leader)
        assert page.total == figure(code, COUNTY, "2024Q1").records == len(page.records)


def test_their_amounts_add_up_to_the_figure(closed: Walk) -> None:
    page = figure_records("assistance_funds_paid", COUNTY, "2024Q1", closed.account())
    assert (
        sum(record.amount_fen or 0 for record in page.records)
        == figure("assistance_funds_paid", COUNTY, "2024Q1").value
    )


def test_each_record_links_to_its_person_or_household(closed: Walk) -> None:
    persons = figure_records("dibao_persons", COUNTY, "2024Q1", closed.account()).records
    assert all(record.person_id for record in persons)
    households = figure_records("dibao_households", COUNTY, "2024Q1", closed.account()).records
    assert all(record.household_id for record in households)


@pytest.mark.parametrize(("area", "seen"), [(f"{AREA}.{TOWNSHIPS[0]}", 0), (f"{AREA}.{TOWNSHIPS[1]}", 5), (AREA, 13)])
def test_the_area_filters_the_drill_down(closed: Walk, area: str, seen: int) -> None:
    role = "leader" if area == AREA else "township_clerk"
    page = figure_records("assistance_funds_paid", COUNTY, "2024Q1", closed.account(role, area))
    mine = [record for record in page.records if record.township.startswith(area.rsplit(".", 1)[-1])]
    assert len(mine) == page.total
    assert page.total == (seen or 8)


@pytest.mark.parametrize("area", ["34.3402.340224", f"{AREA}.{TOWNSHIPS[0]}.340223100001", ""])
def test_another_county_a_village_or_no_area_sees_nothing(closed: Walk, area: str) -> None:
    assert figure_records("dibao_persons", COUNTY, "2024Q1", closed.account("leader", area)).total == 0


def test_without_the_permission_it_is_refused(closed: Walk) -> None:
    with pytest.raises(Refused) as refused:
        figure_records("dibao_persons", COUNTY, "2024Q1", closed.account("nobody"))
    assert refused.value.code == "access.denied"


def test_a_ratio_marks_the_numerators_records(closed: Walk) -> None:
    page = figure_records("tekun_disabled_central_support_rate", COUNTY, "2024Q1", closed.account())
    assert page.marked_title == "集中供养的失能半失能特困人员数"
    assert [record.marked for record in page.records] == [True]
    assert page.records[0].columns["residence_care"] == "central"


def test_pages_are_cut_and_counted(closed: Walk) -> None:
    period = parse_period("2024Q1")
    first = read_page("assistance_funds_paid", COUNTY, period, "true", 1, size=5)
    last = read_page("assistance_funds_paid", COUNTY, period, "true", 3, size=5)
    assert (first.total, first.pages, len(first.records), len(last.records)) == (13, 3, 5, 3)
    assert not {record.id for record in first.records} & {record.id for record in last.records}
