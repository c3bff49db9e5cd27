"""Changing and ending grants: who is covered, what each share pays, to whom; one or thousands."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.bulk import bulk_insert, reserve_ids
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.grants.models import Coverage, Grant, Share
from nuanxin.kernel.grants.services.award import COVERAGE_COLUMNS, SHARE_COLUMNS
from nuanxin.kernel.grants.services.restate import restate_shares
from nuanxin.kernel.grants.values import Covered, GrantChange, GrantEnd, Restatement

Row = tuple[Any, ...]


def change_grants(*, change: Change, changes: Sequence[GrantChange]) -> int:
    """Bring grants to what they shall be from a month on; what already is so stays untouched. Returns grants changed.

    Persons not named any more leave (coverage ends), new ones enter, a different amount is a new share row; where
    shares since ended pay other amounts in months from then on, they are superseded.
    """
    with transaction.atomic():
        touched, coverages = _apply(change, changes)
        restate_shares(change=change, restatements=_into_the_past(changes, coverages))
    return touched


def _apply(change: Change, changes: Sequence[GrantChange]) -> tuple[int, dict[int, list[Coverage]]]:
    """Bring open coverage and shares to the targets; return how many grants changed and the coverage looked at."""
    with transaction.atomic():
        work = _Work(change)
        grants = Grant.objects.in_bulk([target.grant_id for target in changes])
        coverages, shares = _open_rows(list(grants))
        touched = 0
        for target in changes:
            grant = grants.get(target.grant_id)
            if grant is not None and grant.to_date is None:
                touched += work.plan(grant, target, coverages[grant.pk], shares)
        work.write()
    return touched, coverages


def _into_the_past(
    changes: Sequence[GrantChange], coverages: Mapping[int, Sequence[Coverage]]
) -> Iterator[Restatement]:
    """Yield what a change that begins before shares already ended must say anew of those earlier months."""
    first = min((target.from_date for target in changes), default=dt.date.max)
    listed = [one.pk for target in changes for one in coverages.get(target.grant_id, ())]
    ended = Share.objects.filter(coverage_id__in=listed, superseded_at=None, to_date__gt=first)
    ends: dict[int, dt.date] = {}
    for coverage_id, end in ended.values_list("coverage_id", "to_date"):
        if end is not None:
            ends[coverage_id] = max(end, ends.get(coverage_id, end))
    for target in changes if ends else ():
        wanted = {covered.person_id: dict(covered.shares) for covered in target.persons}
        for coverage in coverages.get(target.grant_id, ()):
            if coverage.person_id in wanted and ends.get(coverage.pk, dt.date.min) > target.from_date:
                yield Restatement(
                    target.grant_id,
                    coverage.person_id,
                    target.from_date,
                    None,
                    tuple(wanted[coverage.person_id].items()),
                    target.assessment_run_id,
                )


def add_coverage(*, change: Change, grant_id: int, covered: Covered, from_date: dt.date) -> None:
    """Let a grant cover one more person from a month on; the payee is the grant's."""
    target = _as_it_is(grant_id)
    persons = (*(one for one in target if one.person_id != covered.person_id), covered)
    _apply(change, [GrantChange(grant_id, from_date, persons)])


def end_coverage(*, change: Change, grant_id: int, person_id: int, to_date: dt.date, cause: str) -> None:
    """Stop covering one person; the grant ends with its last covered person."""
    rest = tuple(one for one in _as_it_is(grant_id) if one.person_id != person_id)
    if rest:
        _apply(change, [GrantChange(grant_id, to_date, rest, cause=cause)])
    else:
        end_grant(change=change, end=GrantEnd(grant_id, to_date, cause))


def end_grant(*, change: Change, end: GrantEnd) -> None:
    """End one grant with its coverage."""
    end_grants(change=change, ends=[end])


