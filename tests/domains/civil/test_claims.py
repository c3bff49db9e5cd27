"""Funeral relief from the cremation record: asked for in one act, once, to the family or to the parlour."""

import datetime as dt

import pyarrow as pa
import pytest

from nuanxin.domains.civil import selectors
from nuanxin.domains.civil import services as civil
from nuanxin.kernel.casework.models import Application
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import services as registry
from nuanxin.kernel.registry.register import register_by_code
from nuanxin.kernel.registry.services.records import create_record

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def clerk(county):
    return county.account()


def cremated(county, clerk, parlour="南陵县殡仪馆"):
    dead, family = county.person(), county.person()
    number = f"6217{family.pk:012d}"
    table = pa.table(
        {"county": ["340223"], "holder_id": pa.array([family.pk], pa.int64()), "bank_code": ["102"], "number": [number]}
    )
    payee = registry.load_accounts(change=county.change, table=table)[0].as_py()
    given = {
        "deceased": dead.pk, "died_on": dt.date(2024, 3, 5), "cremated_on": dt.date(2024, 3, 7), "parlour": parlour,
        "applicant": family.pk, "cremation_fen": 40000,
    }  # fmt: skip
    return create_record(spec=register_by_code("cremation"), values=given, account=clerk), payee


def test_many_are_asked_for_at_once_and_only_once(county, clerk):
    one, first = cremated(county, clerk)
    two, second = cremated(county, clerk)
    assert selectors.unclaimed(clerk, "340223").count() == 2
    assert civil.file_reliefs(account=clerk, cremation_ids=[one.pk, two.pk]) == 2
    filed = Application.objects.order_by("id")
    assert [(row.person_id, row.payee_id, row.state) for row in filed] == [
        (one.deceased_id, first, "filed"), (two.deceased_id, second, "filed"),
    ]  # fmt: skip
    assert civil.file_reliefs(account=clerk, cremation_ids=[one.pk, two.pk]) == 0
    Application.objects.update(state="approved")
    assert selectors.unclaimed(clerk, "340223").count() == 0


def test_deducted_at_once_the_parlour_is_paid(county, clerk):
    one, _ = cremated(county, clerk)
    with pytest.raises(Refused) as told:
        civil.file_reliefs(account=clerk, cremation_ids=[one.pk], instant=True)
    assert told.value.code == "claim.parlour"
    parlour = registry.register_organisation(
        change=county.change, county="340223", uscc="51340223MJ1234561R", name="南陵县殡仪馆", kind="company"
    )
    table = pa.table(
        {
            "county": ["340223"], "organisation_id": pa.array([parlour.pk], pa.int64()), "bank_code": ["102"],
            "number": ["6217000000009999"], "holder_id": pa.array([None], pa.int64()),
        }
    )  # fmt: skip
    payee = registry.load_accounts(change=county.change, table=table)[0].as_py()
    assert civil.file_reliefs(account=clerk, cremation_ids=[one.pk], instant=True) == 1
    assert Application.objects.get().payee_id == payee


def test_another_townships_cremations_are_not_seen(county, clerk):
    one, _ = cremated(county, clerk)
    elsewhere = county.account("township_clerk", "34.3402.340223.340223101")
    assert selectors.unclaimed(elsewhere, "340223").count() == 0
    assert civil.file_reliefs(account=elsewhere, cremation_ids=[one.pk]) == 0
