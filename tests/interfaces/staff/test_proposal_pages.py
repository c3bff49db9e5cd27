"""The month's proposals in bulk: totals before acting, cuts apart, and afterwards each row's true reason."""

import datetime as dt

import pytest

from nuanxin.kernel.casework import selectors, services
from nuanxin.kernel.casework.models import Case, Decision, Proposal
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import open_change
from nuanxin.kernel.cycle.services import run_month
from nuanxin.kernel.registry import services as registry
from tests.factories.month import COUNTY

JANUARY, FEBRUARY = dt.date(2024, 1, 1), dt.date(2024, 2, 1)
LIST = "/month/2024-02/proposals/"
DECIDE = f"{LIST}decide/"


@pytest.fixture
def county(db, tmp_path):
    from tests.factories.month import MonthCounty

    return MonthCounty(tmp_path)


@pytest.fixture
def homes(county):
    """Four households on dibao; February raises two of them, cuts one and stops one."""
    made = []
    for n in range(4):
        person = county.person(f"王{n}", birth=dt.date(1970, 1, 1 + n))
        home = county.household(person)
        county.receipts.household("dibao", home.pk, {person.pk: {"basic": 40000}})
        county.apply("dibao", person, home)
        made.append((home, person))
    county.month(JANUARY)
    for (home, person), fen in zip(made, (45000, 46000, 30000, None), strict=True):
        if fen is None:
            county.receipts.household("dibao", home.pk, {person.pk: {}}, granted=False)
        else:
            county.receipts.household("dibao", home.pk, {person.pk: {"basic": fen}})
    clock.move_to(dt.date(2024, 2, 5))
    run_month(county=COUNTY, month=FEBRUARY, author=county.author)
    return made


def page(client, account, address, **data):
    client.force_login(account)
    answer = client.post(address, data) if data else client.get(address)
    return answer, answer.content.decode()


def test_raises_cuts_and_stops_stand_apart_with_their_sums(client, county, homes):
    answer, text = page(client, county.maker, LIST)
    assert answer.status_code == 200
    for words in ("调增 <b>2</b>", "+110.00", "调减 <b>1</b>", "−100.00", "停发 <b>1</b>", "−400.00"):
        assert words in text
    _, cuts = page(client, county.maker, f"{LIST}?side=cut")
    assert cuts.count('name="ids"') == 1
    assert "300.00" in cuts


def test_all_that_the_filter_leaves_is_confirmed_with_totals_and_never_holds_cuts(client, county, homes):
    answer, text = page(client, county.maker, DECIDE, act="agree", all="1")
    assert answer.status_code == 200
    assert "经办同意：2 件，请核对后确认" in text
    assert ("800.00" in text, "910.00" in text, "+110.00" in text) == (True, True, True)
    assert "另有调减、停发 2 件不在其内" in text
    assert not Decision.objects.filter(proposal__month=FEBRUARY).exists()
    page(client, county.maker, DECIDE, act="agree", all="1", confirmed="1")
    states = dict(Proposal.objects.filter(month=FEBRUARY).values_list("after_fen", "state"))
    assert states == {45000: "made", 46000: "made", 30000: "open", 0: "open"}
    answer, text = page(client, county.maker, DECIDE, act="agree", all="1", confirmed="1")
    assert "须逐件勾选或转为案件听取意见" in text


def test_what_was_left_is_told_row_by_row_with_its_reason(client, county, homes):
    ids = selectors.open_proposal_ids(COUNTY, FEBRUARY)
    change = open_change(author=county.author, verb="test", reason="测试", source="测试")
    (_home, person), *_ = homes
    registry.record_circumstance(
        change=change, kind="wage_year", person_id=person.pk, valid_from=FEBRUARY, amount_fen=1, standing="verified",
        source="核对",
    )  # fmt: skip
    stop = Proposal.objects.get(month=FEBRUARY, kind="stop")
    services.open_lowering_cases(account=county.maker, proposal_ids=[stop.pk])
    answer, text = page(client, county.maker, DECIDE, act="agree", ids=ids, confirmed="1")
    assert answer.status_code == 200
    assert "已办 2 件，2 件没有办理" in text
    assert "有新的登记，原建议作废；已重新测算，请办理新的建议" in text
    assert "正在案件中办理，请打开案件" in text


def test_a_checker_is_told_which_were_his_own(client, county, homes):
    from nuanxin.kernel.access.models import Account

    ids = [one.pk for one in Proposal.objects.filter(month=FEBRUARY, kind="change").order_by("id")]
    services.make_decisions(maker=county.maker, proposal_ids=ids[:1])
    Account.objects.filter(pk=county.checker.pk).update(role="county_examiner")
    county.checker.refresh_from_db()
    services.make_decisions(maker=county.checker, proposal_ids=ids[1:2])
    Account.objects.filter(pk=county.checker.pk).update(role="section_chief")
    county.checker.refresh_from_db()
    _, text = page(client, county.checker, DECIDE, act="check", ids=ids, confirmed="1")
    assert "已办 1 件，1 件没有办理" in text
    assert "您自己经办的，须由另一人复核" in text


def test_cuts_become_cases_where_people_are_heard(client, county, homes):
    rows = Proposal.objects.filter(month=FEBRUARY)
    page(client, county.maker, DECIDE, act="case", ids=[one.pk for one in rows], confirmed="1")
    assert sorted(Case.objects.values_list("kind", flat=True)) == ["change", "stop"]
    assert rows.filter(case__isnull=False).count() == 2
