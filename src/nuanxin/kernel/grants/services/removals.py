"""Where a household lives now is where its grants are looked after; closed months keep the township they counted."""

from nuanxin.kernel.grants.models import Coverage, Grant
from nuanxin.kernel.registry.events import RemovalNotice, register_removal_handler

TOWNSHIP = 9


def register_removals() -> None:
    """Tell the registry what this room does when a household moves within the county."""
    register_removal_handler(follow_household)


def follow_household(notice: RemovalNotice) -> None:
    """Hand the open grants of the household and of its members over to the new township."""
    place = {"township": notice.division[:TOWNSHIP]}
    grants = Grant.objects.filter(household_id=notice.household_id, to_date__isnull=True)
    grants |= Grant.objects.filter(person_id__in=notice.person_ids, to_date__isnull=True)
    grants.update(**place, division_id=notice.division, change=notice.change)
    Coverage.objects.filter(person_id__in=notice.person_ids, to_date__isnull=True).update(**place)
