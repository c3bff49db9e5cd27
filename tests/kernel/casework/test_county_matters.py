"""A near relative or a complaint makes a case the county's own to look into (57号 第二十条)."""

import datetime as dt

import pytest

from tests.factories.county import COUNTY

FEBRUARY = dt.date(2024, 2, 1)


def complain(desk, case, **more):
    """Let a clerk of the township take in a report about the household of a case."""
    from nuanxin.kernel.casework.services import receive_appeal

    given = {"kind": "report", "matter": "邻居反映该户有车", "channel": "来电", "household_id": case.household_id}
    return receive_appeal(account=desk.colleague, **(given | more))


def decide(desk, appeal, outcome):
    """Let somebody of the county who had no part in the case decide a complaint."""
    from nuanxin.kernel.casework.services import assign_appeal, decide_appeal

    handler = desk.county.account("county_examiner")
    assign_appeal(account=desk.chief, appeal_id=appeal.pk, handler_id=handler.pk)
    return decide_appeal(
        account=handler, appeal_id=appeal.pk, outcome=outcome, findings="入户核对车辆", reply="已答复反映人",
        no_relative=True,
    )  # fmt: skip


def refusal(desk, case, move, account, **typed):
    from nuanxin.kernel.core.errors import Refused

    with pytest.raises(Refused) as refused:
        desk.move(case, move, account, **typed)
    return refused.value


@pytest.mark.db
def test_a_complaint_makes_the_county_visit_before_it_decides(desk):
    from nuanxin.kernel.casework.selectors import case_by_id, moves_for, timeline_of

    case = desk.publish(desk.apply_for_dibao())
    desk.visit(case, desk.examiner, desk.clerk)
    case = desk.end_notice(case)
    appeal = complain(desk, case)
    lacking = refusal(desk, case, "agree", desk.examiner)
    assert lacking.code == "casework.county_visit"
    assert appeal.number in lacking.message
    assert "须由县级民政部门入户调查" in lacking.message
    (offer,) = [one for one in moves_for(case_by_id(case.pk), desk.examiner) if one.id == "agree"]
    assert offer.refusal.message == lacking.message
    told = timeline_of(case_by_id(case.pk))[-1]
    assert (told.label, told.who, told.note) == (f"收到举报 {appeal.number}", "系统", "")
    desk.visit(case, desk.clerk, desk.colleague)
    assert refusal(desk, case, "agree", desk.examiner).code == "casework.county_visit"
    desk.visit(case, desk.examiner, desk.clerk)
    case = desk.move(case, "agree", desk.examiner)
    assert desk.move(case, "approve", desk.chief).state == "granted"


def test_a_complaint_before_the_signature_stops_it_and_one_found_wrong_does_not(desk):
    case = desk.end_notice(desk.publish(desk.apply_for_dibao()))
    desk.move(case, "agree", desk.examiner)
    appeal = complain(desk, case)
    assert refusal(desk, case, "approve", desk.chief).code == "casework.county_visit"
    decide(desk, appeal, "unfounded")
    assert desk.move(case, "approve", desk.chief).state == "granted"


def test_a_complaint_found_right_still_wants_the_visit(desk):
    case = desk.end_notice(desk.publish(desk.apply_for_dibao()))
    decide(desk, complain(desk, case), "upheld")
    assert refusal(desk, case, "agree", desk.examiner).code == "casework.county_visit"


def test_a_member_is_meant_with_the_household_and_another_benefit_or_an_appeal_is_not(desk):
    from nuanxin.kernel.casework.selectors import complaints_of

    case = desk.apply_for_dibao()
    other = case.household.memberships.exclude(person_id=case.person_id).get().person_id
    complain(desk, case, household_id=None, person_id=case.person_id, kind="recheck")
    assert complaints_of(case) == []
    about_member = complain(desk, case, household_id=None, person_id=other)
    assert complaints_of(case) == [about_member]
    neighbour = desk.apply_for_dibao()
    assert complaints_of(neighbour) == []
    about_member.benefit = "gaoling_jintie"
    about_member.save()
    assert complaints_of(case) == []


