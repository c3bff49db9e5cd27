import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.workdays import add_working_days, is_working_day, working_days_between

NATIONAL_DAY = [(3, "2024-10-08"), (5, "2024-10-10"), (10, "2024-10-16"), (15, "2024-10-23"), (20, "2024-10-30")]
NATIONAL_DAY += [(30, "2024-11-13"), (45, "2024-12-04")]
SPRING_FESTIVAL = [(3, "2025-01-23"), (5, "2025-01-26"), (10, "2025-02-08"), (30, "2025-03-07")]


@pytest.mark.parametrize(("count", "due"), NATIONAL_DAY)
def test_over_the_national_day(count, due):
    assert add_working_days(dt.date(2024, 9, 27), count).isoformat() == due


@pytest.mark.parametrize(("count", "due"), SPRING_FESTIVAL)
def test_over_the_spring_festival(count, due):
    assert add_working_days(dt.date(2025, 1, 20), count).isoformat() == due


@given(st.dates(dt.date(2004, 1, 1), dt.date(2025, 12, 31)), st.integers(1, 60))
def test_the_end_is_worked_and_counts_back(start, count):
    end = add_working_days(start, count)
    assert is_working_day(end)
    assert working_days_between(start, end) == count
    assert working_days_between(start, end - dt.timedelta(days=1)) == count - 1


def test_nothing_to_add_and_nothing_between():
    assert add_working_days(dt.date(2024, 10, 1), 0) == dt.date(2024, 10, 1)
    assert working_days_between(dt.date(2024, 10, 8), dt.date(2024, 10, 1)) == 0


def test_a_year_without_a_notice_is_refused_by_the_name_of_its_file():
    with pytest.raises(Refused, match="2027") as caught:
        add_working_days(dt.date(2026, 12, 31), 3)
    assert "calendar/2027.csv" in caught.value.todo


def test_an_instance_adds_its_own_year(settings):
    folder = settings.NUANXIN_HOME / "calendar"
    folder.mkdir(parents=True)
    (folder / "2027.csv").write_text("date,is_work,name\n2027-01-01,0,元旦\n2027-01-02,1,补班\n", encoding="utf-8")
    assert add_working_days(dt.date(2026, 12, 31), 2) == dt.date(2027, 1, 4)


def test_a_negative_count_is_refused():
    with pytest.raises(Refused):
        add_working_days(dt.date(2024, 1, 2), -1)


@pytest.mark.parametrize("year", range(2004, 2027))
def test_every_shipped_year_is_plausible(year):
    days = [dt.date(year, 1, 1) + dt.timedelta(days=day) for day in range(365)]
    assert 244 <= sum(map(is_working_day, days)) <= 256
    assert not is_working_day(dt.date(year, 1, 1))
    assert not is_working_day(dt.date(year, 10, 1))
