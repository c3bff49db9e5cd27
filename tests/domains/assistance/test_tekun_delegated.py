"""特困 decided by the township where the county delegates it: application, raise and stop; the county draws its share."""

import datetime as dt

import pytest

from tests.factories.county import COUNTY
from tests.factories.desk import ACT

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def desk(db, tmp_path, settings):
    from tests.factories.desk import Desk
    from tests.factories.month import MonthCounty

    folder = tmp_path / "counties" / COUNTY / "workflows"
    folder.mkdir(parents=True)
    for code, decides in (("tekun", ""), ("tekun_upkeep", ", decides: [change, stop]")):
        (folder / f"{code}.yaml").write_text(
            f"workflow: {code}\noverrides: true\nversions:\n  - from: 2021-07-01\n    basis: [{{document: 县办法}}]\n"
            f"    delegated: {{on: true{decides}}}\n  - from: 2026-07-01\n    basis: [{{document: 县办法}}]\n"
            f"    delegated: {{on: true{decides}}}\n",
            encoding="utf-8",
        )
    settings.NUANXIN_HOME = tmp_path
    return Desk(MonthCounty(tmp_path))


def supported(desk, fen=195_000):
    """Take a person's application all the way in the township."""
    person = desk.county.person("孙孤", birth=dt.date(1950, 1, 1))
    desk.county.receipts.say("tekun", person.pk, fen)
    case = desk.apply("tekun", person)
    assert case.whole_due_on == dt.date(2024, 2, 9), "twenty working days, not thirty"
    case = desk.end_notice(desk.publish(case))
    assert (case.state, case.owner_role) == ("township_review", "township_clerk")
    desk.move(case, "agree_here")
    return desk.move(case, "approve_here", desk.leader), person


def grant_of(person):
    from nuanxin.kernel.grants.models import Grant

    return Grant.objects.get(person=person)


def test_the_township_grants_and_the_county_draws(desk):
    from nuanxin.kernel.casework.models import Decision
    from nuanxin.kernel.casework.services import draw_samples
    from nuanxin.kernel.core.changes import author_of

    case, person = supported(desk)
    assert case.state == "granted"
    assert grant_of(person).from_date == dt.date(2024, 2, 1)
    decision = Decision.objects.get()
    assert (decision.maker, decision.checker) == (desk.clerk, desk.leader)
    desk.day(dt.date(2024, 2, 1))
    draw = draw_samples(county=COUNTY, month=dt.date(2024, 1, 1), author=author_of(desk.chief))
    assert list(draw.samples.values_list("decision_id", flat=True)) == [decision.pk]


def test_who_decides_is_another_and_a_complaint_goes_to_the_county(desk):
    from nuanxin.kernel.casework.services import receive_appeal
    from nuanxin.kernel.core.errors import Refused

    person = desk.county.person("孙孤", birth=dt.date(1950, 1, 1))
    desk.county.receipts.say("tekun", person.pk, 195_000)
    case = desk.publish(desk.apply("tekun", person))
    receive_appeal(account=desk.examiner, kind="report", matter="另有子女供养", channel="phone", case_id=case.pk)
    case = desk.end_notice(case)
    assert case.state == "county_review"
    with pytest.raises(Refused, match="县级民政部门入户调查"):
        desk.move(case, "agree", desk.examiner)


@pytest.mark.parametrize("raised", [True, False])
def test_before_the_act_the_township_raises_and_stops(desk, raised):
    _, person = supported(desk)
    desk.county.receipts.say("tekun", person.pk, 208_000 if raised else 0, granted=raised)
    grant = grant_of(person)
    case = desk.open("change" if raised else "stop", grant)
    if raised:
        case = desk.move(case, "propose_raise_here")
    else:
        case = desk.end_notice(desk.move(case, "propose_stop", note="子女已能供养"))
    assert case.state == "township_review"
    desk.move(case, "agree_here")
    assert desk.move(case, "approve_here", desk.leader).state == ("changed" if raised else "stopped")
    grant.refresh_from_db()
    assert (grant.to_date is None) == raised


def test_since_the_act_nobody_is_stopped_unheard_in_the_township_either(desk):
    from nuanxin.kernel.core.errors import Refused

    _, person = supported(desk)
    desk.day(ACT + dt.timedelta(days=20))
    desk.county.receipts.say("tekun", person.pk, 0, granted=False)
    case = desk.open("stop", grant_of(person))
    with pytest.raises(Refused, match="听取当事人意见"):
        desk.move(case, "propose_stop", note="子女已能供养")
    desk.move(case, "invite", note="请到便民服务中心")
    heard = {"on": desk.today.isoformat(), "second_id": desk.colleague.pk, "outcome": "agrees", "statement": "无异议"}
    desk.move(case, "hear", **heard)
    case = desk.end_notice(desk.move(case, "propose_stop"))
    desk.move(case, "agree_here")
    assert desk.move(case, "approve_here", desk.leader).state == "stopped"
