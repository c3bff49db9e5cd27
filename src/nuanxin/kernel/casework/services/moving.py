"""Moving a case: only as declared, by who may, in one transaction; whoever comes second is told what happened."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import may, sees_path
from nuanxin.kernel.casework import needs
from nuanxin.kernel.casework.enums import NoticeState
from nuanxin.kernel.casework.models import Case, CaseMove, CaseTransfer, Decision, Proposal, PublicNotice
from nuanxin.kernel.casework.move_effects import Acting, run_effects
from nuanxin.kernel.casework.schema import Move
from nuanxin.kernel.casework.selectors import applies, case_by_id, may_move, workflow_of
from nuanxin.kernel.casework.services import telling
from nuanxin.kernel.casework.services.effects import current_proposal
from nuanxin.kernel.casework.services.entering import enter_state, open_task, whole_due
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.selectors import division
from nuanxin.kernel.work.services import HandingOver, drop_tasks, register_handover

SYSTEM = Author("系统")
SAME = "same"
KEPT_APART = frozenset(
    {"raised_by", "words", "statement"}
)  # who objected and what was heard lie with notice and hearing


def move_case(
    *,
    account: Account,
    case_id: int,
    version: int,
    move: str,
    note: str = "",
    data: Mapping[str, Any] | None = None,
) -> Case:
    """Make a declared move and return the case in its new state.

    Refused when somebody moved it meanwhile (`casework.stale`, telling who did what), when the move is not declared
    from here, is another's, or lacks what it needs.
    """
    case = case_by_id(case_id, account)
    _refuse_stale(case, version)
    today = clock.today()
    workflow = workflow_of(case, today)
    declared = workflow.moves.get(move)
    if case.closed_on is not None or declared is None or case.state not in declared.from_:
        state = workflow.states[case.state].label
        raise Refused("casework.move", f"案件现在是“{state}”，不能这样办理。", "请从案件页面列出的下一步中选择。")
    if not applies(declared, case, workflow):
        where = "县级" if declared.only == "delegated" else "乡镇"
        raise Refused("casework.variant", f"本案应由{where}审核确认。", "请按页面列出的下一步办理。")
    if not may_move(declared, case, account, today):
        raise Refused("casework.not_yours", f"“{declared.label}”不由您的岗位或辖区办理。", "请由承办岗位的人员办理。")
    situation = needs.Situation(case, workflow, today, note.strip(), data or {}, account)
    return _move(situation, move, declared, account)


def _move(situation: needs.Situation, move_id: str, move: Move, account: Account | None) -> Case:
    refusal = needs.unmet(situation, move)
    if refusal is not None:
        raise refusal
    if "freeze" in move.does:
        _ = situation.live, situation.in_force  # assessed before the writer's lock is taken
    case, before = situation.case, situation.case.state
    with transaction.atomic():
        _take_version(case)
        change = open_change(
            author=author_of(account) if account else SYSTEM,
            verb="move_case",
            reason=(situation.note or move.label)[:200],
            source=f"case:{case.pk}",
            rows=1,
        )
        acting = Acting(situation, move_id, move, change, account)
        run_effects(acting)
        target = _target(acting)
        if target == SAME:
            case.change = change
            case.save()
        else:
            enter_state(case=case, workflow=situation.workflow, state_id=target, change=change, on=situation.today)
        note_step(case, move_id, move.label, before, account, situation.note, situation.data, change)
        for kind in move.letters:
            _write(acting, kind)
    return case


def _target(acting: Acting) -> str:
    """Return where the move leads: by the kind of what was decided, where the declaration says so."""
    if not acting.move.to_if:
        return acting.move.to
    proposal = acting.decision.proposal if acting.decision else current_proposal(acting.case)
    kind = "refuse" if acting.decision and acting.decision.opinion == "rejected" else proposal.kind if proposal else ""
    return {str(name): state for name, state in acting.move.to_if.items()}.get(kind, acting.move.to)


def _write(acting: Acting, kind: str) -> None:
    """Queue a letter that the move declares; `decision` stands for the one that the checked decision asks for."""
    case = acting.case
    values: dict[str, str] = {}
    if kind == "decision":
        decision = Decision.objects.select_related("proposal").filter(proposal__case=case).order_by("-id").first()
        if decision is None:
            return
        kind, values = telling.decision_letter(case, decision)
    elif kind == "wanted":
        due = case.due_on.isoformat() if case.due_on else ""
        values = {"documents": "\n".join(needs.missing_documents(acting.situation)), "bring_by": due}
    elif kind == "accepted":
        values = telling.accepted_values(case)
    elif kind == "hearing":
        values = _hearing_values(acting)
    elif kind == "death":
        values = telling.death_values(case, acting.today)
    telling.tell(case=case, change=acting.change, kind=kind, values=values)


def _hearing_values(acting: Acting) -> dict[str, str]:
    proposal = current_proposal(acting.case)
    values = {
        "proposal": telling.proposal_words(proposal) if proposal else "调整或者停止发放",
        "reasons": "\n".join(telling.reasons(proposal, acting.note)) if proposal else acting.note or "情况有变化",
    }
    given = {"held_on": acting.data.get("on"), "place": acting.data.get("place")}
    return values | {name: str(value) for name, value in given.items() if value}


def _refuse_stale(case: Case, version: int) -> None:
    if case.version == version:
        return
    last = CaseMove.objects.filter(case=case).select_related("account").order_by("-number").first()
    who = f"{last.account.title} {last.account.display_name}".strip() if last and last.account else "系统"
    what = f"{who}已于 {last.on} 办理“{last.label}”" if last else "案件已经变动"
    state = workflow_of(case).states[case.state].label
    raise Refused(
        "casework.stale",
        f"您打开之后，{what}，案件现在是“{state}”。您填写的内容没有提交，也没有覆盖他人的办理。",
        "请核对最新情况后再办。",
    )


def _take_version(case: Case) -> None:
    """Move the version on in the database; whoever comes second finds it moved."""
    taken = Case.objects.filter(pk=case.pk, version=case.version).update(version=case.version + 1)
    if not taken:
        _refuse_stale(Case.objects.get(pk=case.pk), case.version)
    case.version += 1


def note_step(
    case: Case, move: str, label: str, before: str, account: Account | None, note: str, data: Mapping[str, Any],
    change: Change,
) -> None:  # fmt: skip
    shown = {name: value for name, value in data.items() if name not in KEPT_APART}
    CaseMove.objects.create(
        case=case,
        number=case.version,
        move=move,
        label=label,
        from_state=before,
        to_state=case.state,
        account=account,
        on=change.business_date,
        recorded_at=clock.now(),
        note=note[:500],
        details=json.dumps(shown, ensure_ascii=False, sort_keys=True, default=str),
        change=change,
    )


def transfer_case(*, account: Account, case_id: int, version: int, to_division: str, reason: str) -> Case:
    """Hand a case to another place of handling; both may see it, only the new one may move it. The trail stays."""
    case = case_by_id(case_id, account)
    _refuse_stale(case, version)
    if case.closed_on is not None or not sees_path(account, case.handled_in.path):
        raise Refused("casework.not_yours", "只有承办地可以转办，已办结的不再转办。", "请联系承办乡镇。")
    if len(reason.strip()) < 2 or to_division == case.handled_in_id:
        raise Refused("casework.transfer", "转办须写明理由，并选择另一个承办地。", "请补充后再办。")
    if to_division[:6] != case.county:
        raise Refused("casework.transfer_county", "不能转到外县办理。", "请告知申请人在外县窗口提出，或申请跨县协作。")
    place = division(to_division)
    with transaction.atomic():
        _take_version(case)
        change = open_change(
            author=author_of(account), verb="transfer_case", reason=reason[:200], source="转办", rows=1
        )
        CaseTransfer.objects.create(
            case=case, from_division_id=case.handled_in_id, to_division_id=place.code, account=account,
            on=change.business_date, reason=reason[:200], change=change,
        )  # fmt: skip
        case.handled_in_id, case.township, case.assignee, case.change = place.code, place.code[:9], None, change
        case.save()
        Proposal.objects.filter(case=case, state="open").update(township=case.township)
        _retask(case, change)
        note_step(case, "transfer", f"转办至{place.name}", case.state, account, reason, {}, change)
    return case_by_id(case.pk)


def assign_cases(*, change: Change, from_id: int, to_id: int | None) -> int:
    """Give every open case that lies with one account to another, or back to the role when None; returns how many."""
    with transaction.atomic():
        cases = list(Case.objects.select_for_update().filter(assignee_id=from_id, closed_on__isnull=True))
        for case in cases:
            case.version += 1
            case.assignee_id, case.change = to_id, change
            case.save()
            note_step(case, "hand_over", "移交承办人", case.state, None, change.reason, {}, change)
    return len(cases)


def mark_near_relative(*, account: Account, case_id: int, version: int, note: str) -> Case:
    """Note that a relative of the handler or of a village cadre applies: the county reviews and visits from now on.

    Refused to whose turn it is not, and while the township is about to confirm (give it back first).
    """
    case = case_by_id(case_id, account)
    _refuse_stale(case, version)
    if case.closed_on is not None or case.near_relative or not may(account, "cases.make"):
        raise Refused("casework.near_relative", "本案已经标明近亲属，或已办结，或不由您的岗位办理。", "请核对后再办。")
    workflow = workflow_of(case)
    case.near_relative = True
    onward = [m for m in workflow.moves.values() if case.state in m.from_ and applies(m, case, workflow)]
    if not any("return" not in move.does for move in onward):
        raise Refused("casework.near_relative", "乡镇正在确认，不能改由县级审核。", "请先退回经办，再标明近亲属。")
    with transaction.atomic():
        _take_version(case)
        change = open_change(
            author=author_of(account), verb="mark_near_relative", reason=note[:200], source=f"case:{case.pk}"
        )
        if case.accepted_on is not None:
            case.whole_due_on = whole_due(case, workflow, case.accepted_on)
        case.change = change
        case.save()
        _retask(case, change)
        note_step(case, "near_relative", "标明近亲属", case.state, account, note, {}, change)
    return case


def register_handlers() -> None:
    """Tell the work room how a colleague's cases go to another."""
    register_handover(on_hand_over)