def end_grants(*, change: Change, ends: Sequence[GrantEnd]) -> int:
    """End grants with their coverage in one transaction; those ended already stay as they are. Returns grants ended."""
    with transaction.atomic():
        booked = lru_cache(booking_month)
        grants = Grant.objects.filter(to_date__isnull=True).in_bulk([end.grant_id for end in ends])
        grant_rows, coverage_rows = [], []
        for end in ends:
            grant = grants.get(end.grant_id)
            if grant is None:
                continue
            to_date = max(end.to_date, grant.from_date)
            month = max(grant.booked_from, booked(grant.county, to_date))
            grant_rows.append((to_date, month, end.cause, end.decision_id, change.pk, grant.pk))
            coverage_rows.append((to_date, to_date, month, month, end.cause, change.pk, grant.pk))
        _update(
            "UPDATE grants_grant SET to_date=%s, booked_to=%s, end_cause=%s, end_decision_id=%s, change_id=%s,"
            " held_since=NULL, held_cause='' WHERE id=%s",
            grant_rows,
        )
        _update(
            "UPDATE grants_coverage SET to_date=CASE WHEN from_date > %s THEN from_date ELSE %s END,"
            " booked_to=CASE WHEN booked_from > %s THEN booked_from ELSE %s END, end_cause=%s, change_id=%s,"
            " held_since=NULL WHERE grant_id=%s AND to_date IS NULL",
            coverage_rows,
        )
    return len(grant_rows)


def change_payee(*, change: Change, grant_id: int, account_id: int | None) -> int:
    """Pay a grant to another account from this month on; dues not yet paid follow. Returns the shares rewritten."""
    with transaction.atomic():
        shares = list(
            Share.objects.filter(
                coverage__grant_id=grant_id, coverage__to_date__isnull=True, to_date__isnull=True, superseded_at=None
            ).exclude(payee_id=account_id)
        )
        month, moment = month_of(clock.today()), clock.now()
        Share.objects.filter(pk__in=[share.pk for share in shares]).update(superseded_at=moment)
        rows = []
        for share in shares:
            start = max(share.from_date, month)
            if share.from_date < start:
                rows.append(_share(share, share.payee_id, share.from_date, start, moment, change))
            rows.append(_share(share, account_id, start, None, moment, change))
        bulk_insert(model=Share, columns=[*SHARE_COLUMNS, "to_date"], rows=rows)
    return len(shares)


def _share(
    share: Share, payee_id: int | None, start: dt.date, end: dt.date | None, moment: dt.datetime, change: Change
) -> Row:
    return (
        share.coverage_id, share.component, share.amount_fen, payee_id, start, moment, share.assessment_run_id,
        change.pk, end,
    )  # fmt: skip


def _as_it_is(grant_id: int) -> list[Covered]:
    """Return the open coverage of a grant with its open shares."""
    if not Grant.objects.filter(pk=grant_id, to_date__isnull=True).exists():
        raise Refused("grants.ended", "这项待遇已经停发，不能再变更。", "如需恢复，请重新申请办理。")
    coverages, shares = _open_rows([grant_id])
    return [
        Covered(one.person_id, tuple((share.component, share.amount_fen) for share in shares[one.pk]))
        for one in coverages[grant_id]
    ]


def _open_rows(grant_ids: list[int]) -> tuple[dict[int, list[Coverage]], dict[int, list[Share]]]:
    coverages: dict[int, list[Coverage]] = defaultdict(list)
    for coverage in Coverage.objects.filter(grant_id__in=grant_ids, to_date__isnull=True):
        coverages[coverage.grant_id].append(coverage)
    shares: dict[int, list[Share]] = defaultdict(list)
    for share in Share.objects.filter(
        coverage__grant_id__in=grant_ids, coverage__to_date__isnull=True, to_date__isnull=True, superseded_at=None
    ):
        shares[share.coverage_id].append(share)
    return coverages, shares


