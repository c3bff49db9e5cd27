"""Making grants with their coverage and shares, one or thousands."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.bulk import bulk_insert, reserve_ids
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.models import Coverage, Grant, Share
from nuanxin.kernel.grants.values import Award

GRANT_COLUMNS = [
    "id", "county", "township", "division_id", "benefit", "pays", "person_id", "household_id", "from_date",
    "booked_from", "basis", "decision_id", "takeover_list_id", "takeover_row", "change_id",
]  # fmt: skip
COVERAGE_COLUMNS = [
    "id", "grant_id", "county", "township", "benefit", "person_id", "from_date", "booked_from", "change_id",
]  # fmt: skip
SHARE_COLUMNS = [
    "coverage_id", "component", "amount_fen", "payee_id", "from_date", "recorded_at", "assessment_run_id", "change_id",
]  # fmt: skip
Row = tuple[Any, ...]


def award_grant(*, change: Change, award: Award) -> int:
    """Make one grant; Refused when its subject or a covered person already has the benefit."""
    return award_grants(change=change, awards=[award])[0]


def award_grants(*, change: Change, awards: Sequence[Award]) -> list[int]:
    """Make grants in one transaction and return their ids in order; all are Refused on a doubled subject or person.

    Callers hand over at most some thousands at a time, so that the writer is never held for long.
    """
    try:
        with transaction.atomic():
            return _insert(change, awards)
    except IntegrityError as error:
        raise Refused(
            "grants.doubled",
            "有人已经在享受同一项待遇，不能重复确认。",
            "请先停发或变更原待遇，再办理。",
        ) from error


def _insert(change: Change, awards: Sequence[Award]) -> list[int]:
    booked = lru_cache(booking_month)
    grant_ids = reserve_ids(model=Grant, count=len(awards))
    coverage_ids = reserve_ids(model=Coverage, count=sum(len(award.persons) for award in awards))
    numbered = list(zip(grant_ids, awards, strict=True))
    bulk_insert(
        model=Grant,
        columns=GRANT_COLUMNS,
        rows=(
            _grant_row(grant_id, award, booked(award.county, award.from_date), change) for grant_id, award in numbered
        ),
    )
    coverages = list(_coverage_rows(numbered, iter(coverage_ids), booked, change))
    bulk_insert(model=Coverage, columns=COVERAGE_COLUMNS, rows=coverages)
    bulk_insert(model=Share, columns=SHARE_COLUMNS, rows=_share_rows(awards, iter(coverage_ids), change))
    return list(grant_ids)


def _grant_row(grant_id: int, award: Award, booked: dt.date, change: Change) -> Row:
    return (
        grant_id, award.county, award.township, award.division, award.benefit, award.pays, award.person_id,
        award.household_id, award.from_date, award.booked_from or booked, award.basis, award.decision_id,
        award.takeover_list_id, award.takeover_row, change.pk,
    )  # fmt: skip


def _coverage_rows(numbered: list[tuple[int, Award]], ids: Iterator[int], booked: Any, change: Change) -> Iterator[Row]:
    for grant_id, award in numbered:
        month = award.booked_from or booked(award.county, award.from_date)
        for covered in award.persons:
            yield (
                next(ids), grant_id, award.county, award.township, award.benefit, covered.person_id, award.from_date,
                month, change.pk,
            )  # fmt: skip


def _share_rows(awards: Sequence[Award], ids: Iterator[int], change: Change) -> Iterator[Row]:
    moment = clock.now()
    for award in awards:
        for covered in award.persons:
            coverage_id = next(ids)
            for component, fen in covered.shares:
                yield (
                    coverage_id, component, fen, award.payee_id, award.from_date, moment, award.assessment_run_id,
                    change.pk,
                )  # fmt: skip
