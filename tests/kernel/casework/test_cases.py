"""A case from the counter to the grant: only declared moves, one owner, a due date, nothing skipped."""

import datetime as dt
import json

import pytest

from tests.factories.county import COUNTY, OTHER_TOWNSHIP, TOWNSHIP

FEBRUARY = dt.date(2024, 2, 1)


@pytest.mark.db
def test_dibao_from_application_to_grant(desk):
    from nuanxin.kernel.casework.models import Application, Decision, Proposal
    from nuanxin.kernel.casework.selectors import notice_page, timeline_of
    from nuanxin.kernel.core.crypto import sm3_hex
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.work.selectors import letters_of, tasks_of

    case = desk.apply_for_dibao()
    assert (case.state, case.owner_role, case.due_on) == ("accepted", "township_clerk", dt.date(2024, 1, 18))
    assert case.whole_due_on == dt.date(2024, 2, 29)  # thirty working days, two make-up days among them
    desk.publish(case)
    (notice,) = notice_page(COUNTY, TOWNSHIP)
    assert (notice.shown_name, notice.members, notice.amount_fen) == ("王*", 2, 80000)
    assert notice_page(COUNTY, OTHER_TOWNSHIP).count() == 0
    case = desk.end_notice(case)
    assert (case.state, case.owner_role) == ("county_review", "county_examiner")
    case = desk.move(case, "agree", desk.examiner)
    case = desk.move(case, "approve", desk.chief)
    assert (case.state, case.closed_on, case.due_on) == ("granted", desk.today, None)
    assert Grant.objects.get().from_date == FEBRUARY
    proposal, decision = Proposal.objects.get(), Decision.objects.get()
    assert (proposal.assessment_run_id, proposal.case_id, decision.release_id) == (None, case.pk, "0" * 64)
    assert (sm3_hex(decision.receipt), json.loads(decision.receipt)["amount_fen"]) == (decision.receipt_sm3, 80000)
    assert Application.objects.get().state == "approved"
    assert [one.kind for one in letters_of(("case", case.pk)).order_by("id")] == ["accepted", "approved"]
    assert not tasks_of(("case", case.pk)).exists()
    assert [one.state for one in timeline_of(case)][-1] == "已确认"


@pytest.mark.parametrize(
    ("confirmed", "first"), [(dt.date(2024, 10, 31), (2024, 11)), (dt.date(2024, 11, 1), (2024, 12))]
)
def test_first_month_follows_the_confirmation(desk, confirmed, first):
    """T-R01-8."""
    from nuanxin.kernel.grants.models import Grant

    desk.day(dt.date(2024, 10, 11))
    case = desk.end_notice(desk.publish(desk.apply_for_dibao()))
    desk.move(case, "agree", desk.examiner)
    desk.day(confirmed)
    desk.move(case, "approve", desk.chief)
    assert Grant.objects.get().from_date == dt.date(*first, 1)


def test_an_eligible_household_is_taken_in_whole(desk):
    """T-R01-9."""
    from nuanxin.kernel.casework.models import Proposal
    from nuanxin.kernel.core.errors import Refused

    case = desk.apply_for_dibao(people=3)
    desk.move(case, "start_check")
    desk.visit(case)
    with pytest.raises(Refused, match="不得仅将个别家庭成员纳入") as refused:
        desk.move(case, "publish", persons=[case.person_id])
    assert refused.value.code == "N83-1-1"
    assert not Proposal.objects.exists()
    everybody = list(case.household.memberships.values_list("person_id", flat=True))
    desk.move(case, "publish", persons=everybody)
    assert Proposal.objects.get().persons_after == 3


def test_only_declared_moves_by_whose_turn_it_is(desk):
    from nuanxin.kernel.core.errors import Refused

    case = desk.apply_for_dibao()
    for move, account, code in (
        ("approve", desk.chief, "casework.move"),
        ("dream", desk.clerk, "casework.move"),
        ("start_check", desk.examiner, "casework.not_yours"),
        ("start_check", desk.other_clerk, "casework.case"),
    ):
        with pytest.raises(Refused) as refused:
            desk.move(case, move, account)
        assert refused.value.code == code
    desk.move(case, "start_check")
    with pytest.raises(Refused) as refused:
        desk.move(case, "publish")
    assert refused.value.code == "casework.visit"


@pytest.mark.db
def test_two_clerks_on_one_case(desk):
    from nuanxin.kernel.casework.models import CaseMove
    from nuanxin.kernel.casework.services import move_case
    from nuanxin.kernel.core.errors import Refused

    case = desk.apply_for_dibao()
    move_case(account=desk.clerk, case_id=case.pk, version=case.version, move="start_check")
    with pytest.raises(Refused, match="没有提交，也没有覆盖") as refused:
        move_case(account=desk.colleague, case_id=case.pk, version=case.version, move="start_check")
    assert refused.value.code == "casework.stale"
    assert desk.clerk.display_name in refused.value.message
    assert "开始核对调查" in refused.value.message
    assert CaseMove.objects.filter(case=case).count() == 2


