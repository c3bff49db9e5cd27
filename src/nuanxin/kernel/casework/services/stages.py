"""A decision made once and paid in stages: parts declared with it, each later one looked at before it is paid.

民发〔2018〕23号: 一次审批、分阶段救助. The parts sum to the decision's amount: each limit on it holds for them.
"""

import datetime as dt

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import sees_path
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.enums import Outcome, ProposalKind, StageState
from nuanxin.kernel.casework.models import Case, Decision, Stage
from nuanxin.kernel.casework.move_effects import Acting, register_move_effect
from nuanxin.kernel.casework.selectors.stages import month_of_stage, stages_of
from nuanxin.kernel.casework.services import telling
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.fen import parse_yuan, yuan
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.payments.reserve import paid_in_cases
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.work.services import finish_tasks, open_tasks
from nuanxin.kernel.work.values import TaskDraft

MOST, TASK, OWNER = "stages_most", "stage", "decision"
LEAST_FEN = 100  # a yuan for each person and part: below that, rounding would decide who is paid
LOOK_DAYS = 9  # the look is due on the tenth of the part's month


def declare(acting: Acting) -> None:
    """Write down the parts that the maker's opinion is to be paid in: `stages` handed in, yuan parted by spaces.

    Nothing handed in: paid in one sum. Refused unless the parts are the decision's amount to the fen.
    """
    amounts = [parse_yuan(one) for one in str(acting.data.get("stages", "")).replace("，", " ").split()]
    decision = acting.decision
    if not amounts or decision is None:
        return
    _refuse_unfit(acting.case, decision, amounts)
    Stage.objects.bulk_create(
        Stage(
            decision=decision,
            number=number,
            amount_fen=fen,
            state=StageState.CONFIRMED if number == 1 else StageState.PLANNED,
            change=acting.change,
        )
        for number, fen in enumerate(amounts, 1)
    )


def _refuse_unfit(case: Case, decision: Decision, amounts: list[int]) -> None:
    if decision.opinion != Outcome.APPROVED or decision.kind != ProposalKind.START or len(amounts) < 2:
        raise Refused("stages.what", "只有同意救助的意见可以分期，且至少分两期。", "一次发给的，请把分期一栏留空。")
    if sum(amounts) != decision.amount_fen:
        raise Refused(
            "stages.sum",
            f"各期合计 {yuan(sum(amounts))} 元，与核定金额 {yuan(decision.amount_fen)} 元不一致。",
            "请改正各期金额；核定金额已受规定的上限约束，分期不能增减。",
        )
    most = int(str(rulebook.numbers(case.county, MOST, clock.today()).get("") or 0))
    if len(amounts) > most:
        raise Refused("stages.most", f"最多分 {most} 期，现在分了 {len(amounts)} 期。", "请减少期数。")
    if min(amounts) < LEAST_FEN * max(decision.persons, 1):
        raise Refused("stages.least", "每期对每一位救助对象至少一元。", "请合并金额过小的各期。")
    before = sum(paid_in_cases([case.pk]).get(case.pk, {}).values())
    if amounts[0] < before:
        raise Refused(
            "stages.reserve",
            f"先行救助已付 {yuan(before)} 元，第一期不能少于这个数。",
            "请提高第一期金额，使已付的全部算在第一期内。",
        )


def plan_looks(acting: Acting) -> None:
    """Open, for a decision that took effect, the task of each later part: look whether the need still exists."""
    case, decision = acting.case, acting.decision
    if decision is None or decision.outcome != Outcome.APPROVED:
        return
    rule = assessor().rule(case.county, month_of(acting.today), case.benefit)
    drafts = [
        TaskDraft(
            county=case.county,
            division_id=case.handled_in_id,
            kind=f"{TASK}{one.number}",
            title=f"{rule.title} {case.number} 第 {one.number} 期发放前复查",
            owner=(OWNER, decision.pk),
            due_on=month_of_stage(decision, one.number) + dt.timedelta(days=LOOK_DAYS),
            key=f"stage:{one.pk}",
            role="township_clerk",
        )
        for one in stages_of(decision.pk)
        if one.state == StageState.PLANNED
    ]
    open_tasks(change=acting.change, drafts=drafts)


