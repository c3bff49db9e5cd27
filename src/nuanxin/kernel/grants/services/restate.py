"""Saying anew what past months should have paid: shares are superseded piece by piece, never edited."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.models import Coverage, Share
from nuanxin.kernel.grants.services.award import SHARE_COLUMNS
from nuanxin.kernel.grants.values import Restatement

Row = tuple[Any, ...]
Period = tuple[dt.date, dt.date | None]


def restate_shares(*, change: Change, restatements: Iterable[Restatement]) -> int:
    """Supersede the shares of the periods named by what they should have been; returns the share rows written.

    Only months that the person is covered in count; the payee stays. Arrears and recoveries follow with the next dues.
    """
    moment, written = clock.now(), 0
    with transaction.atomic():
        for one in restatements:
            for coverage in Coverage.objects.filter(grant_id=one.grant_id, person_id=one.person_id):
                period = _within(coverage, one)
                if period is not None:
                    written += _restate(coverage, one, period, moment, change)
    return written


def _within(coverage: Coverage, one: Restatement) -> Period | None:
    start = max(one.from_date, coverage.from_date)
    ends = [end for end in (one.to_date, coverage.to_date) if end is not None]
    end = min(ends, default=None)
    return None if end is not None and end <= start else (start, end)


def _restate(coverage: Coverage, one: Restatement, period: Period, moment: dt.datetime, change: Change) -> int:
    start, end = period
    known = Share.objects.filter(coverage=coverage, superseded_at=None).order_by("from_date", "id")
    inside = [share for share in known if _overlaps(share, start, end)]
    payees = [share.payee_id for share in [*known, *inside]]
    rows = [row for share in inside for row in _outer(share, start, end, moment, change)]
    rows += [
        (coverage.pk, component, fen, payees[-1] if payees else None, start, moment, one.assessment_run_id, change.pk,
         end)
        for component, fen in one.shares
    ]  # fmt: skip
    Share.objects.filter(pk__in=[share.pk for share in inside]).update(superseded_at=moment)
    return bulk_insert(model=Share, columns=[*SHARE_COLUMNS, "to_date"], rows=rows)


def _overlaps(share: Share, start: dt.date, end: dt.date | None) -> bool:
    return (end is None or share.from_date < end) and (share.to_date is None or share.to_date > start)


def _outer(share: Share, start: dt.date, end: dt.date | None, moment: dt.datetime, change: Change) -> Iterator[Row]:
    """Yield what of a share lies before and after the period restated."""
    for first, last in ((share.from_date, min(start, share.to_date or start)), (end, share.to_date)):
        if first is not None and (last is None or first < last):
            yield (
                share.coverage_id, share.component, share.amount_fen, share.payee_id, max(first, share.from_date),
                moment, share.assessment_run_id, change.pk, last,
            )  # fmt: skip
