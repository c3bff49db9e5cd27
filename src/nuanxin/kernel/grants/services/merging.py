"""What the merger of two records of one person does to grants: doubled ones end, the others move, never paid twice.

A benefit that both records draw ends for the absorbed one with the month of the merger, and in every month before that
both covered it should have paid nothing: those shares are superseded by shares of nought, so that what was paid twice
becomes a recovery with the next dues. A benefit that it draws alone goes over with the month after, so that no month
has both or neither. Dues stay with their rows.
"""

import datetime as dt
from dataclasses import replace

from django.db.models import Q

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.grants.models import Coverage, Grant, Share
from nuanxin.kernel.grants.services.life_events import end_empty_grants, reopen_coverages
from nuanxin.kernel.registry.events import EventNotice, register_event_handler

CAUSE = "merged"


def register_mergers() -> None:
    """Tell the registry what this room does when two records become one."""
    register_event_handler("merged", "confirm", merge_coverages, part_coverages)


def merge_coverages(notice: EventNotice) -> None:
    """End or move every running coverage of the absorbed record."""
    month, absorbed = month_of(notice.on), notice.other_id or 0
    _silence_doubles(notice, absorbed, month)
    running = Q(to_date__isnull=True) | Q(to_date__gt=month)
    kept = list(Coverage.objects.filter(running, person_id=notice.person_id))
    for coverage in Coverage.objects.select_related("grant").filter(running, person_id=absorbed):
        doubled = any(
            one.benefit == coverage.benefit and (one.to_date is None or one.to_date > coverage.from_date)
            for one in kept
        )
        until = max(month if doubled else add_months(month, 1), coverage.from_date)
        if coverage.to_date is not None and coverage.to_date <= until:
            continue
        shares = _open_shares(coverage)
        moves = not doubled and coverage.to_date is None
        if moves:
            _free_subject(coverage.grant, until, notice)
        _end(coverage, until, notice)
        if moves:
            _move(coverage, shares, until, notice)
        end_empty_grants([coverage.grant_id], until, _booked(notice, until), notice)


def _silence_doubles(notice: EventNotice, absorbed: int, month: dt.date) -> None:
    """Let the absorbed record's shares pay nothing in the months before a month that both records were covered in."""
    kept = list(Coverage.objects.filter(person_id=notice.person_id, from_date__lt=month))
    for coverage in Coverage.objects.filter(person_id=absorbed, from_date__lt=month).order_by("id"):
        for one in kept:
            if one.benefit == coverage.benefit:
                start = max(one.from_date, coverage.from_date)
                end = min(day for day in (one.to_date, coverage.to_date, month) if day is not None)
                _silence(coverage, start, end, notice)


def _silence(coverage: Coverage, start: dt.date, end: dt.date, notice: EventNotice) -> None:
    """Supersede what a coverage pays in `[start, end)` by nothing; before and after it goes on as it was."""
    live = Share.objects.filter(coverage=coverage, superseded_at=None, amount_fen__gt=0, from_date__lt=end)
    for share in live.filter(Q(to_date=None) | Q(to_date__gt=start)).order_by("id"):
        first, last = max(share.from_date, start), min(share.to_date or end, end)
        if last <= first:
            continue
        moment = clock.now()
        Share.objects.filter(pk=share.pk).update(superseded_at=moment)
        _piece(share, share.from_date, first, share.amount_fen, moment, notice)
        _piece(share, first, last, 0, moment, notice)
        _piece(share, last, share.to_date, share.amount_fen, moment, notice)


def _piece(
    share: Share, start: dt.date, end: dt.date | None, fen: int, moment: dt.datetime, notice: EventNotice
) -> None:
    if end is None or start < end:
        Share.objects.create(
            coverage_id=share.coverage_id, component=share.component, amount_fen=fen, payee_id=share.payee_id,
            from_date=start, to_date=end, recorded_at=moment, assessment_run_id=share.assessment_run_id,
            change=notice.change,
        )  # fmt: skip