def on_hand_over(told: HandingOver) -> int:
    """Give a colleague's open cases to another; who made a decision stays who made it."""
    return assign_cases(change=told.change, from_id=told.from_id, to_id=told.to_id)


def take_case(*, account: Account, case_id: int, version: int) -> Case:
    """Take a case of one's own role into one's hands; Refused to who may not move it."""
    case = case_by_id(case_id, account)
    _refuse_stale(case, version)
    workflow, today = workflow_of(case), clock.today()
    mine = [m for m in workflow.moves.values() if case.state in m.from_ and may_move(m, case, account, today)]
    if case.closed_on is not None or not mine:
        raise Refused("casework.not_yours", "这个案件现在不由您的岗位办理。", "请由承办岗位的人员办理。")
    with transaction.atomic():
        _take_version(case)
        change = open_change(
            author=author_of(account), verb="take_case", reason="承办", source=f"case:{case.pk}", rows=1
        )
        case.assignee, case.change = account, change
        case.save()
        _retask(case, change)
        note_step(case, "take", "承办", case.state, account, "", {}, change)
    return case


def _retask(case: Case, change: Change) -> None:
    drop_tasks(change=change, owner=("case", case.pk))
    open_task(case=case, state=workflow_of(case).states[case.state], change=change)


def close_due_notices(*, county: str, on: dt.date) -> int:
    """Let the clock end the notices that hung their full days without objection; returns how many cases moved on."""
    rows = PublicNotice.objects.filter(county=county, state=NoticeState.OPEN, last_day__lt=on)
    moved = 0
    for case_id in list(rows.order_by("id").values_list("case_id", flat=True)):
        case = case_by_id(case_id)
        workflow = workflow_of(case, on)
        for name, move in workflow.moves.items():
            if move.by_clock and case.state in move.from_ and applies(move, case, workflow):
                _move(needs.Situation(case, workflow, on), name, move, None)
                moved += 1
                break
    return moved
