"""Reading grants: what is in force, whom it covers, what is payable."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.grants.enums import basis_words
from nuanxin.kernel.grants.models import Coverage, Grant, Share
from nuanxin.kernel.registry.selectors.chosen import among

# Every share that pays in a month, from its own start to the first of the ends of share, coverage and grant.
PAYABLE = """
SELECT c.county, c.township, c.benefit, s.component, c.person_id, g.household_id, c.grant_id, s.amount_fen, s.payee_id,
       s.assessment_run_id, g.decision_id, s.id AS share_id
  FROM grants_coverage c
  JOIN grants_grant g ON g.id = c.grant_id
  JOIN grants_share s ON s.coverage_id = c.id
 WHERE c.county = %s AND c.grant_id BETWEEN %s AND %s AND s.amount_fen > 0 AND s.superseded_at IS NULL
   AND s.from_date <= %s AND (s.to_date IS NULL OR s.to_date > %s)
   AND c.from_date <= %s AND (c.to_date IS NULL OR c.to_date > %s)
   AND g.from_date <= %s AND (g.to_date IS NULL OR g.to_date > %s)
"""
PAYABLE_COLUMNS = (
    "county", "township", "benefit", "component", "person_id", "household_id", "grant_id", "amount_fen", "account_id",
    "assessment_run_id", "decision_id",
)  # fmt: skip

# What is due in a month as known now by benefit and unit; where two grants of a benefit meet, the older pays.
KNOWN_DUE = """
SELECT benefit, household_id, CASE WHEN household_id IS NULL THEN person_id END, SUM(amount_fen)
  FROM (SELECT c.benefit, g.household_id, c.person_id, s.amount_fen,
               ROW_NUMBER() OVER (PARTITION BY c.benefit, s.component, c.person_id ORDER BY c.grant_id, s.id) AS place
          FROM grants_coverage c
          JOIN grants_grant g ON g.id = c.grant_id
          JOIN grants_share s ON s.coverage_id = c.id
         WHERE c.county = %s AND s.amount_fen > 0 AND s.superseded_at IS NULL
           AND s.from_date <= %s AND (s.to_date IS NULL OR s.to_date > %s)
           AND c.from_date <= %s AND (c.to_date IS NULL OR c.to_date > %s)
           AND g.from_date <= %s AND (g.to_date IS NULL OR g.to_date > %s)) AS paying
 WHERE place = 1
 GROUP BY benefit, household_id, CASE WHEN household_id IS NULL THEN person_id END
"""

# What a county's shares known now pay people month by month (`m`, a list of months named so), each share apart.
# The county is kept from its index: people are few, a county is many.
KNOWN_BY_MONTH = """
SELECT c.benefit, s.component, c.person_id, m.month, COALESCE(g.household_id, 0) AS household_id, s.amount_fen
  FROM grants_coverage c
  JOIN grants_grant g ON g.id = c.grant_id
  JOIN grants_share s ON s.coverage_id = c.id
  JOIN ({months}) m
    ON m.month >= s.from_date AND (s.to_date IS NULL OR s.to_date > m.month)
   AND m.month >= c.from_date AND (c.to_date IS NULL OR c.to_date > m.month)
   AND (g.to_date IS NULL OR g.to_date > m.month)
 WHERE c.person_id IN ({persons}) AND c.county || '' = %s AND s.superseded_at IS NULL AND s.amount_fen > 0
