"""Reading reviews, draws and samples."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Count, QuerySet

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter, township_filter
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.models import Draw, Review, Sample
from nuanxin.kernel.casework.values import Live
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.registry.selectors import household_of


def reviews_in(county: str, account: Account, month: dt.date | None = None) -> QuerySet[Review]:
    """Return the reviews of the account's area, the earliest due first, by village; of a month when given."""
    rows = Review.objects.filter(area_filter(account), county=county)
    rows = rows.filter(month=month) if month else rows
    return rows.select_related("person", "household", "division", "maker", "case").order_by(
        "due_on", "division_id", "benefit", "id"
    )


def review_by_id(review_id: int, account: Account) -> Review | None:
    """Return a review of the account's area, None when there is none."""
    rows = Review.objects.filter(area_filter(account), pk=review_id)
    return rows.select_related("person", "household", "division", "maker", "checker", "case").first()


def live_of_review(review: Review) -> Live:
    """Return what the rules say now of whom a review is about; nothing is stored."""
    today = clock.today()
    home = review.household_id
    if home is None and review.person_id is not None:
        household = household_of(review.person_id, today)
        home = household.pk if household else None
    return assessor().live(review.county, month_of(today), review.benefit, review.person_id, home)


def review_subjects(ids: Iterable[int]) -> dict[int, tuple[int | None, int | None]]:
    """Return by review (person, household) it is about, for lists of work."""
    rows = Review.objects.filter(pk__in=list(ids)).values_list("id", "person_id", "household_id")
    return {pk: (person, home) for pk, person, home in rows}


def review_counts(county: str, month: dt.date) -> list[tuple[str, str, str, bool, int]]:
    """Return (township, benefit, state, changed, count) of the reviews of a month."""
    rows = Review.objects.filter(county=county, month=month).values_list("township", "benefit", "state", "changed")
    return list(rows.annotate(count=Count("id")).order_by("township", "benefit", "state", "changed"))


def review_months(county: str) -> list[dt.date]:
    """Return the months that have reviews, the newest first."""
    return list(Review.objects.filter(county=county).values_list("month", flat=True).distinct().order_by("-month"))


def draws_in(county: str, month: dt.date | None = None) -> QuerySet[Draw]:
    """Return the draws of a county (of a month), the newest first."""
    rows = Draw.objects.filter(county=county)
    return (rows.filter(month=month) if month else rows).order_by("-month", "-number")


def samples_in(county: str, account: Account) -> QuerySet[Sample]:
    """Return the drawn decisions of the account's area, the newest month first, those still to look at before."""
    rows = Sample.objects.filter(township_filter(account), county=county)
    return rows.select_related("decision__maker", "decision__checker", "decision__person", "draw", "account").order_by(
        "-month", "state", "id"
    )
