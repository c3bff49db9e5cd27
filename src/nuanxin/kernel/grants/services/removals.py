"""Where a household lives now is where its grants are looked after; closed months keep the township they counted."""

from nuanxin.kernel.grants.models import Coverage, Grant
from nuanxin.kernel.registry.events import (
    DivisionNotice,
    RemovalNotice,
    register_division_handler,
    register_removal_handler,
)

TOWNSHIP = 9
CHUNK = 5000


def register_removals() -> None:
    """Tell the registry what this room does when a household moves within the county."""
    register_removal_handler(follow_household)
    register_division_handler(follow_division)


def follow_household(notice: RemovalNotice) -> None:
    """Hand the open grants of the household and of its members over to the new township."""
    place = {"township": notice.division[:TOWNSHIP]}
    grants = Grant.objects.filter(household_id=notice.household_id, to_date__isnull=True)
    grants |= Grant.objects.filter(person_id__in=notice.person_ids, to_date__isnull=True)
    grants.update(**place, division_id=notice.division, change=notice.change)
    Coverage.objects.filter(person_id__in=notice.person_ids, to_date__isnull=True).update(**place)


def follow_division(notice: DivisionNotice) -> None:
    """Hand the open grants of a merged village or township over to the place it went into."""
    grants = Grant.objects.filter(division_id=notice.code, to_date__isnull=True)
    township = notice.into[:TOWNSHIP]
    ids = list(grants.values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        Coverage.objects.filter(grant_id__in=part, to_date__isnull=True).update(township=township)
        Grant.objects.filter(pk__in=part).update(township=township, division_id=notice.into, change=notice.change)
