"""Delegated decisions looked at again: the county draws a share of what townships decided, reproducibly."""

import datetime as dt
import math
from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_level, township_filter
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework import reviewing
from nuanxin.kernel.casework.enums import CaseKind, Outcome, SampleState
from nuanxin.kernel.casework.models import Decision, Draw, Review, Sample
from nuanxin.kernel.casework.services.raised import raise_fault
from nuanxin.kernel.casework.workflows import find_workflow
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.changes import Author, author_of, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_end, month_of
from nuanxin.kernel.grants.standing import grant_of_decision
from nuanxin.kernel.work.services import finish_tasks, open_tasks
from nuanxin.kernel.work.values import TaskDraft

SHARE = "delegated_sample_per_cent"
TASK = "sample"


def delegated_decisions(county: str, month: dt.date) -> list[Decision]:
    """Return the approved decisions of a month that a township, not the county, agreed to, by id."""
    rows = Decision.objects.filter(county=county, booked_month=month, outcome=Outcome.APPROVED)
    listed = rows.select_related("checker", "proposal__case").order_by("id")
    return [one for one in listed if one.checker is not None and area_level(one.checker) in ("township", "village")]


def draw_samples(*, county: str, month: dt.date, author: Author) -> Draw | None:
    """Draw the month's share of delegated decisions; returns the draw, None when there is nothing (more) to draw.

    The share is the parameter's or the workflow's, the larger. Drawn are the first by SM3 of seed and id, the seed
    being the SM3 of county, month and every id: anybody can draw the same again. Decisions that come later are drawn
    from by a second draw, until the share of all of them is reached.
    """
    with transaction.atomic():
        decisions = delegated_decisions(county, month)
        held = set(Sample.objects.filter(county=county, month=month).values_list("decision_id", flat=True))
        per_cent = _per_cent(county, month, decisions)
        missing = math.ceil(len(decisions) * per_cent / 100) - len(held)
        if missing <= 0:
            return None
        seed = seed_of(county, month, [one.pk for one in decisions])
        ranked = sorted((one for one in decisions if one.pk not in held), key=lambda one: sm3_hex(f"{seed}:{one.pk}"))
        change = open_change(
            author=author, verb="draw_samples", reason=f"{month:%Y-%m} 抽查", source="samples", rows=missing
        )
        draw = Draw.objects.create(
            county=county, month=month, number=Draw.objects.filter(county=county, month=month).count() + 1,
            per_cent=per_cent, decided=len(decisions), drawn=len(held) + missing, seed=seed,
            on=change.business_date, change=change,
        )  # fmt: skip
        _keep(draw, ranked[:missing], change)
    return draw


def seed_of(county: str, month: dt.date, ids: Sequence[int]) -> str:
    """Return the seed of a draw: the SM3 of county, month and the ids in order."""
    return sm3_hex(f"{county}:{month:%Y-%m}:{','.join(str(one) for one in sorted(ids))}")


def _per_cent(county: str, month: dt.date, decisions: Sequence[Decision]) -> int:
    """Return the share in a hundred: the parameter's, or more where a workflow they were decided by asks for more."""
    shares = [reviewing.number(county, SHARE, month)]
    cases = {(one.benefit, one.proposal.case.kind if one.proposal.case else CaseKind.APPLY.value) for one in decisions}
    for benefit, kind in sorted(cases):
        workflow = find_workflow(county, benefit, kind, month_end(month))
        if workflow is not None and workflow.sample_per_cent:
            shares.append(workflow.sample_per_cent)
    return max(shares)


def _keep(draw: Draw, decisions: Sequence[Decision], change: Change) -> None:
    Sample.objects.bulk_create(
        [
            Sample(
                county=draw.county, township=one.township, month=draw.month, draw=draw, decision=one,
                state=SampleState.DRAWN, change=change,
            )
            for one in decisions
        ],
        batch_size=500,
    )  # fmt: skip
    draft = TaskDraft(
        county=draw.county,
        division_id=draw.county,
        kind=TASK,
        title=f"{draw.month:%Y-%m} 抽查乡镇确认 {len(decisions)} 件",
        owner=("draw", draw.pk),
        due_on=month_end(month_of(draw.on)),
        key=f"draw:{draw.pk}",
        role="cases.sample",
    )
    open_tasks(change=change, drafts=[draft])


def record_sample(*, account: Account, sample_id: int, fault: bool, note: str) -> Sample:
    """Record what the county found in a drawn decision; a fault opens a review of its grant.

    Refused to whoever made or checked the decision, outside the area, twice, and for a fault without words.
    """
    require(account, "cases.sample")
    if fault and len(note.strip()) < 4:
        raise Refused("sample.words", "发现问题须写明是什么问题。", "请填写抽查情况。")
    with transaction.atomic():
        one = _drawn(account, sample_id)
        change = open_change(
            author=author_of(account), verb="record_sample", reason=note.strip()[:200] or "未发现问题",
            source=f"sample:{one.pk}",
        )  # fmt: skip
        one.state = SampleState.FAULT if fault else SampleState.GOOD
        one.account, one.looked_on, one.note, one.change = account, change.business_date, note.strip()[:500], change
        one.booked_month = booking_month(one.county, change.business_date)
        one.review = _review(one, change) if fault else None
        one.save()
        if not Sample.objects.filter(draw_id=one.draw_id, state=SampleState.DRAWN).exists():
            finish_tasks(change=change, owner=("draw", one.draw_id))
    return one


def _drawn(account: Account, sample_id: int) -> Sample:
    rows = Sample.objects.select_for_update().filter(township_filter(account), pk=sample_id)
    one = rows.select_related("decision__proposal").first()
    if one is None or one.state != SampleState.DRAWN:
        raise Refused("sample.done", "这件抽查已经办理，或不在您的管辖范围内。", "请刷新列表后再办。")
    if account.pk in (one.decision.maker_id, one.decision.checker_id):
        raise Refused("sample.own", "经办人和复核人不能抽查自己办理的事项。", "请由另一位人员抽查。")
    return one


def _review(one: Sample, change: Change) -> Review | None:
    grant_id = grant_of_decision(one.decision_id) or one.decision.proposal.grant_id
    if grant_id is None:
        return None
    return raise_fault(
        change=change, grant_id=grant_id, words=f"抽查发现：{one.note}", key=f"{grant_id}:sample:{one.pk}"
    )