def _speak_again(absorbed: int, notice: EventNotice) -> None:
    """Undo `_silence_doubles`: a share of nought gives way to the share that it superseded."""
    silent = Share.objects.filter(coverage__person_id=absorbed, amount_fen=0, superseded_at=None).order_by("id")
    for share in silent:
        before = Share.objects.filter(
            coverage_id=share.coverage_id, component=share.component, superseded_at=share.recorded_at, amount_fen__gt=0
        ).first()
        if before is not None:
            moment = clock.now()
            Share.objects.filter(pk=share.pk).update(superseded_at=moment)
            _piece(share, share.from_date, share.to_date, before.amount_fen, moment, notice)


def _booked(notice: EventNotice, day: dt.date) -> dt.date:
    return max(booking_month(notice.county, day), notice.booked_month)


def _open_shares(coverage: Coverage) -> list[Share]:
    return list(Share.objects.filter(coverage=coverage, to_date__isnull=True, superseded_at=None))


def _end(coverage: Coverage, day: dt.date, notice: EventNotice) -> None:
    coverage.to_date, coverage.booked_to = day, max(_booked(notice, day), coverage.booked_from)
    coverage.end_cause, coverage.held_since, coverage.change = CAUSE, None, notice.change
    coverage.save(update_fields=["to_date", "booked_to", "end_cause", "held_since", "change"])


def _free_subject(grant: Grant, day: dt.date, notice: EventNotice) -> None:
    """End the absorbed record's own grant, so that the kept record's may stand."""
    if grant.person_id != notice.other_id or grant.to_date is not None:
        return
    grant.to_date, grant.booked_to = day, max(_booked(notice, day), grant.booked_from)
    grant.end_cause, grant.held_since, grant.held_cause, grant.change = CAUSE, None, "", notice.change
    grant.save(update_fields=["to_date", "booked_to", "end_cause", "held_since", "held_cause", "change"])


def _move(coverage: Coverage, shares: list[Share], day: dt.date, notice: EventNotice) -> None:
    """Let the kept record be covered from a day on, in the same household's grant or in a grant of its own."""
    grant_id, booked = coverage.grant_id, _booked(notice, day)
    if coverage.grant.person_id == notice.other_id:
        grant_id = Grant.objects.create(
            county=coverage.grant.county, township=coverage.grant.township, division_id=coverage.grant.division_id,
            benefit=coverage.benefit, pays=coverage.grant.pays, person_id=notice.person_id, from_date=day,
            booked_from=booked, basis=CAUSE, change=notice.change,
        ).pk  # fmt: skip
    moved = Coverage.objects.create(
        grant_id=grant_id, county=coverage.county, township=coverage.township, benefit=coverage.benefit,
        person_id=notice.person_id, from_date=day, booked_from=booked, change=notice.change,
    )  # fmt: skip
    for share in shares:
        Share.objects.create(
            coverage=moved, component=share.component, amount_fen=share.amount_fen, payee_id=share.payee_id,
            from_date=max(day, share.from_date), recorded_at=clock.now(), assessment_run_id=share.assessment_run_id,
            change=notice.change,
        )  # fmt: skip


def part_coverages(notice: EventNotice) -> None:
    """Undo `merge_coverages`: what had moved never ran for the kept record, and runs for the other one as before.

    What was changed since the merger is left as it stands, for a clerk to decide.
    """
    absorbed = notice.other_id or 0
    ended = Coverage.objects.filter(person_id=absorbed, county=notice.county, end_cause=CAUSE)
    acts = set(ended.values_list("change_id", flat=True))
    starts = dict(ended.values_list("benefit", "to_date"))
    moved = Coverage.objects.filter(person_id=notice.person_id, change_id__in=acts, to_date__isnull=True)
    for coverage in moved.select_related("grant"):
        if coverage.from_date != starts.get(coverage.benefit):
            continue
        _end(coverage, coverage.from_date, notice)
        grant = coverage.grant
        if grant.basis == CAUSE and grant.person_id == notice.person_id and grant.to_date is None:
            grant.to_date = grant.from_date
            grant.booked_to = max(_booked(notice, grant.from_date), grant.booked_from)
            grant.end_cause, grant.change = CAUSE, notice.change
            grant.save(update_fields=["to_date", "booked_to", "end_cause", "change"])
    _speak_again(absorbed, notice)
    reopen_coverages(replace(notice, person_id=absorbed, other_id=None))
