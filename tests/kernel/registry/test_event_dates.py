"""Life events have happened: their days lie between birth and today, whoever reports them."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.enums import EventKind
from nuanxin.kernel.registry.models import LifeEvent, Person
from tests.factories.county import BIRTH, TODAY

pytestmark = [pytest.mark.db, pytest.mark.django_db]
DAY = dt.timedelta(days=1)
ALONE = ("death", "move_out", "move_in", "coming_of_age")


def report(county, person, on, kind, **more):
    return services.report_event(change=county.change, kind=kind, person_id=person.pk, on=on, source="村委会", **more)


def confirm(county, *rows):
    table = pa.Table.from_pylist([{"source": "公安", **row} for row in rows])
    return services.confirm_events(change=county.change, table=table)


@pytest.mark.parametrize("kind", ALONE)
@pytest.mark.parametrize("on", [TODAY + DAY, dt.date(2024, 12, 31), dt.date(2042, 7, 1), dt.date(9999, 12, 31)])
def test_what_has_not_happened_is_refused_of_every_kind(county, kind, on):
    with pytest.raises(Refused, match=r"王小明的.*晚于今天（2024-03-15）"):
        report(county, county.person(), on, kind)
    assert not LifeEvent.objects.exists()


@pytest.mark.parametrize("kind", ALONE)
@pytest.mark.parametrize("on", [BIRTH - DAY, dt.date(1924, 6, 30), dt.date(1, 1, 1)])
def test_nothing_happens_before_birth(county, kind, on):
    with pytest.raises(Refused, match="早于"):
        report(county, county.person(), on, kind)


def test_somebody_without_a_birth_date_still_has_an_earliest_day(county):
    nobody = county.person()
    Person.objects.update(birth=None)
    nobody.refresh_from_db()
    with pytest.raises(Refused, match="早于 1900-01-01"):
        report(county, nobody, dt.date(1899, 12, 31), "death")


def test_born_and_dead_on_one_day_and_dead_today_are_possible(county):
    assert report(county, county.person("同日"), BIRTH, "death").state == "reported"
    assert report(county, county.person("今日"), TODAY, "death").state == "reported"


def test_a_birth_on_another_day_than_the_registered_one_is_refused(county):
    with pytest.raises(Refused, match="与登记的出生日期 1950-03-07 不同"):
        report(county, county.person(), BIRTH + DAY, "birth")


@pytest.mark.parametrize("kind", ["marriage", "divorce"])
def test_both_parties_of_a_couple_have_the_bounds(county, kind):
    man, late = county.person("王大"), county.person("晚生", birth=dt.date(2001, 1, 1))
    with pytest.raises(Refused, match=r"晚生的.*早于出生日期"):
        report(county, man, dt.date(2000, 1, 1), kind, other_id=late.pk)
    with pytest.raises(Refused, match="晚于今天"):
        report(county, man, TODAY + DAY, kind, other_id=late.pk)
    dead = county.person("已故")
    confirm(county, {"kind": "death", "person_id": dead.pk, "on": dt.date(2024, 1, 1)})
    with pytest.raises(Refused, match="已故已于 2024-01-01 死亡"):
        report(county, man, dt.date(2024, 2, 1), kind, other_id=dead.pk)
    with pytest.raises(Refused, match="同一个人"):
        report(county, man, dt.date(2024, 2, 1), kind, other_id=man.pk)


def test_a_delivered_death_has_the_same_bounds_and_leaves_nothing(county):
    good, early = county.person("甲"), county.person("乙")
    for on in (TODAY + DAY, BIRTH - DAY):
        with pytest.raises(Refused, match="乙的死亡日期"):
            confirm(
                county,
                {"kind": "death", "person_id": good.pk, "on": TODAY},
                {"kind": "death", "person_id": early.pk, "on": on},
            )
    assert not Person.objects.filter(death__isnull=False).exists()


def test_two_deaths_of_one_person_in_one_delivery_are_refused(county):
    man = county.person("王大")
    with pytest.raises(Refused, match="王大已有一条待确认的死亡报告（2024-03-01，公安）"):
        confirm(
            county,
            {"kind": "death", "person_id": man.pk, "on": dt.date(2024, 3, 1)},
            {"kind": "death", "person_id": man.pk, "on": dt.date(2024, 3, 2)},
        )


def test_nobody_dies_before_a_marriage_that_is_confirmed(county):
    man, wife = county.person("王大"), county.person("李二", sex=2)
    confirm(county, {"kind": "marriage", "person_id": man.pk, "other_id": wife.pk, "on": dt.date(2024, 3, 10)})
    for one in (man, wife):
        with pytest.raises(Refused, match="死亡日期 2024-03-01 之后还有结婚登记"):
            report(county, one, dt.date(2024, 3, 1), "death")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(on=st.dates(), kind=st.sampled_from([kind.value for kind in EventKind if kind.value in ALONE]))
def test_whatever_day_is_typed_only_days_between_birth_and_today_are_kept(county, on, kind):
    person = county.person()
    try:
        report(county, person, on, kind)
    except Refused:
        assert not BIRTH <= on <= TODAY
    else:
        assert BIRTH <= on <= TODAY
