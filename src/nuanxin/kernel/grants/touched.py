"""What was written about grants and coverage since a result was computed: one statement for thousands."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import Q

from nuanxin.kernel.core.changes import Mark
from nuanxin.kernel.grants.models import Coverage, Grant, Share
from nuanxin.kernel.registry.selectors.chosen import among


def grants_touched_since(mark: Mark, grant_ids: Collection[int]) -> set[int]:
    """Return those of the grants that were changed, whose coverage or shares were, after a mark."""
    if not grant_ids:
        return set()
    chosen = among(grant_ids)
    share_is_newer = Q(change_id__gt=mark.change_id) | Q(superseded_at__gt=mark.at)
    grants = Grant.objects.filter(pk__in=chosen, change_id__gt=mark.change_id).values_list("id", flat=True)
    covers = Coverage.objects.filter(grant_id__in=chosen, change_id__gt=mark.change_id)
    shares = Share.objects.filter(share_is_newer, coverage__grant_id__in=chosen)
    rows = grants.union(covers.values_list("grant_id", flat=True), shares.values_list("coverage__grant_id", flat=True))
    return {grant for grant in rows if grant is not None}


def coverage_touched_since(
    mark: Mark, person_ids: Iterable[int], benefits: Collection[str], until: dt.date
) -> set[tuple[int, str]]:
    """Return (person, benefit) of coverage by some benefits written after a mark that begins or ends by a day."""
    rows = Coverage.objects.filter(
        Q(to_date__isnull=True) | Q(to_date__lte=until),
        person_id__in=among(list(person_ids)), benefit__in=list(benefits), from_date__lte=until,
        change_id__gt=mark.change_id,
    )  # fmt: skip
    return set(rows.values_list("person_id", "benefit"))