"""


@dataclass(frozen=True)
class ShareView:
    """One share as pages show it; amounts in fen a month."""

    person_id: int
    component: str
    amount_fen: int
    payee_id: int | None
    from_date: dt.date
    to_date: dt.date | None


@dataclass(frozen=True)
class GrantView:
    """One grant as pages show it: its dates, who is covered on the day asked for, what each share pays."""

    id: int
    benefit: str
    from_date: dt.date
    to_date: dt.date | None
    held_since: dt.date | None
    end_cause: str
    basis: str
    decision_id: int | None
    takeover_list_id: int | None
    takeover_row: int | None
    person_id: int | None
    household_id: int | None
    persons: tuple[int, ...]
    shares: tuple[ShareView, ...]

    @property
    def amount_fen(self) -> int:
        """Return what the grant pays a month."""
        return sum(share.amount_fen for share in self.shares)

    @property
    def basis_words(self) -> str:
        """Return in words what it rests on."""
        return basis_words(self.basis)


@dataclass(frozen=True)
class SubjectState:
    """What is in force for one subject: the grant, persons and money a month."""

    grant_id: int
    persons: frozenset[int]
    amount_fen: int


def payable_parameters(county: str, month: dt.date, first: int, last: int) -> list[str | int | dt.date | None]:
    """Return the parameters of `PAYABLE` for a month and a range of grant ids."""
    day = connection.ops.adapt_datefield_value(month)
    return [county, first, last, *[day] * 6]


def known_due(county: str, month: dt.date) -> list[tuple[str, int | None, int | None, int]]:
    """Return (benefit, household, person without one, fen) of what shares known now pay in a month."""
    day = connection.ops.adapt_datefield_value(month)
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_DUE, [county, *[day] * 6])
        return [(benefit, household, person, int(fen)) for benefit, household, person, fen in cursor.fetchall()]


def units_touched(county: str, after_change: int) -> set[tuple[str, int | None, int | None]]:
    """Return (benefit, household, person without one) of everybody whose grants were written after a change."""
    persons = touched_persons(county, after_change)
    rows = Coverage.objects.filter(person_id__in=persons).values_list("benefit", "grant__household_id", "person_id")
    return {(benefit, home, None if home is not None else person) for benefit, home, person in rows}


def grant_id_ranges(county: str, size: int) -> list[tuple[int, int]]:
    """Return ranges of grant ids that hold about `size` grants of a county each."""
    ids = list(Grant.objects.filter(county=county).order_by("id").values_list("id", flat=True))
    return [(ids[start], ids[min(start + size, len(ids)) - 1]) for start in range(0, len(ids), size)]


def grants_in(county: str) -> QuerySet[Grant]:
    """Return the county's grants for lists; filter and order at will, then read only."""
    return Grant.objects.filter(county=county).order_by("-id")


def grant_by_id(grant_id: int) -> Grant | None:
    """Return a grant, None when there is none."""
    return Grant.objects.filter(pk=grant_id).first()


def grants_of_person(person_id: int, on: dt.date) -> list[GrantView]:
    """Return every grant that covers or covered a person, newest first, with the shares of the month of `on`."""
    ids = Coverage.objects.filter(person_id=person_id).values("grant_id")
    return _views(Grant.objects.filter(Q(person_id=person_id) | Q(pk__in=ids)), on)


def grants_of_household(household_id: int, person_ids: Iterable[int], on: dt.date) -> list[GrantView]:
    """Return the grants of a household and those of the persons named (its members), newest first."""
    return _views(Grant.objects.filter(Q(household_id=household_id) | Q(person_id__in=list(person_ids))), on)


def _views(grants: QuerySet[Grant], on: dt.date) -> list[GrantView]:
    listed = list(grants.order_by("-from_date", "-id").distinct())
    month = month_of(on)
    covered: dict[int, list[Coverage]] = {}
    for coverage in Coverage.objects.filter(grant__in=listed).order_by("person_id"):
        covered.setdefault(coverage.grant_id, []).append(coverage)
    shares: dict[int, list[ShareView]] = {}
    for share in _shares_in(month).filter(coverage__grant__in=listed).select_related("coverage"):
        shares.setdefault(share.coverage.grant_id, []).append(
            ShareView(
                share.coverage.person_id,
                share.component,
                share.amount_fen,
                share.payee_id,
                share.from_date,
                share.to_date,
            )
        )
    return [_view(grant, covered.get(grant.pk, []), shares.get(grant.pk, []), month) for grant in listed]


def _shares_in(month: dt.date) -> QuerySet[Share]:
    lasting = (Q(to_date=None) | Q(to_date__gt=month)) & (Q(coverage__to_date=None) | Q(coverage__to_date__gt=month))
    return Share.objects.filter(lasting, from_date__lte=month, superseded_at=None).order_by("id")


def _view(grant: Grant, coverages: Sequence[Coverage], shares: Sequence[ShareView], month: dt.date) -> GrantView:
    persons = tuple(one.person_id for one in coverages if one.to_date is None or one.to_date > month)
    return GrantView(
        id=grant.pk,
        benefit=grant.benefit,
        from_date=grant.from_date,
        to_date=grant.to_date,
        held_since=grant.held_since,
        end_cause=grant.end_cause,
        basis=grant.basis,
        decision_id=grant.decision_id,
        takeover_list_id=grant.takeover_list_id,
        takeover_row=grant.takeover_row,
        person_id=grant.person_id,
        household_id=grant.household_id,
        persons=persons,
        shares=tuple(shares),
    )


