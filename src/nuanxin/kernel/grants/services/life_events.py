"""What a death or a move does to grants: a report holds the money, a confirmation ends, a withdrawal undoes both."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.grants.models import Coverage, Grant, Share
from nuanxin.kernel.grants.selectors import ever_covered
from nuanxin.kernel.grants.services.award import award_grant
from nuanxin.kernel.grants.values import Award, Covered
from nuanxin.kernel.registry.enums import EventKind
from nuanxin.kernel.registry.events import EventNotice, register_event_handler

ENDING = ("death", "move_out")
# Hundreds of people die in a county's month: two statements each, written out; by the ORM they took ten times as long.
END_COVERAGES = """
UPDATE grants_coverage
   SET booked_to = CASE WHEN to_date IS NOT NULL THEN booked_to WHEN booked_from > %s THEN booked_from ELSE %s END,
       to_date = CASE WHEN from_date > %s THEN from_date ELSE %s END,
       end_cause = %s, held_since = NULL, change_id = %s
 WHERE person_id = %s AND county = %s AND (to_date IS NULL OR to_date > %s)
RETURNING grant_id
"""
END_EMPTY_GRANT = """
UPDATE grants_grant
   SET to_date = CASE WHEN from_date > %s THEN from_date ELSE %s END,
       booked_to = CASE WHEN booked_from > %s THEN booked_from ELSE %s END,
       end_cause = %s, held_since = NULL, held_cause = '', change_id = %s
 WHERE id = %s AND to_date IS NULL
   AND NOT EXISTS (SELECT 1 FROM grants_coverage c WHERE c.grant_id = grants_grant.id AND c.to_date IS NULL)
"""


def register_handlers() -> None:
    """Tell the registry what this room does on a death and on a move out of the county."""
    register_event_handler("death", "report", hold_money, free_money, ever_covered, hold_money_of_many)
    for kind in ENDING:
        register_event_handler(kind, "confirm", end_coverages, reopen_coverages, ever_covered)


def hold_money(notice: EventNotice) -> None:
    """Hold what is paid for the person; a grant that covers nobody else is held as a whole."""
    hold_money_of_many([notice])


def hold_money_of_many(notices: Sequence[EventNotice]) -> None:
    """Hold what is paid for several people, of events of one kind."""
    today = clock.today()
    lasting = Q(to_date__isnull=True) | Q(to_date__gt=today)
    for county in sorted({notice.county for notice in notices}):
        people = [notice.person_id for notice in notices if notice.county == county]
        held = Coverage.objects.filter(lasting, person_id__in=people, county=county, held_since=None)
        grant_ids = list(held.values_list("grant_id", flat=True))
        held.update(held_since=today)
        _mark_grants(grant_ids, notices[0].kind)


def free_money(notice: EventNotice) -> None:
    """Undo `hold_money`."""
    held = Coverage.objects.filter(person_id=notice.person_id, county=notice.county, held_since__isnull=False)
    grant_ids = list(held.values_list("grant_id", flat=True))
    held.update(held_since=None)
    Grant.objects.filter(pk__in=grant_ids).update(held_since=None, held_cause="")


def _mark_grants(grant_ids: list[int], kind: EventKind) -> None:
    free = Coverage.objects.filter(grant_id=OuterRef("pk"), to_date__isnull=True, held_since=None)
    whole = Grant.objects.filter(pk__in=grant_ids).exclude(Exists(free))
    whole.update(held_since=clock.today(), held_cause=f"{kind}_reported")


def end_coverages(notice: EventNotice) -> None:
    """End the person's coverage on the first of the month after; a grant that covers nobody any more ends too."""
    end = add_months(month_of(notice.on), 1)
    month = max(booking_month(notice.county, end), notice.booked_month)
    day, booked = (connection.ops.adapt_datefield_value(one) for one in (end, month))
    with connection.cursor() as cursor:
        cursor.execute(
            END_COVERAGES, [booked, booked, day, day, notice.kind.value, notice.change.pk,
                            notice.person_id, notice.county, day],
        )  # fmt: skip
        grant_ids = [grant for (grant,) in cursor.fetchall()]
    end_empty_grants(grant_ids, end, month, notice)


