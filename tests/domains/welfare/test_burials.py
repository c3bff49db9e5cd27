"""Burials that save land: the first writes the fact, a later move pays nothing again (T-R24-1); once is once."""

import datetime as dt

import pytest

from nuanxin.kernel.casework.models import Application
from nuanxin.kernel.casework.services import file_application
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry_reads
from nuanxin.kernel.registry.models import Person
from nuanxin.kernel.registry.register import register_by_code
from nuanxin.kernel.registry.services.records import create_record, move_record

pytestmark = [pytest.mark.db, pytest.mark.django_db]

DIED, BURIED = dt.date(2024, 2, 1), dt.date(2024, 3, 5)


@pytest.fixture
def clerk(county):
    return county.account()


@pytest.fixture
def dead(county):
    person = county.person()
    Person.objects.filter(pk=person.pk).update(death=DIED)
    person.refresh_from_db()
    return person


def bury(person, account, **more):
    given = {"deceased": person.pk, "buried_on": BURIED, "method": "tree", "moved": False, **more}
    return create_record(spec=register_by_code("eco_burial"), values=given, account=account)


def facts(person, on):
    return {row.kind: row.code for row in registry_reads.circumstances_of(person_id=person.pk, on=on)}


def test_t_r24_1_the_first_burial_counts_and_a_move_changes_nothing(county, clerk, dead):
    bury(dead, clerk)
    later = dt.date(2024, 3, 10)
    assert facts(dead, later) == {"eco_burial": "tree"}
    with pytest.raises(Refused):
        bury(dead, clerk, buried_on=later, method="niche")
    moved = bury(dead, clerk, buried_on=later, method="niche", moved=True)
    assert facts(dead, later) == {"eco_burial": "tree"}
    move_record(spec=register_by_code("eco_burial"), record_id=moved.pk, state="void", account=clerk, reason="误登记")
    assert facts(dead, later) == {"eco_burial": "tree"}


def test_ashes_moved_here_from_elsewhere_are_marked(county, clerk, dead):
    bury(dead, clerk, moved=True)
    assert facts(dead, BURIED) == {"eco_burial": "tree", "eco_moved": None}


@pytest.mark.parametrize("wrong", [{"buried_on": dt.date(2024, 1, 31)}, {"applicant": "self"}])
def test_what_cannot_be_true_is_refused(county, clerk, dead, wrong):
    given = {name: dead.pk if value == "self" else value for name, value in wrong.items()}
    with pytest.raises(Refused):
        bury(dead, clerk, **given)


def test_the_living_are_not_buried(county, clerk):
    with pytest.raises(Refused):
        bury(county.person(), clerk)


@pytest.mark.parametrize("benefit", ["huimin_binzang", "shengtai_anzang"])
def test_one_deceased_is_paid_for_once(county, clerk, dead, benefit):
    asked = {
        "author": author_of(clerk),
        "county": "340223",
        "benefit": benefit,
        "person_id": dead.pk,
        "filed_on": BURIED,
    }
    first = file_application(**asked)
    Application.objects.filter(pk=first.pk).update(state="approved")
    with pytest.raises(Refused) as told:
        file_application(**asked)
    assert told.value.code == "casework.once"


def test_temporary_relief_may_come_again(county, clerk, dead):
    asked = {
        "author": author_of(clerk),
        "county": "340223",
        "benefit": "linshi_jiuzhu",
        "person_id": dead.pk,
        "filed_on": BURIED,
    }
    Application.objects.filter(pk=file_application(**asked).pk).update(state="approved")
    file_application(**asked)