def test_a_race_between_reading_and_writing_is_lost_by_the_second(desk):
    from nuanxin.kernel.casework.models import Case
    from nuanxin.kernel.casework.services.moving import _take_version
    from nuanxin.kernel.core.errors import Refused

    case = desk.apply_for_dibao()
    held = Case.objects.get(pk=case.pk)
    desk.move(case, "start_check")
    with pytest.raises(Refused) as refused:
        _take_version(held)
    assert refused.value.code == "casework.stale"


def test_the_maker_does_not_confirm(desk):
    from nuanxin.kernel.access.models import Account
    from nuanxin.kernel.core.errors import Refused

    case = desk.end_notice(desk.publish(desk.apply_for_dibao()))
    desk.move(case, "agree", desk.examiner)
    Account.objects.filter(pk=desk.examiner.pk).update(role="section_chief")
    desk.examiner.refresh_from_db()
    with pytest.raises(Refused, match="经办人不能复核"):
        desk.move(case, "approve", desk.examiner)
    case = desk.move(case, "return", desk.chief, note="补充调查")
    assert case.state == "county_review"


def test_refusal_needs_no_notice_and_says_why(desk):
    from nuanxin.kernel.casework.models import Application, PublicNotice
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.grants.models import Grant
    from nuanxin.kernel.work.selectors import letters_of

    case = desk.apply_for_dibao()
    desk.rich(case)
    desk.move(case, "start_check")
    desk.visit(case)
    with pytest.raises(Refused, match="不符合条件"):
        desk.move(case, "publish")
    desk.move(case, "propose_refusal")
    desk.move(case, "agree", desk.examiner, note="人均收入高于标准")
    case = desk.move(case, "approve", desk.chief)
    assert (case.state, Application.objects.get().state) == ("refused", "refused")
    assert not PublicNotice.objects.exists()
    assert not Grant.objects.exists()
    assert letters_of(("case", case.pk)).filter(kind="refused").count() == 1


def test_unknown_facts_are_asked_not_guessed(desk):
    from nuanxin.kernel.core.errors import Refused

    case = desk.apply_for_dibao()
    desk.county.receipts.household("dibao", case.household_id, {}, granted=None, amount_fen=None)
    desk.move(case, "start_check")
    desk.visit(case)
    for move in ("publish", "propose_refusal"):
        with pytest.raises(Refused, match="查清"):
            desk.move(case, move)


def test_papers_are_asked_once_and_only_those_missing(desk):
    from nuanxin.kernel.casework.selectors import missing_documents
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.work.selectors import letters_of

    desk.county.receipts.papers["dibao"] = ["申请书", "诚信承诺书"]
    case = desk.apply_for_dibao()
    with pytest.raises(Refused, match="还缺材料：申请书、诚信承诺书"):
        desk.move(case, "start_check")
    case = desk.move(case, "ask_documents", documents_seen=["申请书"])
    assert (case.state, case.asked_on, missing_documents(case)) == ("supplement", desk.today, ["诚信承诺书"])
    (letter,) = letters_of(("case", case.pk)).filter(kind="wanted")
    assert "诚信承诺书" in letter.values
    assert "申请书" not in letter.values
    desk.day(dt.date(2024, 1, 29))
    case = desk.move(case, "documents_in", documents_seen=["诚信承诺书"])
    assert (case.accepted_on, case.state) == (desk.today, "accepted")
    desk.county.receipts.papers["dibao"] = ["申请书", "诚信承诺书", "授权书"]
    with pytest.raises(Refused, match="一次性告知过") as refused:
        desk.move(case, "ask_documents")
    assert refused.value.code == "casework.asked_twice"
    assert desk.move(case, "ask_documents", new_circumstances="新增共同生活成员").state == "supplement"


def test_any_counter_takes_any_application(desk):
    from nuanxin.kernel.casework.models import CaseTransfer
    from nuanxin.kernel.casework.selectors import cases_of, moves_for
    from nuanxin.kernel.casework.services import transfer_case
    from nuanxin.kernel.core.errors import Refused

    case = desk.apply_for_dibao(account=desk.other_clerk, accepted_in=OTHER_TOWNSHIP)
    assert (case.accepted_in_id, case.handled_in_id[:9], case.township) == (OTHER_TOWNSHIP, TOWNSHIP, TOWNSHIP)
    assert [one.pk for one in cases_of(desk.other_clerk, COUNTY)] == [case.pk]
    assert [one.pk for one in cases_of(desk.clerk, COUNTY)] == [case.pk]
    assert moves_for(case, desk.other_clerk) == []
    assert moves_for(case, desk.clerk)[0].id == "start_check"
    with pytest.raises(Refused, match="不由您的岗位或辖区办理"):
        desk.move(case, "start_check", desk.other_clerk)
    with pytest.raises(Refused, match="只有承办地"):
        transfer_case(
            account=desk.other_clerk, case_id=case.pk, version=1, to_division=OTHER_TOWNSHIP, reason="住在本镇"
        )
    moved = transfer_case(
        account=desk.clerk, case_id=case.pk, version=1, to_division=OTHER_TOWNSHIP, reason="申请人住在该镇"
    )
    assert (moved.township, moved.version, CaseTransfer.objects.get().to_division_id) == (
        OTHER_TOWNSHIP, 2, OTHER_TOWNSHIP,
    )  # fmt: skip
    assert desk.move(moved, "start_check", desk.other_clerk).state == "investigation"