@pytest.mark.db
@pytest.mark.usefixtures("delegated")
def test_a_complaint_takes_a_delegated_case_to_the_county(desk):
    from nuanxin.kernel.casework.selectors import case_by_id

    case = desk.end_notice(desk.publish(desk.apply_for_dibao()))
    desk.move(case, "agree_here")
    appeal = complain(desk, case)
    case = case_by_id(case.pk)
    assert case.whole_due_on == dt.date(2024, 2, 29)  # thirty working days instead of twenty
    assert refusal(desk, case, "approve_here", desk.leader).code == "casework.variant"
    desk.move(case, "return_here", desk.leader, note="有举报，县局入户")
    assert refusal(desk, case, "agree_here", desk.clerk).code == "casework.variant"
    desk.move(case, "raise_to_county", note="有举报")
    assert appeal.number in refusal(desk, case, "agree", desk.examiner).message
    desk.visit(case, desk.examiner, desk.clerk)
    assert desk.move(case, "agree", desk.examiner).state == "county_approval"


@pytest.mark.db
def test_the_case_that_a_complaint_led_to_is_not_closed_without_the_county(desk):
    from nuanxin.kernel.casework.services import open_review_case

    _, grant = desk.grant_dibao()
    desk.day(dt.date(2024, 2, 20))
    appeal = decide(desk, complain(desk, grant, household_id=None, grant_id=grant.pk), "partly")
    desk.day(dt.date(2024, 2, 26))
    case = open_review_case(account=desk.clerk, review_id=appeal.review_id, kind="review")
    assert refusal(desk, case, "keep", desk.clerk, note="没有变化").code == "casework.county_visit"
    desk.visit(case, desk.examiner, desk.clerk)
    assert desk.move(case, "keep", note="县局入户核实，没有变化").state == "kept"


def test_who_moved_the_open_case_does_not_handle_the_complaint_about_it(desk):
    from nuanxin.kernel.casework.selectors import handlers_for

    case = desk.end_notice(desk.publish(desk.apply_for_dibao()))
    free = {one.pk for one in handlers_for(complain(desk, case), desk.chief)}
    assert free >= {desk.examiner.pk, desk.chief.pk}
    desk.move(case, "send_back", desk.examiner, note="补充调查")
    free = {one.pk for one in handlers_for(complain(desk, case), desk.chief)}
    assert desk.examiner.pk not in free
    assert desk.chief.pk in free


UPKEEP = (
    "workflow: means_tested_upkeep\noverrides: true\nversions:\n  - from: 2021-07-01\n"
    "    basis: [{{document: 县办法}}]\n    delegated: {{on: true{more}}}\n"
)


@pytest.fixture
def upkeep(tmp_path, settings):
    """Return a function by which the county delegates changes and stops of dibao, too."""
    folder = tmp_path / "counties" / COUNTY / "workflows"
    folder.mkdir(parents=True, exist_ok=True)

    def write(more=""):
        (folder / "means_tested_upkeep.yaml").write_text(UPKEEP.format(more=more), encoding="utf-8")
        settings.NUANXIN_HOME = tmp_path

    return write


def poorer(desk, grant, fen):
    """Let the first month paid come, and the rules find less for every member of a household."""
    from nuanxin.kernel.registry.selectors import members_of

    desk.day(max(desk.today, FEBRUARY))
    members = members_of(grant.household_id, desk.today).values_list("person_id", flat=True)
    desk.county.receipts.household("dibao", grant.household_id, {one: {"basic": fen} for one in members})


