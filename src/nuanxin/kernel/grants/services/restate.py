"""Saying anew what past months should have paid: shares are superseded piece by piece, never edited."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.models import Coverage, Share
from nuanxin.kernel.grants.services.award import SHARE_COLUMNS
from nuanxin.kernel.grants.values import Restatement

BATCH = 500
Row = tuple[Any, ...]
Period = tuple[dt.date, dt.date | None]


@dataclass(frozen=True)
class Piece:
    """A stretch of one component; `row` is the stored row that it is, None for a new one."""

    start: dt.date
    end: dt.date | None
    fen: int
    payee: int | None
    run: int | None
    row: int | None = None


def restate_shares(*, change: Change, restatements: Iterable[Restatement]) -> int:
    """Supersede the shares of the periods named by what they should have been; returns the share rows written.

    Only months that the person is covered in count; the payee of each stretch stays; what is so already stays. Some
    hundred grants a transaction. Arrears and recoveries follow with the next dues.
    """
    by_grant: dict[int, list[Restatement]] = defaultdict(list)
    for one in restatements:
        by_grant[one.grant_id].append(one)
    ids, written = sorted(by_grant), 0
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            written += _restate(change, ids[start : start + BATCH], by_grant)
    return written


def _restate(change: Change, grant_ids: list[int], by_grant: dict[int, list[Restatement]]) -> int:
    shares: dict[int, list[Share]] = defaultdict(list)
    live = Share.objects.filter(coverage__grant_id__in=grant_ids, superseded_at=None)
    for share in live.order_by("from_date", "id"):
        shares[share.coverage_id].append(share)
    gone: list[int] = []
    rows: list[Row] = []
    moment = clock.now()
    for coverage in Coverage.objects.filter(grant_id__in=grant_ids).order_by("id"):
        wanted = [one for one in by_grant[coverage.grant_id] if one.person_id == coverage.person_id]
        for component, before, after in _restated(coverage, shares[coverage.pk], wanted):
            kept = {piece.row for piece in after}
            gone += [piece.row for piece in before if piece.row is not None and piece.row not in kept]
            rows += [
                (coverage.pk, component, one.fen, one.payee, one.start, moment, one.run, change.pk, one.end)
                for one in after
                if one.row is None
            ]
    Share.objects.filter(pk__in=gone).update(superseded_at=moment)
    return bulk_insert(model=Share, columns=[*SHARE_COLUMNS, "to_date"], rows=rows)


def _restated(
    coverage: Coverage, shares: Sequence[Share], wanted: Iterable[Restatement]
) -> Iterator[tuple[str, list[Piece], list[Piece]]]:
    """Yield each component with its pieces before and after."""
    held: dict[str, list[Piece]] = defaultdict(list)
    for s in shares:
        held[s.component].append(Piece(s.from_date, s.to_date, s.amount_fen, s.payee_id, s.assessment_run_id, s.pk))
    before = {component: list(pieces) for component, pieces in held.items()}
    payee = shares[-1].payee_id if shares else None
    for one in sorted(wanted, key=lambda item: item.from_date):
        period = _within(coverage, one)
        if period is None:
            continue
        amounts = dict(one.shares)
        for component in sorted({*held, *amounts}):
            new = Piece(*period, amounts.get(component, 0), payee, one.assessment_run_id)
            held[component] = _laid(held[component], new)
    for component, pieces in sorted(held.items()):
        yield component, before.get(component, []), _joined(pieces)


def _within(coverage: Coverage, one: Restatement) -> Period | None:
    start = max(one.from_date, coverage.from_date)
    ends = [end for end in (one.to_date, coverage.to_date) if end is not None]
    end = min(ends, default=None)
    return None if end is not None and end <= start else (start, end)


def _laid(pieces: list[Piece], new: Piece) -> list[Piece]:
    """Lay an amount over the pieces of a component: each stretch keeps its payee, gaps are filled."""
    laid: list[Piece] = []
    free: dt.date | None = new.start
    for piece in pieces:
        if not _overlap(piece, new):
            laid.append(piece)
            continue
        start = max(piece.start, new.start)
        if free is not None and free < start:
            laid.append(replace(new, start=free, end=start))
        end = _earlier(piece.end, new.end)
        laid += _cut(piece, new, start, end)
        free = end
    if free is not None and (new.end is None or free < new.end):
        laid.append(replace(new, start=free))
    return sorted((one for one in laid if one.fen or one.row), key=lambda one: one.start)


def _cut(piece: Piece, new: Piece, start: dt.date, end: dt.date | None) -> list[Piece]:
    """Return a piece with one stretch of it at another amount."""
    if piece.fen == new.fen:
        return [piece]
    parts = [replace(new, start=start, end=end, payee=piece.payee)]
    if piece.start < start:
        parts.append(replace(piece, end=start, row=None))
    if end is not None and (piece.end is None or end < piece.end):
        parts.append(replace(piece, start=end, row=None))
    return parts


def _overlap(one: Piece, other: Piece) -> bool:
    return (one.end is None or other.start < one.end) and (other.end is None or one.start < other.end)


def _earlier(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    return min((end for end in (one, other) if end is not None), default=None)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Join new pieces that follow one another at the same amount to the same payee."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and last.row is None and piece.row is None and _alike(last, piece):
            joined[-1] = replace(last, end=piece.end)
        else:
            joined.append(piece)
    return joined


def _alike(one: Piece, then: Piece) -> bool:
    return one.end == then.start and (one.fen, one.payee) == (then.fen, then.payee)