def _update(sql: str, rows: Iterable[Row]) -> None:
    listed = list(rows)
    if listed:
        with connection.cursor() as cursor:
            cursor.executemany(sql, [tuple(_plain(value) for value in row) for row in listed])


def _plain(value: Any) -> Any:
    return connection.ops.adapt_datefield_value(value) if isinstance(value, dt.date) else value


class _Work:
    """Collects what a batch of changes writes, then writes it with one statement per table and kind."""

    def __init__(self, change: Change) -> None:
        self.change, self.moment = change, clock.now()
        self.booked = lru_cache(booking_month)
        self.left: list[Row] = []
        self.closed: list[Row] = []
        self.entered: list[tuple[Grant, Covered, dt.date, int | None, int | None]] = []
        self.shares: list[Row] = []

    def plan(
        self, grant: Grant, target: GrantChange, coverages: list[Coverage], shares: dict[int, list[Share]]
    ) -> bool:
        """Note what differs between the open rows and the target; tell whether anything does."""
        before = len(self.left) + len(self.closed) + len(self.entered) + len(self.shares)
        wanted = {covered.person_id: covered for covered in target.persons}
        payee = next((share.payee_id for one in coverages for share in shares[one.pk]), None)
        for coverage in coverages:
            covered = wanted.pop(coverage.person_id, None)
            if covered is None:
                self._leave(coverage, target)
            else:
                self._amounts(coverage, covered, target, shares[coverage.pk], payee)
        for covered in wanted.values():
            start = max(target.from_date, grant.from_date)
            self.entered.append((grant, covered, start, payee, target.assessment_run_id))
        return len(self.left) + len(self.closed) + len(self.entered) + len(self.shares) > before

    def _leave(self, coverage: Coverage, target: GrantChange) -> None:
        to_date = max(target.from_date, coverage.from_date)
        month = max(coverage.booked_from, self.booked(coverage.county, to_date))
        self.left.append((to_date, month, target.cause, self.change.pk, coverage.pk))

    def _amounts(
        self, coverage: Coverage, covered: Covered, target: GrantChange, shares: list[Share], payee: int | None
    ) -> None:
        held = {share.component: share for share in shares}
        for component, fen in covered.shares:
            share = held.pop(component, None)
            if share is not None and share.amount_fen == fen:
                continue
            start = max(target.from_date, coverage.from_date)
            if share is not None:
                start = max(start, share.from_date)
                self.closed.append((start, self.change.pk, share.pk))
            to = share.payee_id if share is not None else payee
            self.shares.append(
                (coverage.pk, component, fen, to, start, self.moment, target.assessment_run_id, self.change.pk)
            )
        self.closed += [(max(target.from_date, share.from_date), self.change.pk, share.pk) for share in held.values()]

    def write(self) -> None:
        """Write the batch: ends first, so that open rows stay unique."""
        _update(
            "UPDATE grants_coverage SET to_date=%s, booked_to=%s, end_cause=%s, change_id=%s, held_since=NULL"
            " WHERE id=%s",
            self.left,
        )
        _update("UPDATE grants_share SET to_date=%s, change_id=%s WHERE id=%s", self.closed)
        ids = reserve_ids(model=Coverage, count=len(self.entered))
        rows: list[Row] = []
        for coverage_id, (grant, covered, start, payee, run) in zip(ids, self.entered, strict=True):
            month = self.booked(grant.county, start)
            rows.append(
                (coverage_id, grant.pk, grant.county, grant.township, grant.benefit, covered.person_id, start, month,
                 self.change.pk)
            )  # fmt: skip
            self.shares += [
                (coverage_id, component, fen, payee, start, self.moment, run, self.change.pk)
                for component, fen in covered.shares
            ]
        bulk_insert(model=Coverage, columns=COVERAGE_COLUMNS, rows=rows)
        bulk_insert(model=Share, columns=SHARE_COLUMNS, rows=self.shares)