def open_of_household(household_id: int) -> list[Grant]:
    """Return the open grants of a household itself."""
    return list(Grant.objects.filter(household_id=household_id, to_date=None).order_by("id"))


def held_pairs(county: str) -> set[tuple[int, int]]:
    """Return (grant, person) of every coverage whose money is held."""
    held = Coverage.objects.filter(county=county, held_since__isnull=False)
    return set(held.values_list("grant_id", "person_id"))


def open_payees(grant_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return the account now named for each (grant, person) that has one."""
    rows = Share.objects.filter(
        coverage__grant_id__in=list(grant_ids), to_date=None, superseded_at=None, payee__isnull=False
    ).values_list("coverage__grant_id", "coverage__person_id", "payee_id")
    return {(grant, person): payee for grant, person, payee in rows if payee is not None}


def open_subjects(benefit: str, *, persons: Sequence[int] = (), households: Sequence[int] = ()) -> set[tuple[str, int]]:
    """Return ("person", id) and ("household", id) of those subjects that have an open grant of the benefit."""
    found = Grant.objects.filter(benefit=benefit, to_date__isnull=True).filter(
        Q(person_id__in=list(persons)) | Q(household_id__in=list(households))
    )
    rows = found.values_list("person_id", "household_id")
    return {("person", person) if person is not None else ("household", household or 0) for person, household in rows}


def covered_persons(benefit: str, person_ids: Sequence[int]) -> dict[int, int]:
    """Return person → grant of those of the persons whom an open coverage of the benefit covers."""
    rows = Coverage.objects.filter(benefit=benefit, to_date__isnull=True, person_id__in=list(person_ids))
    return dict(rows.values_list("person_id", "grant_id"))


def ever_covered(person_ids: Collection[int]) -> set[int]:
    """Return those of the persons whom any coverage names, running or ended."""
    return set(Coverage.objects.filter(person_id__in=among(person_ids)).values_list("person_id", flat=True))


def ever_covered_at_home(person_ids: Collection[int]) -> set[int]:
    """Return those of the persons whom a grant of a household ever covered: whose death changes what others get."""
    rows = Coverage.objects.filter(person_id__in=among(person_ids), grant__household__isnull=False)
    return set(rows.values_list("person_id", flat=True))


def taken_over_rows(list_id: int) -> set[int]:
    """Return the rows of a takeover list that are grants already."""
    return {row for row in Grant.objects.filter(takeover_list_id=list_id).values_list("takeover_row", flat=True) if row}


OPEN_SHARE = Q(coverages__shares__superseded_at=None, coverages__shares__to_date=None)


def taken_over_open(county: str) -> list[tuple[int, str, int | None, int | None, dt.date, int]]:
    """Return (list, benefit, person, household, start, fen a month) of each open grant that lists brought in."""
    rows = (
        Grant.objects.filter(county=county, takeover_list_id__isnull=False, to_date__isnull=True)
        .annotate(fen=Sum("coverages__shares__amount_fen", filter=OPEN_SHARE))
        .values_list("takeover_list_id", "benefit", "person_id", "household_id", "from_date", "fen")
    )
    return [(taken or 0, benefit, person, home, start, fen or 0) for taken, benefit, person, home, start, fen in rows]


def takeover_states(list_id: int) -> list[tuple[int, str, str, int, int]]:
    """Return (grant, benefit, pays, subject, fen a month) of each grant of a takeover list, as loaded."""
    rows = (
        Grant.objects.filter(takeover_list_id=list_id)
        .annotate(fen=Sum("coverages__shares__amount_fen", filter=Q(coverages__shares__superseded_at=None)))
        .values_list("id", "benefit", "pays", "person_id", "household_id", "fen")
    )
    return [
        (pk, benefit, pays, person or household or 0, fen or 0) for pk, benefit, pays, person, household, fen in rows
    ]


def decided_grants(decision_ids: Sequence[int]) -> set[int]:
    """Return those of the decisions that have made a grant."""
    return {
        pk
        for pk in Grant.objects.filter(decision_id__in=list(decision_ids)).values_list("decision_id", flat=True)
        if pk
    }


def touched_persons(county: str, after_change: int) -> list[int]:
    """Return whose grants, coverage or shares were written after a change: earlier months may differ from then.

    Every writer of these tables leaves its change on the rows it ends or reopens, so that nothing is missed.
    """
    covered = Coverage.objects.filter(county=county)
    grants = covered.filter(grant__change_id__gt=after_change).values_list("person_id", flat=True)
    coverages = covered.filter(change_id__gt=after_change).values_list("person_id", flat=True)
    shares = Share.objects.filter(coverage__county=county, change_id__gt=after_change)
    return sorted({*grants, *coverages, *shares.values_list("coverage__person_id", flat=True)})


class KnownShare(NamedTuple):
    """One share as known now, with the bounds of its coverage, from which arrears are reckoned."""

    township: str
    benefit: str
    grant_id: int
    household_id: int | None
    decision_id: int | None
    person_id: int
    component: str
    amount_fen: int
    account_id: int | None
    assessment_run_id: int | None
    left_cause: str
    grant_cause: str
    share_from: dt.date
    covered_from: dt.date
    share_to: dt.date | None
    covered_to: dt.date | None
    granted_to: dt.date | None

    @property
    def end_cause(self) -> str:
        """Return why the person is covered no more, empty while they are."""
        return self.left_cause or self.grant_cause

    @property
    def first(self) -> dt.date:
        """Return from when it pays."""
        return max(self.share_from, self.covered_from)

    @property
    def last(self) -> dt.date | None:
        """Return until when it pays, the first of the ends of share, coverage and grant."""
        return min((end for end in (self.share_to, self.covered_to, self.granted_to) if end), default=None)


def known_shares(county: str, person_ids: Sequence[int]) -> list[KnownShare]:
    """Return every share a county pays people as known now, of the oldest grant first: of two that meet it pays."""
    shares = Share.objects.filter(coverage__person_id__in=list(person_ids), superseded_at=None, amount_fen__gt=0)
    rows = shares.order_by("coverage__grant_id", "id").values_list(
        "coverage__township", "coverage__benefit", "coverage__grant_id", "coverage__grant__household_id",
        "coverage__grant__decision_id", "coverage__person_id", "component", "amount_fen", "payee_id",
        "assessment_run_id", "coverage__end_cause", "coverage__grant__end_cause",
        "from_date", "coverage__from_date", "to_date", "coverage__to_date", "coverage__grant__to_date",
        "coverage__county",
    )  # fmt: skip
    return [KnownShare(*row[:-1]) for row in rows if row[-1] == county]


def whole_numbers(ids: Iterable[int]) -> str:
    """Write ids into the text of a query: for thousands of them several times faster than a parameter each."""
    return ",".join(str(int(one)) for one in ids)


def grants_listed(
    county: str, area: Q, *, benefit: str = "", state: str = "", township: str = "", on: dt.date | None = None
) -> QuerySet[Grant]:
    """Return the grants within an area (a condition on `township`), benefit by benefit, newest first, as indexed.

    `state` is open, held or ended on a day.
    """
    rows = Grant.objects.filter(area, county=county)
    if benefit:
        rows = rows.filter(benefit=benefit)
    if township:
        rows = rows.filter(township=township)
    if on and state:
        ended = Q(to_date__lte=on)
        held = Q(held_since__isnull=False)
        rows = rows.filter(
            {"ended": ended, "held": held & ~ended, "open": ~held & (Q(to_date=None) | Q(to_date__gt=on))}[state]
        )
    return rows.order_by("-benefit", "-booked_from", "-id")


def coverage_by_id(coverage_id: int) -> Coverage | None:
    """Return a coverage, None when there is none."""
    return Coverage.objects.filter(pk=coverage_id).first()


def coverages_of(grant_id: int) -> list[Coverage]:
    """Return every coverage of a grant, past ones too, by person."""
    return list(Coverage.objects.filter(grant_id=grant_id).order_by("person_id", "id"))


def assessment_runs_of(grant_id: int, person_id: int | None = None) -> list[int]:
    """Return the assessments that fixed the shares known now of a grant (and a person), in the order of writing."""
    rows = Share.objects.filter(coverage__grant_id=grant_id, superseded_at=None, assessment_run_id__isnull=False)
    if person_id is not None:
        rows = rows.filter(coverage__person_id=person_id)
    return [pk for pk in rows.order_by("id").values_list("assessment_run_id", flat=True) if pk is not None]
