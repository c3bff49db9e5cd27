"""Everything in force in a county at once: who has what since when, for how much; for reviews and warnings."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, Sum

from nuanxin.kernel.grants.models import Coverage, Grant, Share


@dataclass
class Standing:
    """An open grant with whom it covers and what it pays a month; `written_on` is the business day that made it."""

    grant_id: int
    benefit: str
    township: str
    division: str
    person_id: int | None
    household_id: int | None
    from_date: dt.date
    basis: str
    written_on: dt.date
    fen: int = 0
    persons: list[int] = field(default_factory=list)

    @property
    def subject(self) -> int:
        """Return the household's or the person's id."""
        return self.household_id or self.person_id or 0


def standing_grants(county: str, benefits: Iterable[str], *, grant_id: int | None = None) -> list[Standing]:
    """Return the county's open grants of some benefits (or one of them), by id."""
    which = Q(county=county, benefit__in=list(benefits), to_date__isnull=True)
    which &= Q(pk=grant_id) if grant_id is not None else Q()
    columns = (
        "id", "benefit", "township", "division_id", "person_id", "household_id", "from_date", "basis",
        "change__business_date",
    )  # fmt: skip
    found = {row[0]: Standing(*row) for row in Grant.objects.filter(which).order_by("id").values_list(*columns)}
    ids = Grant.objects.filter(which).values("id")
    open_ = Coverage.objects.filter(to_date__isnull=True)
    open_ = (
        open_.filter(county=county, benefit__in=list(benefits)) if grant_id is None else open_.filter(grant_id__in=ids)
    )
    for grant, person in open_.order_by("person_id").values_list("grant_id", "person_id"):
        if grant in found:
            found[grant].persons.append(person)
    shares = Share.objects.filter(coverage__in=open_, to_date__isnull=True, superseded_at__isnull=True).order_by()
    for grant, fen in (
        shares.values("coverage__grant_id").annotate(fen=Sum("amount_fen")).values_list("coverage__grant_id", "fen")
    ):
        if grant in found:
            found[grant].fen = fen or 0
    return list(found.values())


def benefits_covering(county: str, person_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return for each of the persons the benefits an open coverage pays them, with the grant."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    wanted = sorted(set(person_ids))
    for start in range(0, len(wanted), 900):
        rows = Coverage.objects.filter(county=county, to_date__isnull=True, person_id__in=wanted[start : start + 900])
        for person, benefit, grant in rows.values_list("person_id", "benefit", "grant_id"):
            found[person][benefit] = grant
    return dict(found)


def open_grant_ids(county: str) -> set[int]:
    """Return the ids of a county's open grants."""
    return set(Grant.objects.filter(county=county, to_date__isnull=True).values_list("id", flat=True))


def home_grants_left_by(person_id: int, cause: str) -> list[int]:
    """Return the open grants of households that stopped covering a person for a cause."""
    rows = Coverage.objects.filter(
        person_id=person_id, end_cause=cause, to_date__isnull=False, grant__to_date__isnull=True,
        grant__household__isnull=False,
    )  # fmt: skip
    return sorted(set(rows.values_list("grant_id", flat=True)))


def grant_of_decision(decision_id: int) -> int | None:
    """Return the grant that a decision made, None when it made none."""
    return Grant.objects.filter(decision_id=decision_id).values_list("id", flat=True).first()


@dataclass(frozen=True)
class Ended:
    """A person's grant that ended and was not followed by another, with the account it was last paid to."""

    grant_id: int
    benefit: str
    person_id: int
    to_date: dt.date
    payee_id: int | None


def ended_by(county: str, cause: str, since: dt.date) -> list[Ended]:
    """Return the grants of persons that ended for a cause from a day on, where the person has the benefit no more."""
    rows = Grant.objects.filter(county=county, end_cause=cause, to_date__gte=since, person__isnull=False)
    listed = list(rows.order_by("id").values_list("id", "benefit", "person_id", "to_date"))
    have = set(
        Grant.objects.filter(
            county=county, to_date__isnull=True, person__isnull=False, benefit__in={row[1] for row in listed}
        ).values_list("benefit", "person_id")
    )
    shares = Share.objects.filter(coverage__grant_id__in=[row[0] for row in listed], superseded_at__isnull=True)
    payees = dict(shares.order_by("id").values_list("coverage__grant_id", "payee_id"))
    last = {(benefit, person): Ended(pk, benefit, person or 0, end, payees.get(pk))
            for pk, benefit, person, end in listed if end is not None}  # fmt: skip
    return [one for key, one in last.items() if key not in have]