@pytest.mark.db
def test_a_township_cuts_and_stops_where_upkeep_is_delegated_and_the_county_draws_its_share(desk, upkeep):
    from nuanxin.kernel.casework.models import Decision, Sample
    from nuanxin.kernel.casework.services import draw_samples, record_sample
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.work.selectors import tasks_of

    upkeep()
    _, grant = desk.grant_dibao()
    poorer(desk, grant, 30000)
    case = desk.open("change", grant)
    assert refusal(desk, case, "propose_cut", desk.clerk, note="收入增加").code == "casework.variant"
    assert desk.move(case, "propose_cut_here", note="收入增加").owner_role == "township_clerk"
    assert desk.move(case, "agree_here").state == "township_approval"
    assert refusal(desk, case, "approve_here", desk.clerk).code == "casework.not_yours"
    assert desk.move(case, "approve_here", desk.leader).state == "changed"
    desk.rich(grant)
    case = desk.open("stop", grant)
    desk.move(case, "propose_stop_here", note="收入超过标准")
    desk.move(case, "agree_here")
    assert desk.move(case, "approve_here", desk.leader).state == "stopped"
    assert Grant.objects.get(pk=grant.pk).to_date is not None
    draw = draw_samples(county=COUNTY, month=desk.today.replace(day=1), author=desk.county.author)
    assert (draw.decided, draw.drawn, draw.per_cent) == (2, 1, 30)  # the start was the county's own
    assert Decision.objects.count() == 3
    found = record_sample(account=desk.chief, sample_id=Sample.objects.get().pk, fault=True, note="收入算错")
    assert found.review is None, "the grant has ended: nothing to review"
    (task,) = tasks_of(("ended_grant", grant.pk))
    assert (task.kind, task.role) == ("ended_fault", "cases.make")


@pytest.mark.db
def test_what_the_profile_does_not_delegate_stays_the_countys(desk, upkeep):
    upkeep(", decides: [change]")
    _, grant = desk.grant_dibao()
    desk.rich(grant)
    case = desk.open("review", grant)
    assert refusal(desk, case, "propose_stop_here", desk.clerk, note="收入超标").code == "casework.variant"
    assert desk.move(case, "propose_stop", note="收入超过标准").state == "county_review"
    desk.move(case, "send_back", desk.examiner, note="再核实")
    poorer(desk, grant, 30000)
    assert desk.move(case, "propose_cut_here", note="收入增加").state == "township_review"
    assert desk.move(case, "look_again_here", note="金额有疑问").state == "opened"


def test_a_delegated_stop_is_heard_first_under_the_act(desk, upkeep):
    upkeep()
    _, grant = desk.grant_dibao()
    desk.day(dt.date(2026, 7, 2))
    desk.rich(grant)
    case = desk.open("stop", grant)
    assert refusal(desk, case, "propose_stop_here", desk.clerk).code == "casework.hearing"
    desk.move(case, "invite", note="收入超过标准")
    heard = {"on": "2026-07-02", "second_id": desk.colleague.pk, "outcome": "agrees", "statement": "同意"}
    desk.move(case, "hear", **heard)
    assert desk.move(case, "propose_stop_here").state == "township_review"


def test_a_complaint_takes_delegated_upkeep_to_the_county_too(desk, upkeep):
    upkeep()
    _, grant = desk.grant_dibao()
    poorer(desk, grant, 30000)
    case = desk.open("change", grant)
    complain(desk, case)
    assert refusal(desk, case, "propose_cut_here", desk.clerk, note="收入增加").code == "casework.variant"
    desk.move(case, "propose_cut", note="收入增加")
    assert refusal(desk, case, "agree", desk.examiner).code == "casework.county_visit"


def test_a_switch_that_no_step_answers_to_is_a_fault(tmp_path):
    from nuanxin.kernel.casework.workflow_checks import check_workflows
    from nuanxin.kernel.rulebook.books import PACKAGE, Roots

    folder = tmp_path / "counties" / COUNTY / "workflows"
    folder.mkdir(parents=True)
    text = UPKEEP.format(more="").replace("means_tested_upkeep", "children_upkeep")
    (folder / "children_upkeep.yaml").write_text(text, encoding="utf-8")
    _, faults = check_workflows(Roots(PACKAGE, tmp_path))
    assert ["不能下放" in fault.message for fault in faults] == [True]


def proposed(desk, month=FEBRUARY):
    """Run a month in which dibao is asked for, and return its proposals by benefit."""
    from nuanxin.kernel.casework.models import Proposal
    from nuanxin.kernel.cycle.services import run_month

    desk.day(month.replace(day=5))
    run_month(county=COUNTY, month=month, author=desk.county.author)
    return list(Proposal.objects.filter(month=month).order_by("id"))


