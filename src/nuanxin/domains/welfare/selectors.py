"""Reading the resettlers and their rosters."""

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from nuanxin.domains.welfare.models import Roster, RosterRow
from nuanxin.domains.welfare.registers.resettler import Resettler
from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter
from nuanxin.kernel.registry.register import VOID


def rosters_of(account: Account, county: str) -> QuerySet[Roster]:
    """Return the rosters of the account's area, those that hang first."""
    rows = Roster.objects.filter(area_filter(account), county=county)
    return rows.select_related("division", "maker", "checker").order_by("-state", "-posted_on", "-id")


def roster_by_id(account: Account, roster_id: int) -> Roster | None:
    """Return a roster of the account's area, None when there is none."""
    rows = Roster.objects.filter(area_filter(account), pk=roster_id)
    return rows.select_related("division", "maker", "checker").first()


def people_of(roster: Roster) -> QuerySet[RosterRow]:
    """Return the rows of a roster with their people."""
    return RosterRow.objects.filter(roster=roster).select_related("resettler__person").order_by("id")


def on_no_roster(village: str) -> QuerySet[Resettler]:
    """Return the village's recorded resettlers who are neither removed nor on a roster that hangs or was agreed to."""
    listed = RosterRow.objects.filter(resettler=OuterRef("pk")).exclude(roster__state="returned")
    rows = Resettler.objects.filter(~Exists(listed), division=village, removed_on__isnull=True)
    return rows.exclude(state=VOID).filter(Q(person__death__isnull=True))


def villages_waiting(account: Account, county: str) -> list[tuple[str, str, int]]:
    """Return (village code, name, heads) of the area's villages with resettlers on no roster."""
    listed = RosterRow.objects.filter(resettler=OuterRef("pk")).exclude(roster__state="returned")
    rows = Resettler.objects.filter(
        area_filter(account), ~Exists(listed), county=county, removed_on__isnull=True, person__death__isnull=True
    ).exclude(state=VOID)
    counted = rows.values_list("division_id", "division__name").annotate(heads=Count("id")).order_by("division_id")
    return [(code, name, heads) for code, name, heads in counted]
