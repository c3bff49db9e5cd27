"""The month's run: snapshot, assess, compare, apply, propose; killed anywhere it goes on where it stopped."""

import datetime as dt
from collections import defaultdict

from django.db import IntegrityError, transaction
from django.db.models import Max

from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.reviewing import visible_changes
from nuanxin.kernel.casework.selectors import applications_in_cases, grants_in_cases, rejected_before
from nuanxin.kernel.casework.services import CARD_EXPIRED, ended_papers, supersede_proposals, write_proposals
from nuanxin.kernel.casework.values import Draft
from nuanxin.kernel.core.booking import open_month
from nuanxin.kernel.core.changes import Author, Mark, current_mark, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.cycle import results
from nuanxin.kernel.cycle.assessing import Assessments, assessments
from nuanxin.kernel.cycle.compare import Ground, Move, compare
from nuanxin.kernel.cycle.models import MonthRun, MonthStep, TakeoverDifference, TakeoverList
from nuanxin.kernel.cycle.services.caused import with_causes
from nuanxin.kernel.cycle.services.standards import carry_out_waiting
from nuanxin.kernel.cycle.services.steps import do_step
from nuanxin.kernel.grants.services import change_grants, end_grants
from nuanxin.kernel.grants.values import GrantChange, GrantEnd

BATCH = 5000
CLOSED = "closed"


def run_month(*, county: str, month: dt.date, author: Author) -> MonthRun:
    """Assess everybody and compare with what is in force: apply-benefits move, the rest is proposed.

    Refused out of order, in a closed month and before the takeover. Run again, it goes on or changes nothing.
    """
    run = _open_run(county, month, author)
    if run.state == CLOSED:
        raise Refused("cycle.closed", f"{month:%Y-%m} 已经结账，不能再办理。", "之后的变化请记入尚未结账的月份。")
    source = assessments()
    if not MonthStep.objects.filter(run=run, name="assess", state="done").exists():
        source.settle_law(county, month, author)
    do_step(run, "snapshot", author, lambda change: _snapshot(run, source))
    do_step(run, "assess", author, lambda change: _assess(run, source))
    try:
        do_step(run, "compare", author, lambda change: _compare(run, source))
    except Refused:
        _forget_assessment(run)
        raise
    do_step(run, "apply", author, lambda change: _apply(run, change))
    do_step(run, "propose", author, lambda change: _propose(run, change))
    if run.state == "running":
        run.state = "proposed"
        run.save(update_fields=["state"])
    carry_out_waiting(county=county, month=month, author=author)
    return run


def mark_closed(*, county: str, month: dt.date, change: Change) -> None:
    """Note that the month's figures are frozen; from then on the month takes no writes."""
    with transaction.atomic():
        MonthRun.objects.filter(county=county, month=month).update(state=CLOSED, change=change)


def month_or_refuse(county: str, month: dt.date) -> MonthRun:
    """Return the month's run when its proposals are written and it is not closed, or refuse."""
    run = MonthRun.objects.filter(county=county, month=month).first()
    if run is None or not MonthStep.objects.filter(run=run, name="propose", state="done").exists():
        raise Refused("cycle.not_run", f"{month:%Y-%m} 还没有测算。", f"请先运行 nuanxin month {month:%Y-%m}。")
    opened = open_month(county)
    if run.state == CLOSED or (opened is not None and month < opened):
        raise Refused("cycle.closed", f"{month:%Y-%m} 已经结账，不能再办理。", "之后的变化请记入尚未结账的月份。")
    return run


def _open_run(county: str, month: dt.date, author: Author) -> MonthRun:
    known = MonthRun.objects.filter(county=county, month=month).first()
    if known is not None:
        return known
    _refuse_wrong_month(county, month)
    try:
        with transaction.atomic():
            change = open_change(author=author, verb="run_month", reason="月度办理", source=f"{county} {month:%Y-%m}")
            return MonthRun.objects.create(county=county, month=month, change=change)
    except IntegrityError:
        return MonthRun.objects.get(county=county, month=month)


def _refuse_wrong_month(county: str, month: dt.date) -> None:
    """Months follow one another: the first after the takeover, then each after the last, whose dues must be made."""
    lists = TakeoverList.objects.filter(county=county, takes_over=True)
    unsigned = lists.exclude(state__in=["in_force", "faulty", "withdrawn"]).first()
    if unsigned is not None:
        raise Refused("cycle.takeover_open", f"接管清单“{unsigned.name}”尚未生效。", "请先由两人签认，或撤回该清单。")
    last = MonthRun.objects.filter(county=county).aggregate(last=Max("month"))["last"]
    taken = lists.filter(state="in_force").aggregate(last=Max("as_of"))["last"]
    if last is None and taken is None:
        return
    if taken is not None and month <= taken:
        raise Refused(
            "cycle.before_takeover",
            f"{month:%Y-%m} 在接管日 {taken.isoformat()} 之前，不能办理。",
            "请从接管后的第一个月开始。",
        )
    expected = add_months(last or taken.replace(day=1), 1)
    if month != expected:
        raise Refused("cycle.order", f"月份须依次办理，现在应办 {expected:%Y-%m}。", f"请先办理 {expected:%Y-%m}。")
    if (
        last is not None
        and not MonthStep.objects.filter(run__county=county, run__month=last, name="dues", state="done").exists()
    ):
        raise Refused("cycle.unfinished", f"{last:%Y-%m} 还没有生成应发金额。", f"请先办完 {last:%Y-%m}。")