def end_empty_grants(grant_ids: list[int], end: dt.date, month: dt.date, notice: EventNotice) -> None:
    """End those of some grants that cover nobody any more."""
    day, booked = (connection.ops.adapt_datefield_value(one) for one in (end, month))
    with connection.cursor() as cursor:
        for grant in sorted(set(grant_ids)):
            cursor.execute(END_EMPTY_GRANT, [day, day, booked, booked, notice.kind.value, notice.change.pk, grant])


def reopen_coverages(notice: EventNotice) -> None:
    """Undo `end_coverages`: reopen what it ended; what a closed month already counts as gone enters again."""
    rows = Coverage.objects.filter(
        person_id=notice.person_id, county=notice.county, end_cause=notice.kind.value, to_date__isnull=False
    )
    for coverage in rows.select_related("grant"):
        taken = Coverage.objects.filter(person_id=notice.person_id, benefit=coverage.benefit, to_date__isnull=True)
        if not taken.exists() and _reopen_grant(coverage.grant, coverage, notice):
            _reopen_coverage(coverage, notice)


def _reopen_grant(grant: Grant, coverage: Coverage, notice: EventNotice) -> bool:
    """Return whether the grant is open again, so that its coverage may be; a counted end makes a new grant instead."""
    if grant.to_date is None:
        return True
    subject = Q(person=grant.person_id) if grant.household_id is None else Q(household=grant.household_id)
    same = Grant.objects.filter(subject, benefit=grant.benefit, to_date__isnull=True)
    if grant.end_cause != notice.kind.value or same.exists():
        return False
    if _counted(grant.county, grant.booked_to):
        _award_again(grant, coverage, notice)
        return False
    grant.to_date, grant.booked_to, grant.end_cause, grant.change = None, None, "", notice.change
    grant.save(update_fields=["to_date", "booked_to", "end_cause", "change"])
    return True


def _counted(county: str, booked_to: dt.date | None) -> bool:
    """Return whether a booked end stands in a closed month."""
    return booked_to is not None and booked_to < booking_month(county, booked_to)


def _award_again(grant: Grant, coverage: Coverage, notice: EventNotice) -> None:
    shares = _last_shares(coverage)
    award = Award(
        county=grant.county,
        township=grant.township,
        division=grant.division_id,
        benefit=grant.benefit,
        pays=grant.pays,
        from_date=coverage.to_date or grant.from_date,
        persons=(Covered(coverage.person_id, tuple((share.component, share.amount_fen) for share in shares)),),
        basis="reopened",
        person_id=grant.person_id,
        household_id=grant.household_id,
        payee_id=shares[0].payee_id if shares else None,
    )
    award_grant(change=notice.change, award=award)


def _last_shares(coverage: Coverage) -> list[Share]:
    return list(Share.objects.filter(coverage=coverage, to_date__isnull=True, superseded_at=None))


def _reopen_coverage(coverage: Coverage, notice: EventNotice) -> None:
    if not _counted(coverage.county, coverage.booked_to):
        coverage.to_date = coverage.booked_to = None
        coverage.end_cause, coverage.change = "", notice.change
        coverage.save(update_fields=["to_date", "booked_to", "end_cause", "change"])
        return
    shares, start = _last_shares(coverage), coverage.to_date or coverage.from_date
    again = Coverage.objects.create(
        grant_id=coverage.grant_id,
        county=coverage.county,
        township=coverage.township,
        benefit=coverage.benefit,
        person_id=coverage.person_id,
        from_date=start,
        booked_from=booking_month(coverage.county, start),
        change=notice.change,
    )
    for share in shares:
        Share.objects.create(
            coverage=again,
            component=share.component,
            amount_fen=share.amount_fen,
            payee_id=share.payee_id,
            from_date=start,
            recorded_at=clock.now(),
            assessment_run_id=share.assessment_run_id,
            change=notice.change,
        )
