import datetime as dt

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from nuanxin.kernel.core import clock, months
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.errors import Refused

pytestmark = pytest.mark.db
days = st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31))


@pytest.mark.django_db
def test_the_clock_is_real_until_a_date_is_stored():
    assert abs(clock.today() - timezone.localdate()) <= dt.timedelta(days=1)
    clock.move_to(dt.date(2024, 2, 29))
    clock.move_to(dt.date(2024, 3, 31))
    assert clock.today() == dt.date(2024, 3, 31)
    assert clock.now().date() == dt.date(2024, 3, 31)
    assert clock.now().tzinfo is not None


@pytest.mark.django_db
def test_a_change_bears_the_business_date():
    clock.move_to(dt.date(2024, 2, 29))
    change = open_change(author=Author("甲"), verb="load", reason="r", source="s", rows=3)
    assert (change.business_date, change.rows, change.actor_id) == (dt.date(2024, 2, 29), 3, None)


@given(days, st.integers(-600, 600))
def test_months_add_up(day, count):
    month = months.month_of(day)
    moved = months.add_months(month, count)
    assert months.add_months(moved, -count) == month
    assert moved.day == 1
    assert months.month_end(month) + dt.timedelta(days=1) == months.add_months(month, 1)
    assert month <= day <= months.month_end(month)


@given(days, days)
def test_months_between_are_each_there_once(first, last):
    found = list(months.months_between(first, last))
    assert found == sorted(set(found))
    assert bool(found) == (months.month_of(first) <= last)


@pytest.mark.parametrize("text", ["2024", "2024-13", "2024-1-1", "二月", ""])
def test_what_is_no_month(text):
    with pytest.raises(Refused):
        months.parse_month(text)
