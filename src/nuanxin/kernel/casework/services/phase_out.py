"""Phase-out (渐退): income passed the standard, the old amount goes on for some months; asked for, agreed by two."""

import datetime as dt
import json
from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework import reviewing
from nuanxin.kernel.casework.enums import ReviewState
from nuanxin.kernel.casework.models import Review
from nuanxin.kernel.casework.services.review_states import close_reviews, open_review
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.grants.selectors import grants_of_household
from nuanxin.kernel.registry.selectors import circumstances_of
from nuanxin.kernel.registry.services import record_circumstance

KIND, COMPONENT = "phase_out", "basic"


def propose_phase_out(*, account: Account, review_id: int, over_since: dt.date, note: str) -> Review:
    """Ask in a review that a household goes on at its old amount, from the day its income passed the standard.

    Another person agrees (`check_reviews`); only then the phase-out is registered. Refused where the place knows none,
    twice for one household, for a day to come, and without words.
    """
    require(account, "cases.make")
    with transaction.atomic():
        one = open_review(account, review_id)
        _refuse(one, over_since, note)
        change = open_change(
            author=author_of(account), verb="propose_phase_out", reason=note.strip()[:200], source=f"review:{one.pk}"
        )
        entry = {"what": KIND, "kind": KIND, "on": over_since.isoformat(), "before": _in_force(one)}
        one.found = reviewing.as_text([*_without(one), entry])
        one.changed, one.maker, one.made_on = True, account, change.business_date
        one.note, one.sampled = note.strip()[:500], True
        one.save(update_fields=["found", "changed"])
        close_reviews([one], ReviewState.CONFIRMED, change)
    return one


def _refuse(one: Review, over_since: dt.date, note: str) -> None:
    if one.household_id is None or not reviewing.phases_out(one.county, one.benefit, month_of(over_since)):
        raise Refused("phase_out.none", "本地这项待遇没有渐退期的规定。", "收入超过标准的，请立案办理停发或调整。")
    if over_since > clock.today():
        raise Refused("phase_out.date", "超过标准的起始日不能晚于今天。", "请核对日期。")
    if len(note.strip()) < 4:
        raise Refused("phase_out.words", "进入渐退期须写明收入变化的情况。", "请填写核查情况。")
    if circumstances_of(household_id=one.household_id, on=clock.today()).filter(kind=KIND).exists():
        raise Refused("phase_out.twice", "该家庭已经登记过渐退期。", "期满仍超过标准的，请立案办理停发。")


def _in_force(one: Review) -> int:
    """Return what the grant pays a month as the difference to the standard, in fen."""
    grants = grants_of_household(one.household_id or 0, [], clock.today())
    mine = [share for grant in grants if grant.id == one.grant_id for share in grant.shares]
    return sum(share.amount_fen for share in mine if share.component == COMPONENT)


def _without(one: Review) -> list[dict[str, object]]:
    return [entry for entry in json.loads(one.found) if entry["what"] != KIND]


def agree_phase_outs(reviews: Sequence[Review], change: Change) -> int:
    """Register the phase-outs that these reviews ask for; the second person has agreed. Returns how many."""
    count = 0
    for one in reviews:
        for entry in json.loads(one.found):
            if entry["what"] == KIND:
                record_circumstance(
                    change=change, kind=KIND, household_id=one.household_id, amount_fen=int(entry["before"]),
                    valid_from=dt.date.fromisoformat(entry["on"]), source=f"review:{one.pk}",
                )  # fmt: skip
                count += 1
    return count


def take_back_phase_outs(reviews: Sequence[Review]) -> None:
    """Take out what reviews given back asked for."""
    for one in reviews:
        one.found = reviewing.as_text(_without(one))
    Review.objects.bulk_update(reviews, ["found"], batch_size=200)
