"""Resettlers and their rosters: posted, agreed to by another, applied for once."""

import datetime as dt

import pytest

from nuanxin.domains.welfare import selectors
from nuanxin.domains.welfare import services as welfare
from nuanxin.domains.welfare.models import Resettler, Roster
from nuanxin.kernel.casework.models import Application
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry_reads
from nuanxin.kernel.registry.models import Person
from nuanxin.kernel.registry.register import register_by_code
from nuanxin.kernel.registry.services.records import create_record, move_record, update_record
from tests.factories.county import AREA, TOWNSHIP, VILLAGE

pytestmark = [pytest.mark.db, pytest.mark.django_db]

COMPLETED = dt.date(2012, 3, 15)


@pytest.fixture
def clerk(county):
    return county.account("township_clerk", f"{AREA}.{TOWNSHIP}")


@pytest.fixture
def chief(county):
    return county.account("section_chief")


def record(person, account, **more):
    given = {"person": person.pk, "reservoir": "青山水库", "completed_on": COMPLETED, **more}
    return create_record(spec=register_by_code("resettler"), values=given, account=account)


def stands(person, on):
    return {row.kind for row in registry_reads.circumstances_of(person_id=person.pk, on=on)}


def refused(act, **kwargs):
    with pytest.raises(Refused) as told:
        act(**kwargs)
    return told.value.code


def test_recording_writes_the_circumstance_and_removal_and_voiding_end_it(county, clerk):
    person = county.person()
    one = record(person, clerk)
    assert stands(person, COMPLETED) == {"resettler"}
    assert stands(person, COMPLETED - dt.timedelta(days=1)) == set()
    spec = register_by_code("resettler")
    given = {
        "person": person.pk, "reservoir": "青山水库", "completed_on": COMPLETED, "removed_on": dt.date(2024, 3, 1), "removal": "payroll",
    }  # fmt: skip
    update_record(spec=spec, record_id=one.pk, values=given, account=clerk, reason="核减")
    assert stands(person, dt.date(2024, 2, 29)) == {"resettler"}
    assert stands(person, dt.date(2024, 3, 1)) == set()
    move_record(spec=spec, record_id=one.pk, state="void", account=clerk, reason="误登记")
    assert stands(person, dt.date(2024, 2, 1)) == set()


@pytest.mark.parametrize(
    "wrong",
    [{"removed_on": COMPLETED, "removal": "payroll"}, {"removal": "payroll"}, {"removed_on": dt.date(2024, 3, 1)}],
)
def test_what_cannot_be_true_is_refused(county, clerk, wrong):
    with pytest.raises(Refused):
        record(county.person(), clerk, **wrong)


def test_one_person_once(county, clerk):
    person = county.person()
    record(person, clerk)
    with pytest.raises(Refused):
        record(person, clerk)


def test_a_roster_hangs_its_days_and_makes_applicants(county, clerk, chief):
    people = [county.person(), county.person()]
    for one in people:
        record(one, clerk)
    assert selectors.villages_waiting(clerk, "340223") == [(VILLAGE, registry_reads.division(VILLAGE).name, 2)]
    roster = welfare.post_roster(account=clerk, village=VILLAGE)
    assert (roster.persons, roster.last_day) == (2, dt.date(2024, 3, 22))
    assert selectors.villages_waiting(clerk, "340223") == []
    assert refused(welfare.approve_roster, account=chief, roster_id=roster.pk) == "roster.hangs"
    clock.move_to(dt.date(2024, 3, 23))
    assert refused(welfare.approve_roster, account=clerk, roster_id=roster.pk) == "access.denied"
    Person.objects.filter(pk=people[1].pk).update(death=dt.date(2024, 3, 20))
    assert welfare.approve_roster(account=chief, roster_id=roster.pk) == 1
    filed = Application.objects.get()
    assert (filed.benefit, filed.person_id, filed.filed_on) == ("yimin_zhibu", people[0].pk, dt.date(2024, 3, 23))
    assert refused(welfare.approve_roster, account=chief, roster_id=roster.pk) == "roster.unknown"
    assert refused(welfare.post_roster, account=clerk, village=VILLAGE) == "roster.empty"


def test_an_objection_takes_the_roster_down_and_it_is_posted_anew(county, clerk, chief):
    record(county.person(), clerk)
    roster = welfare.post_roster(account=clerk, village=VILLAGE)
    assert refused(welfare.return_roster, account=chief, roster_id=roster.pk, objections=" ") == "roster.reason"
    welfare.return_roster(account=chief, roster_id=roster.pk, objections="张某不是移民")
    assert welfare.post_roster(account=clerk, village=VILLAGE).pk != roster.pk
    assert refused(welfare.post_roster, account=clerk, village=VILLAGE) == "roster.empty"


def test_a_record_changed_after_posting_stops_the_roster(county, clerk, chief):
    one = record(county.person(), clerk)
    roster = welfare.post_roster(account=clerk, village=VILLAGE)
    Resettler.objects.filter(pk=one.pk).update(completed_on=dt.date(2000, 1, 1))
    clock.move_to(dt.date(2024, 3, 25))
    assert refused(welfare.approve_roster, account=chief, roster_id=roster.pk) == "roster.changed"


def test_who_posted_may_not_agree_and_others_places_are_closed(county, clerk):
    record(county.person(), clerk)
    elsewhere = county.account("township_clerk", f"{AREA}.340223101")
    assert refused(welfare.post_roster, account=elsewhere, village=VILLAGE) == "roster.area"
    roster = welfare.post_roster(account=clerk, village=VILLAGE)
    assert selectors.roster_by_id(elsewhere, roster.pk) is None
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Roster.objects.filter(pk=roster.pk).update(checker=clerk)
