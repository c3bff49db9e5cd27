"""Reviews: proposed by the month, confirmed in bulk where nothing changed, checked by another person, or made cases."""

import datetime as dt
import math
from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework import reviewing
from nuanxin.kernel.casework.enums import CaseKind, ReviewState
from nuanxin.kernel.casework.models import Case, Review
from nuanxin.kernel.casework.services.cases import open_case
from nuanxin.kernel.casework.services.phase_out import agree_phase_outs, take_back_phase_outs
from nuanxin.kernel.casework.services.review_inputs import changed_meanwhile
from nuanxin.kernel.casework.services.review_states import (
    ALONE_KINDS,
    close_reviews,
    open_review,
    round_owner,
)
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.changes import Author, author_of, note_item, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_end
from nuanxin.kernel.grants.standing import open_grant_ids
from nuanxin.kernel.registry.selectors import division_names
from nuanxin.kernel.work.services import open_tasks
from nuanxin.kernel.work.values import TaskDraft

BATCH, CHUNK = 2000, 500
COLUMNS = [
    "county", "township", "division_id", "benefit", "grant_id", "person_id", "household_id", "kind", "month", "due_on",
    "since", "found", "changed", "paid_fen", "assessed_fen", "state", "key", "change_id",
]  # fmt: skip


def propose_reviews(*, county: str, month: dt.date, author: Author) -> int:
    """Propose the reviews of a month with what changed since, one open per grant; returns the new ones.

    Again it proposes only what is new. Reviews of grants that ended meanwhile are dropped. One task per village names
    how many there are. Written in batches of 2,000.
    """
    dues = reviewing.due_reviews(county, month)
    drop_ended_reviews(county=county, author=author)
    written: list[reviewing.Due] = []
    for start in range(0, len(dues), BATCH):
        written += _write(county, month, author, dues[start : start + BATCH])
    return len(written)


def _write(county: str, month: dt.date, author: Author, dues: list[reviewing.Due]) -> list[reviewing.Due]:
    keys = [_key(due, month) for due in dues]
    with transaction.atomic():
        held = set(Review.objects.filter(county=county, month=month).values_list("key", flat=True))
        ids = [due.grant.grant_id for due in dues]
        busy = {
            grant
            for start in range(0, len(ids), CHUNK)
            for grant in Review.objects.filter(
                grant_id__in=ids[start : start + CHUNK], closed_on__isnull=True
            ).values_list("grant_id", flat=True)
        }
        fresh = [
            (due, key)
            for due, key in zip(dues, keys, strict=True)
            if key not in held and due.grant.grant_id not in busy
        ]
        if not fresh:
            return []
        change = open_change(
            author=author, verb="propose_reviews", reason=f"{month:%Y-%m} 定期复核", source="reviews", rows=len(fresh)
        )
        bulk_insert(model=Review, columns=COLUMNS, rows=[_row(county, month, due, key, change) for due, key in fresh])
        _open_rounds(county, month, change)
    return [due for due, _ in fresh]


def _key(due: reviewing.Due, month: dt.date) -> str:
    return f"{due.grant.grant_id}:{month:%Y-%m}"


def _row(county: str, month: dt.date, due: reviewing.Due, key: str, change: Change) -> tuple[object, ...]:
    grant = due.grant
    return (
        county, grant.township, grant.division, grant.benefit, grant.grant_id, grant.person_id, grant.household_id,
        due.kind.value, month, month_end(month), due.since, reviewing.as_text(due.found), due.changed, grant.fen,
        due.assessed.fen, ReviewState.OPEN.value, key, change.pk,
    )  # fmt: skip


def _open_rounds(county: str, month: dt.date, change: Change) -> None:
    """Open one task per village with reviews of the month."""
    rows = Review.objects.filter(county=county, month=month, closed_on__isnull=True).exclude(kind__in=ALONE_KINDS)
    places = sorted(set(rows.values_list("division_id", flat=True)))
    names = division_names(places)
    drafts = [
        TaskDraft(
            county=county,
            division_id=place,
            kind="review",
            title=f"{month:%Y-%m} 定期复核：{names.get(place, place)}",
            owner=round_owner(place, month),
            due_on=month_end(month),
            key=f"reviews:{place}:{month:%Y-%m}",
            role="cases.make",
        )
        for place in places
    ]
    open_tasks(change=change, drafts=drafts)


