"""A grant that was ended wrongly goes on from where it stopped; a closed month's count of its end is left alone."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.enums import Basis
from nuanxin.kernel.grants.models import Coverage, Grant, Share
from nuanxin.kernel.grants.past import granted_again, stopped_coverages

Ends = Mapping[int, dt.date | None]


def reinstate_grant(*, change: Change, grant_id: int, leaves: Ends) -> int:
    """Let an ended grant pay on for those it covered at its end, at their last amounts; return the grant that pays.

    `leaves` names these persons with the first month not covered any more, None for who is covered on. It goes on no
    longer than until the benefit was granted again. Where a closed month counts the end already, a grant is made anew
    from there. What each month pays is for `restate_shares`. Refused when it has not ended or nobody was left without.
    """
    with transaction.atomic():
        grant = Grant.objects.select_for_update().get(pk=grant_id)
        if grant.to_date is None:
            raise Refused("grants.not_ended", "这项待遇没有停发，不用恢复。", "金额有误的，请做追溯核算。")
        kept = [one for one in stopped_coverages(grant) if one.person_id in leaves]
        limits = {one.person_id: _earlier(leaves[one.person_id], granted_again(grant)) for one in kept}
        kept = [one for one in kept if limits[one.person_id] is None or limits[one.person_id] > grant.to_date]  # type: ignore[operator]
        if not kept:
            raise Refused("grants.no_gap", "停发以后没有中断的月份可以恢复。", "请核对停发月份和重新确认的月份。")
        end = _last([limits[one.person_id] for one in kept])
        counted = grant.booked_to is not None and grant.booked_to < booking_month(grant.county, grant.booked_to)
        return _anew(change, grant, kept, limits, end) if counted else _on(change, grant, kept, limits, end)


def _on(change: Change, grant: Grant, kept: Sequence[Coverage], limits: Ends, end: dt.date | None) -> int:
    """Move the end of the grant and of its coverage."""
    rows: list[tuple[Grant | Coverage, dt.date | None]] = [(grant, end)]
    rows += [(one, limits[one.person_id]) for one in kept]
    for row, until in rows:
        row.to_date, row.change = until, change
        row.booked_to = None if until is None else max(row.booked_from, booking_month(row.county, until))
        row.end_cause = "" if until is None else row.end_cause
        row.save(update_fields=["to_date", "booked_to", "end_cause", "change"])
    return grant.pk


def _anew(change: Change, old: Grant, kept: Sequence[Coverage], limits: Ends, end: dt.date | None) -> int:
    """Write the grant again from where the old one stopped, entered in the open month."""
    start = old.to_date or old.from_date
    month = booking_month(old.county, start)
    grant = Grant.objects.create(
        county=old.county, township=old.township, division_id=old.division_id, benefit=old.benefit, pays=old.pays,
        person_id=old.person_id, household_id=old.household_id, from_date=start, booked_from=month,
        basis=Basis.REINSTATED, change=change, **_ended(old.county, end, month),
    )  # fmt: skip
    for one in kept:
        until = limits[one.person_id]
        again = Coverage.objects.create(
            grant=grant, county=old.county, township=old.township, benefit=old.benefit, person_id=one.person_id,
            from_date=start, booked_from=month, change=change, **_ended(old.county, until, month),
        )  # fmt: skip
        _shares(change, one, again, start)
    return int(grant.pk)


def _ended(county: str, until: dt.date | None, month: dt.date) -> dict[str, object]:
    if until is None:
        return {}
    return {
        "to_date": until,
        "booked_to": max(month, booking_month(county, until)),
        "end_cause": Basis.REINSTATED.value,
    }


def _shares(change: Change, old: Coverage, again: Coverage, start: dt.date) -> None:
    held = Share.objects.filter(coverage=old, to_date=None, superseded_at=None)
    Share.objects.bulk_create(
        Share(
            coverage=again, component=one.component, amount_fen=one.amount_fen, payee_id=one.payee_id,
            from_date=start, recorded_at=clock.now(), assessment_run_id=one.assessment_run_id, change=change,
        )
        for one in held
    )  # fmt: skip


def _earlier(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    return min((end for end in (one, other) if end is not None), default=None)


def _last(ends: Sequence[dt.date | None]) -> dt.date | None:
    return None if None in ends else max(end for end in ends if end is not None)
