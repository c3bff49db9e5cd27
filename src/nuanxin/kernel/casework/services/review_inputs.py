"""A review stands on what was known when it was proposed; what was recorded since is looked at before it is agreed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.utils import timezone

from nuanxin.kernel.casework import reviewing
from nuanxin.kernel.casework.enums import ReviewClass
from nuanxin.kernel.casework.models import Review
from nuanxin.kernel.core.changes import Mark
from nuanxin.kernel.core.months import month_end
from nuanxin.kernel.grants.standing import standing_grants
from nuanxin.kernel.registry.selectors.touched import touched_since


def changed_meanwhile(reviews: Sequence[Review]) -> list[Review]:
    """Return those of the reviews for which something visible was recorded since, with it noted in `found`, unsaved."""
    touched: list[Review] = []
    groups: dict[Mark, list[Review]] = defaultdict(list)
    for one in reviews:
        day = dt.datetime.combine(one.change.business_date, dt.time.max, timezone.get_current_timezone())
        groups[Mark(one.change_id, day)].append(one)
    for mark, group in groups.items():
        found = touched_since(
            mark,
            households=[one.household_id for one in group if one.household_id is not None],
            persons=[one.person_id for one in group if one.household_id is None and one.person_id is not None],
        )
        touched += [one for one in group if _subject(one) in found]
    return [one for one in touched if _look_again(one)]


def _subject(one: Review) -> tuple[str, int]:
    return ("household", one.household_id) if one.household_id is not None else ("person", one.person_id or 0)


def _look_again(one: Review) -> bool:
    """Note what changed since the last look, tell whether it is visible."""
    held = standing_grants(one.county, [one.benefit], grant_id=one.grant_id)
    assessed = reviewing.Assessed(one.assessed_fen, asked=True)
    dues = [reviewing.Due(grant, ReviewClass(one.kind), one.month, one.since, assessed) for grant in held]
    reviewing.describe(dues, month_end(one.month), one.assessed_fen is not None)
    if dues and dues[0].changed:
        one.found, one.changed = reviewing.as_text(dues[0].found), True
    return one.changed