def test_a_near_relative_goes_to_the_county(desk):
    from nuanxin.kernel.core.errors import Refused

    case = desk.end_notice(desk.publish(desk.apply_for_dibao(near_relative=True)))
    assert case.state == "county_review"
    with pytest.raises(Refused, match="须由县级民政部门入户调查"):
        desk.move(case, "agree", desk.examiner)
    desk.visit(case, desk.examiner, desk.clerk)
    assert desk.move(case, "agree", desk.examiner).state == "county_approval"


@pytest.mark.usefixtures("delegated")
def test_a_relative_found_later_takes_it_from_the_township(desk):
    from nuanxin.kernel.casework.services import mark_near_relative
    from nuanxin.kernel.core.errors import Refused

    case = desk.end_notice(desk.publish(desk.apply_for_dibao()))
    desk.move(case, "agree_here")
    given = {"account": desk.clerk, "case_id": case.pk, "note": "申请人是村主任的弟弟"}
    with pytest.raises(Refused, match="乡镇正在确认"):
        mark_near_relative(**given, version=case.version + 1)
    case = desk.move(case, "return_here", desk.leader, note="先核实")
    case = mark_near_relative(**given, version=case.version)
    assert case.whole_due_on == dt.date(2024, 2, 29)
    with pytest.raises(Refused, match="应由县级"):
        desk.move(case, "agree_here")
    assert desk.move(case, "raise_to_county", note="近亲属").state == "county_review"


def test_a_colleagues_cases_go_over_with_the_work(desk):
    from nuanxin.kernel.casework.selectors import case_by_id
    from nuanxin.kernel.casework.services import take_case
    from nuanxin.kernel.core.changes import author_of
    from nuanxin.kernel.work.selectors import open_tasks_of
    from nuanxin.kernel.work.services import hand_over

    case = take_case(account=desk.clerk, case_id=desk.apply_for_dibao().pk, version=1)
    assert case.assignee_id == desk.clerk.pk
    assert not open_tasks_of(desk.colleague, desk.today).exists()
    hand_over(
        author=author_of(desk.chief), from_id=desk.clerk.pk, to_id=desk.colleague.pk, reason="休假", on=desk.today
    )
    assert case_by_id(case.pk).assignee_id == desk.colleague.pk
    (task,) = open_tasks_of(desk.colleague, desk.today)
    assert (task.owner_kind, task.owner_id, task.due_on) == ("case", case.pk, case.due_on)


def test_what_a_case_handles_the_month_leaves_alone(desk):
    from nuanxin.kernel.casework.models import Proposal
    from nuanxin.kernel.casework.selectors import open_proposal_ids
    from nuanxin.kernel.casework.services import make_decisions, withdraw_application
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.cycle.services import run_month

    case = desk.apply_for_dibao()
    run_month(county=COUNTY, month=dt.date(2024, 1, 1), author=desk.county.author)
    assert not Proposal.objects.exists()
    desk.publish(case)
    assert open_proposal_ids(COUNTY, dt.date(2024, 1, 1)) == []
    with pytest.raises(Refused, match="正在案件中办理"):
        make_decisions(maker=desk.examiner, proposal_ids=[Proposal.objects.get().pk])
    with pytest.raises(Refused, match="正在案件中办理"):
        withdraw_application(author=desk.county.author, application_id=case.application_id)


@pytest.mark.usefixtures("delegated")
def test_a_township_decides_where_it_is_delegated(desk):
    from nuanxin.kernel.core.errors import Refused
    from nuanxin.kernel.grants.models import Grant

    case = desk.apply_for_dibao()
    assert case.whole_due_on == dt.date(2024, 2, 9)  # twenty working days
    case = desk.end_notice(desk.publish(case))
    assert case.state == "township_review"
    desk.move(case, "agree_here")
    with pytest.raises(Refused):
        desk.move(case, "approve_here", desk.clerk)
    assert desk.move(case, "approve_here", desk.leader).state == "granted"
    assert Grant.objects.count() == 1
    near = desk.end_notice(desk.publish(desk.apply_for_dibao(near_relative=True)))
    assert near.state == "county_review"
