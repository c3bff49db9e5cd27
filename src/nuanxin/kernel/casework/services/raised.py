"""Reviews that something calls for by itself: a member's death, a fault found in a sample, an appeal that is right."""

import datetime as dt

from django.db import transaction

from nuanxin.kernel.casework import reviewing
from nuanxin.kernel.casework.clocks import months_after
from nuanxin.kernel.casework.enums import ReviewClass, ReviewState
from nuanxin.kernel.casework.models import Review
from nuanxin.kernel.casework.services.review_states import ALONE
from nuanxin.kernel.casework.services.reviews import COLUMNS
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_end, month_of
from nuanxin.kernel.grants.selectors import ever_covered_at_home, grant_by_id
from nuanxin.kernel.grants.standing import home_grants_left_by, standing_grants
from nuanxin.kernel.registry.enums import EventKind
from nuanxin.kernel.registry.events import EventNotice, Stage, register_event_handler
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.work.services import drop_tasks, open_tasks
from nuanxin.kernel.work.values import TaskDraft

ENDED = "ended_grant"
TITLES = {ReviewClass.DEATH: "成员死亡，重新核定", ReviewClass.FAULT: "发现问题，重新核查"}


def raise_review(
    *, change: Change, grant_id: int, kind: str, due_on: dt.date, words: str, key: str, role: str = "cases.make"
) -> Review | None:
    """Open a review of one grant that does not wait for its month, with a task; None when the grant has ended.

    A review already open takes the reason over: it counts as changed and is due at the earlier of the two dates.
    """
    grant = grant_by_id(grant_id)
    if grant is None or grant.to_date is not None:
        return None
    with transaction.atomic():
        held = Review.objects.select_for_update().filter(grant_id=grant_id, closed_on__isnull=True).first()
        if held is not None:
            return _take_over(held, change, kind, due_on, words)
        standing = standing_grants(grant.county, [grant.benefit], grant_id=grant_id)[0]
        found = reviewing.as_text([{"what": "raised", "kind": str(kind), "on": due_on.isoformat()}])
        row = (
            grant.county, grant.township, grant.division_id, grant.benefit, grant_id, grant.person_id,
            grant.household_id, str(kind), month_of(due_on), due_on, change.business_date, found, True, standing.fen,
            None, ReviewState.OPEN.value, key, change.pk,
        )  # fmt: skip
        if not Review.objects.filter(key=key).exists():
            bulk_insert(model=Review, columns=COLUMNS, rows=[row])
        review = Review.objects.get(key=key)
        review.note = words[:500]
        review.save(update_fields=["note"])
        _open_task(review, change, kind, due_on, role)
    return review


def raise_fault(*, change: Change, grant_id: int, words: str, key: str) -> Review | None:
    """Open the review that a fault found calls for, due by the end of the month.

    Where the benefit has ended meanwhile there is nothing to review: whoever makes decisions at the place is asked to
    look back (what was stopped wrongly goes on again, what was paid wrongly is recovered).
    """
    due_on = month_end(month_of(change.business_date))
    review = raise_review(change=change, grant_id=grant_id, kind=ReviewClass.FAULT, due_on=due_on, words=words, key=key)
    grant = grant_by_id(grant_id)
    if review is None and grant is not None and grant.to_date is not None:
        draft = TaskDraft(
            county=grant.county,
            division_id=grant.division_id,
            kind="ended_fault",
            title="已终止的待遇查出问题：停错的恢复，多发的追缴",
            owner=(ENDED, grant_id),
            due_on=due_on,
            key=f"fault:{key}",
            role="cases.make",
        )
        open_tasks(change=change, drafts=[draft])
    return review


def _take_over(held: Review, change: Change, kind: str, due_on: dt.date, words: str) -> Review:
    if held.state == ReviewState.CONFIRMED:
        held.state, held.maker, held.made_on = ReviewState.OPEN, None, None
    held.kind, held.changed, held.due_on, held.change = ReviewClass(kind), True, min(held.due_on, due_on), change
    held.note = f"{words} {held.note}".strip()[:500]
    held.save(update_fields=["kind", "changed", "due_on", "state", "maker", "made_on", "note", "change"])
    if held.state == ReviewState.OPEN:
        _open_task(held, change, kind, held.due_on, "cases.make")
    return held


def _open_task(review: Review, change: Change, kind: str, due_on: dt.date, role: str) -> None:
    draft = TaskDraft(
        county=review.county,
        division_id=review.division_id,
        kind="review",
        title=TITLES.get(ReviewClass(kind), ReviewClass(kind).label),
        owner=(ALONE, review.pk),
        due_on=due_on,
        key=f"review:{review.pk}:{kind}",
        role=role,
    )
    open_tasks(change=change, drafts=[draft])


def register_handlers() -> None:
    """Tell the registry what follows a confirmed death for the household that goes on."""
    register_event_handler(EventKind.DEATH, Stage.CONFIRM, on_death, on_death_withdrawn, ever_covered_at_home)


def on_death(notice: EventNotice) -> None:
    """Open a review of the grants of the household that lost a member; decided within the months the rule gives."""
    left = home_grants_left_by(notice.person_id, "death")
    months = rulebook.numbers(notice.county, reviewing.DEATH, notice.on).get("") if left else None
    if not isinstance(months, int):
        return  # no term in force on that day: the household's next periodic review sees it
    for grant_id in left:
        raise_review(
            change=notice.change,
            grant_id=grant_id,
            kind=ReviewClass.DEATH,
            due_on=months_after(notice.on, months),
            words=f"家庭成员于 {notice.on} 死亡，须在期限内按现有成员重新核定并作出决定。",
            key=_death_key(grant_id, notice),
        )


def _death_key(grant_id: int, notice: EventNotice) -> str:
    return f"{grant_id}:death:{notice.event_id}"


def on_death_withdrawn(notice: EventNotice) -> None:
    """Drop the reviews that a death opened and nobody has begun."""
    rows = Review.objects.select_for_update().filter(key__endswith=f":death:{notice.event_id}", state=ReviewState.OPEN)
    for review in rows:
        review.state, review.closed_on, review.change = ReviewState.DROPPED, notice.change.business_date, notice.change
        review.save(update_fields=["state", "closed_on", "change"])
        drop_tasks(change=notice.change, owner=(ALONE, review.pk))
