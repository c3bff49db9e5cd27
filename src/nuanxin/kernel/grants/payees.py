"""To whom grants are paid: what goes into an account, who is paid into it, whose accounts receive for others."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db.models import Count, F, Q

from nuanxin.kernel.grants.models import Share
from nuanxin.kernel.registry.selectors.chosen import among


class PaidGrant(NamedTuple):
    """An open grant and an account that it is paid to; `account_id` None where no account is named yet."""

    grant_id: int
    benefit: str
    county: str
    division_id: str
    person_id: int | None
    household_id: int | None
    decision_id: int | None
    account_id: int | None


OPEN_SHARE = Q(to_date=None, superseded_at=None, coverage__to_date=None, coverage__grant__to_date=None)


def grants_paid_into(
    *,
    accounts: Iterable[int] = (),
    holders: Iterable[int] = (),
    persons: Iterable[int] = (),
    grants: Iterable[int] = (),
    decisions: Iterable[int] = (),
) -> list[PaidGrant]:
    """Return the open grants with money that pay into some accounts or into accounts that some people hold, that are
    some persons' own, or some grants by id or decision; each with every account that it is paid to."""
    to = Q(payee__in=list(accounts)) | Q(payee__holder__in=list(holders)) | Q(coverage__grant__in=list(grants))
    to |= Q(coverage__grant__decision_id__in=list(decisions))
    rows = Share.objects.filter(OPEN_SHARE, to | Q(coverage__grant__person__in=list(persons)))
    names = ("id", "benefit", "county", "division_id", "person_id", "household_id", "decision_id")
    found = rows.order_by("coverage__grant_id").values_list(*(f"coverage__grant__{name}" for name in names), "payee_id")
    return [PaidGrant(*row) for row in found.distinct()]


def persons_paid_into(county: str, most: int) -> dict[int, set[int]]:
    """Return the people whose open shares name an account, of those accounts of persons that more than `most` name."""
    rows = Share.objects.filter(OPEN_SHARE, coverage__county=county, payee__holder__isnull=False)
    several = rows.values("payee_id").annotate(people=Count("coverage__person", distinct=True)).filter(people__gt=most)
    found: dict[int, set[int]] = defaultdict(set)
    chosen = list(several.order_by().values_list("payee_id", flat=True))
    for account, person in rows.filter(payee__in=chosen).values_list("payee_id", "coverage__person_id"):
        found[account or 0].add(person)
    return found


def payees_of_others(person_ids: Collection[int]) -> set[int]:
    """Return those of the people whose accounts an open grant of somebody else, or of a household, is paid to."""
    rows = Share.objects.filter(OPEN_SHARE, payee__holder__in=among(person_ids))
    others = rows.exclude(coverage__grant__person=F("payee__holder"))
    return {person for person in others.values_list("payee__holder_id", flat=True) if person is not None}