def drop_ended_reviews(*, county: str, author: Author) -> int:
    """Drop open reviews whose grant has ended and that are no case; returns how many."""
    rows = Review.objects.filter(county=county, closed_on__isnull=True).exclude(state=ReviewState.CASE)
    held = dict(rows.values_list("grant_id", "id"))
    ended = [held[grant] for grant in set(held) - open_grant_ids(county)]
    dropped = 0
    for start in range(0, len(ended), CHUNK):
        with transaction.atomic():
            change = open_change(
                author=author, verb="drop_reviews", reason="待遇已停", source="reviews", rows=len(ended)
            )
            part = list(Review.objects.select_for_update().filter(pk__in=ended[start : start + CHUNK]))
            dropped += close_reviews(part, ReviewState.DROPPED, change)
    return dropped


def confirm_reviews(*, account: Account, review_ids: Sequence[int], note: str = "") -> list[int]:
    """Confirm that nothing changed; returns the ids confirmed.

    Left out are reviews with a visible change, also one recorded since they were proposed, those already handled and
    those outside the account's area. A share of them (a parameter, at least one), drawn by the SM3 of its ids, waits
    for a second person; the others are done.
    """
    require(account, "cases.make")
    done: list[int] = []
    for start in range(0, len(review_ids), CHUNK):
        done += _confirm(account, list(review_ids[start : start + CHUNK]), note.strip()[:500])
    return done


def _confirm(account: Account, ids: list[int], note: str) -> list[int]:
    with transaction.atomic():
        rows = Review.objects.select_for_update().filter(
            area_filter(account), pk__in=ids, state=ReviewState.OPEN, changed=False
        )
        reviews = list(rows.select_related("change").order_by("id"))
        reviews = _without_changed(reviews)
        if not reviews:
            return []
        change = open_change(
            author=author_of(account), verb="confirm_reviews", reason=note[:200] or "复核无变化", source="reviews",
            rows=len(reviews),
        )  # fmt: skip
        drawn = drawn_ids([one.pk for one in reviews], _share(reviews[0].county))
        for one in reviews:
            one.maker, one.made_on, one.note, one.sampled = account, change.business_date, note, one.pk in drawn
        close_reviews([one for one in reviews if one.sampled], ReviewState.CONFIRMED, change)
        close_reviews([one for one in reviews if not one.sampled], ReviewState.DONE, change)
    return [one.pk for one in reviews]


def _without_changed(reviews: list[Review]) -> list[Review]:
    """Return the reviews of which nothing was recorded since they were proposed; the others count as changed now."""
    changed = changed_meanwhile(reviews)
    Review.objects.bulk_update(changed, ["found", "changed"], batch_size=200)
    left = {one.pk for one in changed}
    return [one for one in reviews if one.pk not in left]


def _share(county: str) -> int:
    return reviewing.number(county, reviewing.CHECKED, clock.today())


def drawn_ids(ids: Sequence[int], per_cent: int) -> set[int]:
    """Return at least so many in a hundred of the ids, the same for the same ids: ordered by the SM3 of seed and id."""
    seed = sm3_hex(",".join(str(one) for one in sorted(ids)))
    ranked = sorted(ids, key=lambda one: sm3_hex(f"{seed}:{one}"))
    return set(ranked[: math.ceil(len(ids) * per_cent / 100)])


