"""Reading reassessments: the list, one with its months, and which grants were corrected of late."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter
from nuanxin.kernel.casework.enums import ReassessmentState
from nuanxin.kernel.casework.models import ReassessedMonth, ReassessedShare, Reassessment


@dataclass(frozen=True)
class MonthRow:
    """A frozen month with (person, component, was, due) in fen."""

    month: ReassessedMonth
    shares: tuple[tuple[int, str, int, int], ...]

    @property
    def was_fen(self) -> int:
        """Return what the month paid."""
        return sum(was for *_, was, _ in self.shares)

    @property
    def due_fen(self) -> int:
        """Return what it should have paid."""
        return sum(due for *_, due in self.shares)


def reassessments_in(county: str, account: Account) -> QuerySet[Reassessment]:
    """Return the reassessments of the account's area, the newest first."""
    rows = Reassessment.objects.filter(area_filter(account), county=county)
    return rows.select_related("person", "household", "division", "maker", "checker").order_by("-id")


def reassessment_by_id(reassessment_id: int, account: Account) -> Reassessment | None:
    """Return one of the account's area, None when there is none."""
    rows = Reassessment.objects.filter(area_filter(account), pk=reassessment_id)
    return rows.select_related("person", "household", "division", "grant", "maker", "checker").first()


def months_of(reassessment_id: int) -> list[MonthRow]:
    """Return the frozen months in order."""
    shares: dict[int, list[tuple[int, str, int, int]]] = defaultdict(list)
    rows = ReassessedShare.objects.filter(month__reassessment_id=reassessment_id).order_by("person_id", "component")
    columns = ("month_id", "person_id", "component", "was_fen", "due_fen")
    for month, person, component, was, due in rows.values_list(*columns):
        shares[month].append((person, component, was, due))
    months = ReassessedMonth.objects.filter(reassessment_id=reassessment_id).order_by("month")
    return [MonthRow(month, tuple(shares[month.pk])) for month in months]


def waiting_for_grant(grant_id: int) -> Reassessment | None:
    """Return the grant's open or proposed reassessment, None when there is none."""
    states = (ReassessmentState.OPEN, ReassessmentState.PROPOSED)
    return Reassessment.objects.filter(grant_id=grant_id, state__in=states).first()


def grants_corrected(county: str, after_change: int) -> dict[int, list[tuple[dt.date, dt.date]]]:
    """Return by grant the months `(first, last)` that two people agreed to correct after a change."""
    found: dict[int, list[tuple[dt.date, dt.date]]] = defaultdict(list)
    rows = Reassessment.objects.filter(county=county, state=ReassessmentState.IN_FORCE, change_id__gt=after_change)
    for grant, pays, first, last in rows.values_list("grant_id", "pays_grant_id", "first", "last"):
        for one in {grant, pays} - {None}:
            found[one].append((first, last))
    return dict(found)
