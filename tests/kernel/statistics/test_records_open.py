"""Records of a county that is still open; apart from those that read a closed one, which is committed for its module."""

import pytest

from nuanxin.kernel.statistics.periods import parse_period
from nuanxin.kernel.statistics.selectors import figure, figure_records, township_values
from tests.factories.closing import close
from tests.factories.walk import COUNTY, TOWNSHIPS, Walk, month

pytestmark = pytest.mark.db
AREA = "34.3402.340223"


def test_nothing_closed_shows_no_records(walk: Walk) -> None:
    assert figure_records("dibao_persons", COUNTY, "2024Q1", walk.account()).records == []


def test_records_without_a_township_are_seen_from_the_county_upwards(walk: Walk) -> None:
    person = walk.person()
    event = walk.death(person, month(1))
    event.township = ""
    event.save()
    close(1)
    assert figure("deaths_registered", COUNTY, "2024-01").value == 1
    assert township_values(COUNTY, "deaths_registered", parse_period("2024-01")) == {"": 1}
    seen = [
        figure_records("deaths_registered", COUNTY, "2024-01", walk.account(role, area)).total
        for role, area in (("leader", AREA), ("township_clerk", f"{AREA}.{TOWNSHIPS[0]}"))
    ]
    assert seen == [1, 0]