def check_reviews(*, checker: Account, review_ids: Sequence[int], agrees: bool, note: str = "") -> list[int]:
    """Look as the second person at confirmed reviews: agree, or give back with a reason. Returns the ids looked at.

    Left out are the checker's own confirmations, those outside the area, and unchanged ones of which something was
    recorded since: they go back, as changed. One given back counts as changed: it is
    not confirmed in bulk again.
    """
    require(checker, "cases.check")
    if not agrees and len(note.strip()) < 2:
        raise Refused("review.reason", "退回复核必须说明理由。", "请写明发现了什么。")
    state = ReviewState.DONE if agrees else ReviewState.OPEN
    with transaction.atomic():
        rows = Review.objects.select_for_update().filter(
            area_filter(checker), pk__in=list(review_ids)[:BATCH], state=ReviewState.CONFIRMED
        )
        reviews = list(rows.exclude(maker=checker).select_related("change").order_by("id"))
        reviews = _given_back(reviews, checker) if agrees else reviews
        if not reviews:
            return []
        change = open_change(
            author=author_of(checker), verb="check_reviews", reason=note[:200] or "抽查同意", source="reviews",
            rows=len(reviews),
        )  # fmt: skip
        for one in reviews:
            one.checker, one.checked_on = checker, change.business_date
            if not agrees:
                one.changed, one.note = True, note.strip()[:500]
                one.checker = one.checked_on = one.maker = one.made_on = None
                note_item(change=change, table="casework_review", record_id=one.pk, action="return", diff={})
        Review.objects.bulk_update(reviews, ["changed"], batch_size=200)
        if agrees:
            agree_phase_outs(reviews, change)
        else:
            take_back_phase_outs(reviews)
        close_reviews(reviews, state, change)
    return [one.pk for one in reviews]


def _given_back(reviews: list[Review], checker: Account) -> list[Review]:
    """Give back the unchanged ones of which something was recorded since they were confirmed; return the others."""
    changed = changed_meanwhile([one for one in reviews if not one.changed])
    if not changed:
        return reviews
    change = open_change(
        author=author_of(checker), verb="return_reviews", reason="确认之后情况有变动", source="reviews",
        rows=len(changed),
    )  # fmt: skip
    for one in changed:
        one.maker = one.made_on = None
        note_item(change=change, table="casework_review", record_id=one.pk, action="return", diff={})
    Review.objects.bulk_update(changed, ["found", "changed", "maker", "made_on"], batch_size=200)
    close_reviews(changed, ReviewState.OPEN, change)
    left = {one.pk for one in changed}
    return [one for one in reviews if one.pk not in left]


def finish_review(*, account: Account, review_id: int, note: str) -> Review:
    """Close one review after looking into what changed, with words why the benefit stays as it is; a second person
    looks at it. Refused when it is not open, outside the area, or without words."""
    require(account, "cases.make")
    if len(note.strip()) < 4:
        raise Refused("review.words", "有变化的复核须写明核查情况和维持原待遇的理由。", "请填写核查情况。")
    with transaction.atomic():
        one = open_review(account, review_id)
        change = open_change(
            author=author_of(account), verb="finish_review", reason=note.strip()[:200], source=f"review:{one.pk}"
        )
        one.maker, one.made_on, one.note, one.sampled = account, change.business_date, note.strip()[:500], True
        close_reviews([one], ReviewState.CONFIRMED, change)
    return one


def open_review_case(*, account: Account, review_id: int, kind: str = CaseKind.REVIEW) -> Case:
    """Make a review a case: of review, or at once of change or stop where it is clear. Refused as `open_case` does."""
    require(account, "cases.make")
    if kind not in (CaseKind.REVIEW, CaseKind.CHANGE, CaseKind.STOP):
        raise Refused("review.kind", "复核只能转为复核、变更或停发案件。", "请重新选择。")
    with transaction.atomic():
        one = open_review(account, review_id)
        change = open_change(
            author=author_of(account), verb="open_review_case", reason=one.get_kind_display(), source=f"review:{one.pk}"
        )
        case = open_case(
            author=author_of(account), county=one.county, kind=kind, benefit=one.benefit, person_id=one.person_id,
            household_id=one.household_id, grant_id=one.grant_id, cause=f"review_{one.kind}",
            opened_on=change.business_date, change=change,
        )  # fmt: skip
        one.case, one.maker, one.made_on = case, account, change.business_date
        close_reviews([one], ReviewState.CASE, change)
    return case


def close_cases_reviews(*, county: str, author: Author) -> int:
    """Close the reviews whose case has been closed meanwhile; returns how many."""
    with transaction.atomic():
        rows = Review.objects.select_for_update().filter(
            county=county, state=ReviewState.CASE, closed_on__isnull=True, case__closed_on__isnull=False
        )
        reviews = list(rows[:BATCH])
        if not reviews:
            return 0
        change = open_change(
            author=author, verb="close_reviews", reason="案件已办结", source="reviews", rows=len(reviews)
        )
        return close_reviews(reviews, ReviewState.DONE, change)
