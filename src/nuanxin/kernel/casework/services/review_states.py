"""Where a review stands: found open, closed, and the tasks that end with it."""

import datetime as dt
from collections.abc import Sequence

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter
from nuanxin.kernel.casework.enums import ReviewClass, ReviewState
from nuanxin.kernel.casework.models import Review
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.work.services import finish_tasks
from nuanxin.kernel.work.values import Owner

ROUND, ALONE = "reviews", "review"
ALONE_KINDS = (ReviewClass.DEATH, ReviewClass.FAULT)


def round_owner(division: str, month: dt.date) -> Owner:
    """Return whose the task of a village's reviews of a month is: the village's code followed by yymm."""
    return (ROUND, int(f"{division}{month:%y%m}"))


def close_reviews(reviews: Sequence[Review], state: ReviewState, change: Change) -> int:
    """Close reviews (not those that still wait for a second person) and finish the tasks that end with them."""
    today = change.business_date
    for one in reviews:
        one.state, one.change = state, change
        if state in (ReviewState.DONE, ReviewState.DROPPED):
            one.closed_on, one.booked_month = today, booking_month(one.county, today)
    fields = [
        "state",
        "change",
        "closed_on",
        "booked_month",
        "maker",
        "made_on",
        "checker",
        "checked_on",
        "sampled",
        "note",
        "case",
    ]
    Review.objects.bulk_update(reviews, fields, batch_size=200)
    _finish_tasks(reviews, change)
    return len(reviews)


def _finish_tasks(reviews: Sequence[Review], change: Change) -> None:
    """Finish a review's own task, and a village's when none of the month's reviews there waits any more."""
    for one in reviews:
        if one.kind in ALONE_KINDS and one.state != ReviewState.OPEN:
            finish_tasks(change=change, owner=(ALONE, one.pk))
    for place, month in {(one.division_id, one.month) for one in reviews}:
        waiting = Review.objects.filter(division_id=place, month=month, state=ReviewState.OPEN)
        if not waiting.exclude(kind__in=ALONE_KINDS).exists():
            finish_tasks(change=change, owner=round_owner(place, month))


def open_review(account: Account, review_id: int) -> Review:
    """Return an open review of the account's area, locked; Refused when it is not."""
    one = Review.objects.select_for_update().filter(area_filter(account), pk=review_id).first()
    if one is None or one.state != ReviewState.OPEN:
        raise Refused("review.not_open", "这件复核已经办理，或不在您的管辖范围内。", "请刷新列表后再办。")
    return one
