"""What one grant paid in months that have passed, and who was left without when it ended."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from nuanxin.kernel.grants.models import Coverage, Grant, Share
from nuanxin.kernel.grants.values import Shares


def paid_by_month(grant_id: int, months: Iterable[dt.date]) -> dict[dt.date, dict[int, Shares]]:
    """Return for each month whom the grant covers and by which components it pays them, as known now; fen a month."""
    grant = Grant.objects.get(pk=grant_id)
    held: dict[int, list[Share]] = defaultdict(list)
    for share in Share.objects.filter(coverage__grant=grant, superseded_at=None, amount_fen__gt=0).order_by("id"):
        held[share.coverage_id].append(share)
    coverages = list(Coverage.objects.filter(grant=grant).order_by("person_id"))
    return {
        month: {
            one.person_id: tuple((s.component, s.amount_fen) for s in held[one.pk] if _in(s, month))
            for one in coverages
            if _in(one, month) and _in(grant, month)
        }
        for month in months
    }


def _in(row: Grant | Coverage | Share, month: dt.date) -> bool:
    return row.from_date <= month and (row.to_date is None or month < row.to_date)


def stopped_coverages(grant: Grant) -> list[Coverage]:
    """Return the coverage that ended when the grant did, by person."""
    end = grant.to_date or grant.from_date
    rows = Coverage.objects.filter(grant=grant, to_date=end).exclude(from_date=end)
    return list(rows.order_by("person_id"))


def granted_again(grant: Grant) -> dt.date | None:
    """Return from when the subject of an ended grant, or somebody it covered, has the benefit again; None: not yet."""
    end = grant.to_date or grant.from_date
    persons = [one.person_id for one in stopped_coverages(grant)]
    subject = Q(grant__household_id=grant.household_id) if grant.household_id else Q(grant__person_id=grant.person_id)
    later = Coverage.objects.filter(subject | Q(person_id__in=persons), benefit=grant.benefit)
    later = later.exclude(grant=grant).filter(from_date__gte=end)
    return later.order_by("from_date").values_list("from_date", flat=True).first()


def grants_paying_since(county: str, person_ids: Iterable[int], since: dt.date) -> list[Grant]:
    """Return the grants of a county that cover one of these people in or after a month, by id."""
    rows = Coverage.objects.filter(county=county, person_id__in=list(person_ids))
    rows = rows.filter(Q(to_date=None) | Q(to_date__gt=since))
    return list(Grant.objects.filter(pk__in=rows.values("grant_id")).order_by("id"))