@pytest.mark.db
def test_what_the_month_proposes_on_somebody_complained_about_becomes_a_case(desk):
    """The complaint was there before the month: no list decides its proposal; another household's is decided."""
    from nuanxin.kernel.casework import selectors, services
    from nuanxin.kernel.casework.models import Case
    from nuanxin.kernel.core.errors import Refused

    (home, members), (quiet, others) = desk.home(), desk.home()
    for unit, people in ((home, members), (quiet, others)):
        desk.county.apply("dibao", people[0], unit)
    desk.household_id = home.pk
    complain(desk, desk)
    assert not Case.objects.exists(), "nothing was proposed yet"
    about, free = sorted(proposed(desk), key=lambda one: one.household_id != home.pk)
    case = Case.objects.get()
    assert (case.kind, case.household_id, case.application_id, about.case_id) == (
        "apply", home.pk, about.application_id, case.pk,
    )  # fmt: skip
    assert selectors.open_proposal_ids(COUNTY, FEBRUARY) == [free.pk]
    with pytest.raises(Refused, match="正在案件中办理"):
        services.make_decision(maker=desk.examiner, proposal_id=about.pk)
    assert len(services.make_decisions(maker=desk.examiner, proposal_ids=[about.pk, free.pk])) == 1
    desk.publish(case)
    about.refresh_from_db()
    assert about.state == "superseded", "the case goes on with what it froze"
    assert refusal(desk, desk.end_notice(case), "agree", desk.examiner).code == "casework.county_visit"


@pytest.mark.db
def test_a_complaint_after_the_opinion_keeps_the_check_from_the_list_and_given_back_it_is_a_case(desk):
    from nuanxin.kernel.casework import services
    from nuanxin.kernel.casework.models import Case
    from nuanxin.kernel.core.errors import Refused

    home, members = desk.home()
    desk.county.apply("dibao", members[0], home)
    (one,) = proposed(desk)
    (made,) = services.make_decisions(maker=desk.examiner, proposal_ids=[one.pk])
    desk.household_id = home.pk
    appeal = complain(desk, desk)
    assert services.check_decisions(checker=desk.chief, decision_ids=[made]) == []
    with pytest.raises(Refused, match=appeal.number) as told:
        services.check_decision(checker=desk.chief, decision_id=made)
    assert told.value.code == "casework.complained"
    services.return_decision(checker=desk.chief, decision_id=made, reason="有举报，转案件")
    one.refresh_from_db()
    assert (one.state, one.case_id) == ("open", Case.objects.get().pk)


@pytest.mark.db
def test_a_change_and_a_decided_or_other_complaint(desk):
    """A raise is laid into a change case; a complaint that names another benefit, or is decided, keeps nothing back."""
    from nuanxin.kernel.casework import services
    from nuanxin.kernel.casework.models import Case

    _, grant = desk.grant_dibao()
    desk.household_id = grant.household_id
    complain(desk, desk)
    members = list(grant.coverages.values_list("person_id", flat=True))
    desk.county.receipts.household("dibao", grant.household_id, {one: {"basic": 50_000} for one in members})
    (raised,) = proposed(desk)
    case = Case.objects.get(closed_on=None)
    assert (case.kind, case.grant_id, raised.case_id) == ("change", grant.pk, case.pk)
    desk.county.pay(FEBRUARY)
    person = desk.county.person("赵急", birth=dt.date(1980, 1, 1))
    desk.county.receipts.say("linshi_jiuzhu", person.pk, 100_000)
    desk.county.apply("linshi_jiuzhu", person, filed=desk.today)
    decide(desk, complain(desk, desk, household_id=None, person_id=person.pk), "unfounded")
    (free,) = [one for one in proposed(desk, dt.date(2024, 3, 1)) if one.benefit == "linshi_jiuzhu"]
    assert len(services.make_decisions(maker=desk.examiner, proposal_ids=[free.pk])) == 1
