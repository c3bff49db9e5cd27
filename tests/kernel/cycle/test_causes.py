"""Why an amount changes is derived from the inputs that changed; the parts sum to the difference to the fen."""

import datetime as dt
import json

import pytest

from nuanxin.kernel.casework import selectors, services
from nuanxin.kernel.casework.models import Proposal
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import open_change
from nuanxin.kernel.registry import services as registry
from tests.factories.county import COUNTY
from tests.kernel.cycle.test_standards import Bureau

MARCH, JULY = dt.date(2024, 3, 1), dt.date(2024, 7, 1)
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db]


@pytest.fixture
def bureau(tmp_path, settings):
    settings.NUANXIN_HOME = tmp_path
    made = Bureau()
    for month in (1, 2):
        made.month(dt.date(2024, month, 1))
    return made


def act(bureau):
    return open_change(author=bureau.author, verb="test", reason="测试", source="核对")


def earns(bureau, fen, person=None, since=dt.date(2024, 2, 20)):
    registry.record_circumstance(
        change=act(bureau), kind="wage_year", person_id=(person or bureau.head).pk, valid_from=since, amount_fen=fen,
        standing="verified", source="核对",
    )  # fmt: skip


def proposals(bureau, month):
    bureau.month(month, close=False)
    rows = Proposal.objects.filter(county=COUNTY, month=month, benefit="dibao", state="open")
    found = [(one.kind, one.cause, json.loads(one.causes)) for one in rows]
    for one in rows:
        assert sum(fen for _, fen in json.loads(one.causes)) == one.after_fen - one.before_fen
    return found


def test_a_cut_by_an_income_is_called_by_the_income(bureau):
    clock.move_to(dt.date(2024, 2, 20))
    earns(bureau, 240_000)
    assert proposals(bureau, MARCH) == [("change", "circumstance", [["wage_year", -10_000]])]


def test_a_raise_by_the_standard_alone_is_called_standard_and_by_both_tells_both(bureau):
    for month in (3, 4, 5):
        bureau.month(dt.date(2024, month, 1))
    clock.move_to(dt.date(2024, 6, 10))
    bureau.month(dt.date(2024, 6, 1))
    clock.move_to(dt.date(2024, 6, 20))
    earns(bureau, 240_000, since=dt.date(2024, 6, 1))
    ((kind, cause, parts),) = proposals(bureau, JULY)
    assert (kind, cause) == ("change", "several")
    named = dict(parts)
    assert set(named) == {"standard", "wage_year"}
    assert named["standard"] > 0 > named["wage_year"] == -10_000


def test_a_stop_tells_which_income_and_a_new_member_counts_apart(bureau):
    clock.move_to(dt.date(2024, 2, 20))
    earns(bureau, 3_000_000)
    ((kind, cause, parts),) = proposals(bureau, MARCH)
    assert (kind, cause, parts) == ("stop", "not_eligible", [["wage_year", -67_000]])


def test_what_is_decided_goes_by_the_proposal_and_keeps_its_causes(bureau):
    clock.move_to(dt.date(2024, 2, 20))
    earns(bureau, 240_000)
    proposals(bureau, MARCH)
    ids = selectors.open_proposal_ids(COUNTY, MARCH, "dibao")
    made = services.make_decisions(maker=bureau.maker, proposal_ids=ids)
    assert len(services.check_decisions(checker=bureau.checker, decision_ids=made)) == 1
