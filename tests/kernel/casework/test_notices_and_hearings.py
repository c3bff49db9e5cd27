"""Public notices hang their full days and show little; nobody is cut or stopped unheard where the law says so."""

import datetime as dt

import pytest

from tests.factories.county import COUNTY, TOWNSHIP
from tests.factories.desk import ACT
from tests.factories.hearings import hold_hearing, object_to_notice


@pytest.mark.db
def test_a_notice_is_not_shortened(desk):
    from nuanxin.kernel.casework.services import close_due_notices
    from nuanxin.kernel.core.errors import Refused

    case = desk.publish(desk.apply_for_dibao())
    last = case.notices.get().last_day
    assert last == desk.today + dt.timedelta(days=7)
    for day in (desk.today, last):
        desk.day(day)
        assert close_due_notices(county=COUNTY, on=day) == 0
        with pytest.raises(Refused, match=r"公示期为 7 天.*不能缩短.*第十九条") as refused:
            desk.move(case, "end_notice")
        assert refused.value.code == "casework.notice_shortened"
    assert desk.end_notice(case).state == "county_review"
    assert case.notices.get().state == "elapsed"


@pytest.mark.db
def test_an_objection_goes_back_and_is_published_again(desk):
    from nuanxin.kernel.casework.selectors import notice_page, timeline_of
    from nuanxin.kernel.core.errors import Refused

    case = desk.publish(desk.apply_for_dibao())
    case = object_to_notice(
        account=desk.clerk, case_id=case.pk, version=case.version, raised_by="李某", words="有一辆小汽车"
    )
    assert (case.state, notice_page(COUNTY, TOWNSHIP).count()) == ("reinvestigation", 0)
    assert not any("李某" in one.note or "李某" in str(one.details) for one in timeline_of(case))
    with pytest.raises(Refused, match="须写明情况"):
        desk.move(case, "publish_again")
    case = desk.move(case, "publish_again", note="经查车辆登记在他人名下")
    assert [one.state for one in case.notices.order_by("id")] == ["objected", "open"]
    desk.day(case.notices.get(state="open").last_day + dt.timedelta(days=1))
    with pytest.raises(Refused, match="公示期已满"):
        object_to_notice(account=desk.clerk, case_id=case.pk, version=case.version, raised_by="李某", words="又一次")
    assert desk.end_notice(case).state == "county_review"


def test_a_minors_name_is_not_shown(desk):
    from nuanxin.kernel.casework.schema import Notice
    from nuanxin.kernel.casework.services.entering import shown_name

    notice = Notice(days=7, shows=["name"], minors_under=18, article="57号")
    child = desk.county.person("张小宝", birth=dt.date(2006, 1, 16))
    assert shown_name(child.pk, notice, dt.date(2024, 1, 15)) == "张某"
    assert shown_name(child.pk, notice, dt.date(2024, 1, 16)) == "张*宝"


def test_children_are_never_published(desk):
    from nuanxin.kernel.casework.models import PublicNotice

    child = desk.county.person("张小宝", birth=dt.date(2015, 1, 16))
    desk.county.receipts.say("guer", child.pk, 150000)
    case = desk.apply("guer", child)
    desk.move(case, "start_check")
    case = desk.move(case, "report", note="父母双亡，证明齐全")
    assert (case.state, case.due_on) == ("county_review", dt.date(2024, 2, 4))  # a Sunday that is worked
    desk.move(case, "agree", desk.examiner)
    assert desk.move(case, "approve", desk.chief).state == "granted"
    assert not PublicNotice.objects.exists()


@pytest.fixture
def act_desk(desk):
    desk.day(ACT + dt.timedelta(days=1))
    _, grant = desk.grant_dibao()
    return desk, grant


@pytest.mark.db
def test_nobody_is_stopped_unheard(act_desk):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.work.selectors import letters_of

    desk, grant = act_desk
    case = desk.open("stop", grant)
    desk.rich(grant)
    with pytest.raises(Refused, match=r"先听取当事人意见.*第四十八条") as refused:
        desk.move(case, "propose_stop")
    assert refused.value.code == "casework.hearing"
    case = desk.move(case, "invite", note="人均收入超过标准", place="镇便民中心")
    assert letters_of(("case", case.pk)).filter(kind="hearing").count() == 1
    given = {"account": desk.clerk, "case_id": case.pk, "version": case.version, "on": desk.today}
    with pytest.raises(Refused, match="两名不同"):
        hold_hearing(**given, second_id=desk.clerk.pk, outcome="agrees", statement="同意")
    with pytest.raises(Refused, match="记录当事人的意见"):
        hold_hearing(**given, second_id=desk.colleague.pk, outcome="objects")
    case = hold_hearing(**given, second_id=desk.colleague.pk, outcome="objects", statement="工作不稳定")
    desk.move(case, "propose_stop")
    desk.move(case, "agree", desk.examiner, note="收入核实无误")
    case = desk.move(case, "approve", desk.chief)
    grant.refresh_from_db()
    assert (case.state, grant.end_cause) == ("stopped", "income")
    assert letters_of(("case", case.pk)).filter(kind="stopped").count() == 1