def confirm_stage(*, account: Account, stage_id: int, found: str) -> Stage:
    """Record that the need was looked at again and still exists: the part is due, with the next build of dues.

    Refused before the part's month, while an earlier part waits, and without words on what was found.
    """
    require(account, "cases.make")
    with transaction.atomic():
        stage = _locked(account, stage_id)
        if len(found.strip()) < 2:
            raise Refused("stages.found", "请写明复查的情况。", "写明困难是否仍然存在、怎样查的。")
        waiting = stages_of(stage.decision_id).filter(state__in=[StageState.PLANNED, StageState.STOPPING]).first()
        if stage.state != StageState.PLANNED or waiting is None or waiting.pk != stage.pk:
            raise Refused("stages.order", "这一期现在不能复查：已经办理，或前一期还没有复查。", "请刷新页面核对。")
        month = month_of_stage(stage.decision, stage.number)
        if clock.today() < month:
            raise Refused("stages.early", f"这一期属于 {month:%Y-%m}，不能提前复查。", "请在当月发放前复查。")
        change = _change(account, "confirm_stage", found)
        stage.state, stage.looked_by, stage.looked_on = StageState.CONFIRMED, account, clock.today()
        stage.found, stage.change = found.strip()[:200], change
        stage.save()
        finish_tasks(change=change, owner=(OWNER, stage.decision_id), kind=f"{TASK}{stage.number}")
    return stage


def propose_stage_stop(*, account: Account, decision_id: int, found: str, heard: str) -> int:
    """Propose to pay none of the parts that still wait, because the need ended; returns how many these are.

    `heard` is what the person said to it (社会救助法 第四十八条): nothing is stopped unheard.
    """
    require(account, "cases.make")
    if len(found.strip()) < 2 or len(heard.strip()) < 2:
        raise Refused(
            "stages.heard",
            "停发剩余各期须写明理由，并先听取当事人意见。",
            "写明当事人的意见；经通知未到的，写明通知的情况。",
        )
    with transaction.atomic():
        rows = stages_of(decision_id).select_for_update(of=("self",)).filter(state=StageState.PLANNED)
        for one in rows:
            _refuse_elsewhere(account, one)
        change = _change(account, "propose_stage_stop", found)
        count = rows.update(
            state=StageState.STOPPING, looked_by=account, looked_on=clock.today(), found=found.strip()[:200],
            heard=heard.strip()[:500], change=change,
        )  # fmt: skip
        if not count:
            raise Refused("stages.none", "没有还在等复查的各期。", "已确认的各期不能停发；多发的按追缴办理。")
    return count


def check_stage_stop(*, account: Account, decision_id: int, agree: bool = True) -> int:
    """Agree as a second person that the remaining parts are not paid, or let them wait again; tells the person."""
    require(account, "cases.check")
    with transaction.atomic():
        rows = list(stages_of(decision_id).select_for_update(of=("self",)).filter(state=StageState.STOPPING))
        if not rows:
            raise Refused("stages.state", "没有等待复核的停发意见。", "请刷新页面核对。")
        for one in rows:
            _refuse_elsewhere(account, one)
        if any(one.looked_by_id == account.pk for one in rows):
            raise Refused("stages.same_person", "提出停发的人不能自己复核。", "请由另一位有审核权限的人员办理。")
        change = _change(account, "check_stage_stop", rows[0].found)
        for one in rows:
            _settle(one, account if agree else None, change)
        if agree:
            _tell(rows[0], change)
    return len(rows)


def _settle(stage: Stage, checker: Account | None, change: Change) -> None:
    """Stop a part, or without a checker let it wait as before."""
    stage.change = change
    if checker is None:
        stage.state, stage.looked_by, stage.looked_on, stage.found, stage.heard = StageState.PLANNED, None, None, "", ""
    else:
        stage.state, stage.checked_by = StageState.STOPPED, checker
        finish_tasks(change=change, owner=(OWNER, stage.decision_id), kind=f"{TASK}{stage.number}")
    stage.save()


def _tell(first: Stage, change: Change) -> None:
    case = first.decision.proposal.case
    if case is None:
        return
    values = {
        "from_month": f"{month_of_stage(first.decision, first.number):%Y-%m}",
        "reasons": first.found,
        "heard": first.heard,
    }
    telling.tell(case=case, change=change, kind="stopped", values=values)


def _locked(account: Account, stage_id: int) -> Stage:
    stage = Stage.objects.select_for_update(of=("self",)).select_related("decision__proposal__case__handled_in")
    found = stage.filter(pk=stage_id, decision__outcome=Outcome.APPROVED).first()
    if found is None:
        raise Refused("stages.unknown", "没有这一期，或决定还没有生效。", "请从案件页面进入。")
    _refuse_elsewhere(account, found)
    return found


def _refuse_elsewhere(account: Account, stage: Stage) -> None:
    case = stage.decision.proposal.case
    if case is None or not sees_path(account, case.handled_in.path):
        raise Refused("casework.not_yours", "这一期不由您的岗位或辖区办理。", "请由承办岗位的人员办理。")


def _change(account: Account, verb: str, words: str) -> Change:
    return open_change(author=author_of(account), verb=verb, reason=words.strip()[:200], source="分阶段救助", rows=1)


register_move_effect("stages", declare)
register_move_effect("plan_looks", plan_looks)