def _forget_assessment(run: MonthRun) -> None:
    """Let the next try look at the county anew: what was refused is to be put right in the law or the data."""
    MonthStep.objects.filter(run=run, name__in=["snapshot", "assess"]).update(state="running")


def _snapshot(run: MonthRun, source: Assessments) -> tuple[int, str]:
    mark = current_mark()
    run.snapshot_id = source.take_snapshot(run.county)
    run.inputs_change_id, run.inputs_at = mark.change_id, mark.at
    run.save(update_fields=["snapshot_id", "inputs_change_id", "inputs_at"])
    return 0, ""


def _assess(run: MonthRun, source: Assessments) -> tuple[int, str]:
    assert run.snapshot_id is not None
    run.assessment_run_id = source.assess(run.county, run.month, run.snapshot_id)
    run.save(update_fields=["assessment_run_id"])
    return 0, ""


def _compare(run: MonthRun, source: Assessments) -> tuple[int, str]:
    assert run.snapshot_id is not None
    assert run.assessment_run_id is not None
    rules = source.rules(run.county, run.month)
    ground = Ground(
        county=run.county,
        month=run.month,
        run_id=run.assessment_run_id,
        receipts=source.receipts(run.assessment_run_id),
        tables=source.tables(run.snapshot_id),
        differences=_open_differences(run.county),
        new_standards=source.new_standards(run.county, run.month),
        mark=Mark(run.inputs_change_id, run.inputs_at) if run.inputs_change_id is not None and run.inputs_at else None,
    )
    outcome = compare(ground, rules.values())
    outcome.drafts = with_causes(source, ground, outcome.drafts)
    rejected = rejected_before(run.county, run.month)
    outcome.drafts = [
        draft for draft in outcome.drafts if (draft.grant_id or 0, draft.kind, draft.after_fen) not in rejected
    ]
    outcome.drafts = visible_changes(run.county, run.month, _without_cases(run.county, outcome.drafts))
    results.write(run.county, run.month, outcome)
    TakeoverDifference.objects.filter(grant_id__in=outcome.agreeing, state="open").update(state="settled")
    words = "、".join(f"{rules[code].title} {count}" for code, count in sorted(outcome.questions.items()))
    return len(outcome.moves) + len(outcome.drafts), f"待查清：{words}" if words else ""


def _without_cases(county: str, drafts: list[Draft]) -> list[Draft]:
    """Return the drafts that no open case handles: its application, the cut or stop of its grant, are the case's."""
    applications, grants = applications_in_cases(county), grants_in_cases(county)
    return [
        draft
        for draft in drafts
        if draft.application_id not in applications
        and not (draft.grant_id in grants and (draft.kind == "stop" or draft.after_fen < draft.before_fen))
    ]


def _open_differences(county: str) -> dict[int, int | None]:
    rows = TakeoverDifference.objects.filter(list__county=county, state="open")
    return dict(rows.values_list("grant_id", "assessed_fen"))


def _apply(run: MonthRun, change: Change) -> tuple[int, str]:
    """Let the moves take effect: amounts from this month on, stops from the next; see `_ends`."""
    moves = results.read_moves(run.county, run.month)
    stops = [move for move in moves if move.kind == "stop"]
    changed = 0
    for benefit in sorted({move.benefit for move in moves if move.kind == "change"}):
        listed = [move for move in moves if move.benefit == benefit and move.kind == "change"]
        for start in range(0, len(listed), BATCH):
            changed += change_grants(change=change, changes=_changes(run, benefit, listed[start : start + BATCH]))
    ends = _ends(run, stops)
    stopped = 0
    for start in range(0, len(ends), BATCH):
        stopped += end_grants(change=change, ends=ends[start : start + BATCH])
    return len(moves), f"调整 {changed}，停发 {stopped}" if moves else ""


def _ends(run: MonthRun, stops: list[Move]) -> list[GrantEnd]:
    """Return what ends and when: the next month, or this one where the paper had ended before it began."""
    subjects: dict[str, list[int]] = defaultdict(list)
    for move in stops:
        subjects[move.benefit].append(move.subject_id)
    over = ended_papers(run.county, run.month, subjects) if stops else {}
    return [
        GrantEnd(move.grant_id, over[move.benefit, move.subject_id], CARD_EXPIRED)
        if (move.benefit, move.subject_id) in over
        else GrantEnd(move.grant_id, add_months(run.month, 1), move.cause)
        for move in stops
    ]


def _changes(run: MonthRun, benefit: str, moves: list[Move]) -> list[GrantChange]:
    assert run.assessment_run_id is not None
    found = assessor().persons(run.assessment_run_id, benefit, [move.subject_id for move in moves])
    return [
        GrantChange(move.grant_id, run.month, found[move.subject_id], run.assessment_run_id, "left")
        for move in moves
        if move.subject_id in found
    ]


def _propose(run: MonthRun, change: Change) -> tuple[int, str]:
    drafts = results.read_drafts(run.county, run.month)
    lapsed = supersede_proposals(county=run.county, before=run.month)
    write_proposals(drafts=drafts, change=change)
    return len(drafts), f"上月未办而失效 {lapsed}" if lapsed else ""