def test_before_the_act_reasons_were_enough(desk):
    _, grant = desk.grant_dibao()
    desk.rich(grant)
    case = desk.open("stop", grant)
    desk.move(case, "propose_stop", note="人均收入超过标准")
    desk.move(case, "agree", desk.examiner)
    assert desk.move(case, "approve", desk.chief).state == "stopped"


@pytest.mark.db
def test_the_months_stops_wait_for_the_hearing(act_desk):
    from nuanxin.kernel.casework import services
    from nuanxin.kernel.casework.models import Proposal
    from nuanxin.kernel.core.errors import Refused

    desk, grant = act_desk
    proposal = Proposal.objects.create(
        county=COUNTY, township=TOWNSHIP, month=dt.date(2026, 7, 1), benefit="dibao", kind="stop",
        household_id=grant.household_id, grant=grant, before_fen=80000, persons_before=2, cause="not_eligible",
        key="stop", assessment_run_id=desk.county.receipts.write(), state="open", change=desk.county.change,
    )  # fmt: skip
    with pytest.raises(Refused, match="第四十八条"):
        services.make_decision(maker=desk.examiner, proposal_id=proposal.pk)
    with pytest.raises(Refused, match="第四十八条"):
        services.make_decisions(maker=desk.examiner, proposal_ids=[proposal.pk])
    case = desk.open("stop", grant, proposal_id=proposal.pk)
    desk.rich(grant)
    with pytest.raises(Refused, match="正在案件中办理"):
        services.make_decision(maker=desk.examiner, proposal_id=proposal.pk)
    desk.move(case, "invite", note="人均收入超过标准")
    hold_hearing(
        account=desk.clerk, case_id=case.pk, version=case.version + 1, on=desk.today, second_id=desk.colleague.pk,
        outcome="absent",
    )  # fmt: skip
    desk.move(case, "propose_stop")
    desk.move(case, "agree", desk.examiner)
    assert desk.move(case, "approve", desk.chief).state == "stopped"
    proposal.refresh_from_db()
    assert proposal.state == "superseded"


def test_disagreeing_with_a_stop_needs_no_hearing(act_desk):
    from nuanxin.kernel.casework import services
    from nuanxin.kernel.casework.models import Proposal

    desk, grant = act_desk
    proposal = Proposal.objects.create(
        county=COUNTY, township=TOWNSHIP, month=dt.date(2026, 7, 1), benefit="dibao", kind="stop",
        household_id=grant.household_id, grant=grant, before_fen=80000, persons_before=2, cause="not_eligible",
        key="stop", assessment_run_id=desk.county.receipts.write(), state="open", change=desk.county.change,
    )  # fmt: skip
    made = services.make_decisions(
        maker=desk.examiner, proposal_ids=[proposal.pk], outcome="rejected", reason="收入未变"
    )
    assert len(made) == 1


def test_death_stops_at_once_and_the_family_is_told(act_desk):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.registry.models import Person
    from nuanxin.kernel.work.selectors import letters_of

    desk, _ = act_desk
    old = desk.county.person("张老", birth=dt.date(1940, 1, 1))
    desk.county.receipts.say("tekun", old.pk, 200000)
    case = desk.publish(desk.apply("tekun", old))
    desk.end_notice(case)
    desk.move(case, "agree", desk.examiner)
    desk.move(case, "approve", desk.chief)
    from nuanxin.kernel.grants.models import Grant

    stop = desk.open("stop", Grant.objects.get(person=old), cause="death")
    with pytest.raises(Refused, match="没有已确认的死亡"):
        desk.move(stop, "stop_for_death")
    Person.objects.filter(pk=old.pk).update(death=desk.today)
    stop = desk.move(stop, "stop_for_death")
    assert stop.state == "stopped"
    (letter,) = letters_of(("case", stop.pk)).filter(kind="death")
    assert "张老" in letter.values


def test_ending_tekun_hangs_for_seven_days(desk):
    """T-R05-3: leaves school 2025-07, the termination hangs seven days, the stop counts from the month after."""
    from nuanxin.kernel.grants.models import Grant

    desk.day(dt.date(2025, 1, 6))
    young = desk.county.person("陈学生", birth=dt.date(2007, 3, 1))
    desk.county.receipts.say("tekun", young.pk, 200000)
    case = desk.publish(desk.apply("tekun", young))
    desk.end_notice(case)
    desk.move(case, "agree", desk.examiner)
    desk.move(case, "approve", desk.chief)
    desk.day(dt.date(2025, 7, 10))
    desk.county.receipts.say("tekun", young.pk, 0, granted=False)
    stop = desk.open("stop", Grant.objects.get(), cause="left_school")
    stop = desk.move(stop, "propose_stop", note="2025年7月离校，不再就读")
    notice = stop.notices.get()
    assert (stop.state, notice.last_day) == ("notice", dt.date(2025, 7, 17))
    desk.end_notice(stop)
    desk.move(stop, "agree", desk.examiner)
    desk.move(stop, "approve", desk.chief)
    assert Grant.objects.get().to_date == dt.date(2025, 8, 1)
