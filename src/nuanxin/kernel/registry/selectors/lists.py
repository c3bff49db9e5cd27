"""Lists for pages: households of an area and the names of their heads."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet

from nuanxin.kernel.registry.enums import MemberRole
from nuanxin.kernel.registry.models import Household, Membership
from nuanxin.kernel.registry.selectors.divisions import people_in_area
from nuanxin.kernel.registry.timeline import standing


def households_in(area: str) -> QuerySet[Household]:
    """Return the households of an area, the newest first, with their divisions."""
    return Household.objects.filter(people_in_area(area)).select_related("division").order_by("-id")


def heads_of(household_ids: Iterable[int], on: dt.date) -> dict[int, str]:
    """Return the name of each household's head on a date."""
    rows = Membership.objects.filter(standing(on), household_id__in=list(household_ids), role=MemberRole.HEAD)
    return dict(rows.values_list("household_id", "person__name"))
