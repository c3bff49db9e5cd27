"""Households that split or merge: their grants end, and what follows is asked for anew in the same transaction."""

from nuanxin.kernel.casework.enums import ApplicationState
from nuanxin.kernel.casework.models import Application
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.grants.selectors import open_of_household, open_payees, open_subjects
from nuanxin.kernel.grants.services import end_grants
from nuanxin.kernel.grants.types import Grant
from nuanxin.kernel.grants.values import GrantEnd
from nuanxin.kernel.registry.events import SuccessionNotice, register_succession_handler
from nuanxin.kernel.registry.selectors import members_of

SOURCE = {"split": "分户", "merger": "并户"}


def register_handlers() -> None:
    """Tell the registry what this room does when households split or merge."""
    register_succession_handler(on_succession)


def on_succession(notice: SuccessionNotice) -> None:
    """End the predecessor's grants on the first of the next month; file for each household that goes on.

    A household that has the benefit already needs none: the month proposes its change.
    """
    grants = open_of_household(notice.predecessor_id)
    end = add_months(month_of(notice.on), 1)
    ends = [GrantEnd(grant.pk, end, notice.kind.value) for grant in grants]
    payees = open_payees([grant.pk for grant in grants])
    end_grants(change=notice.change, ends=ends)
    for grant in grants:
        for household_id in (notice.predecessor_id, notice.successor_id):
            _file(notice, grant, household_id, payees)


def _file(notice: SuccessionNotice, grant: Grant, household_id: int, payees: dict[tuple[int, int], int]) -> None:
    members = list(members_of(household_id, notice.on))
    filed = Application.objects.filter(
        benefit=grant.benefit, household_id=household_id, state=ApplicationState.FILED
    ).exists()
    if not members or filed or open_subjects(grant.benefit, households=[household_id]):
        return
    person = members[0].person
    Application.objects.create(
        county=grant.county,
        township=person.division_id[:9],
        division_id=person.division_id,
        benefit=grant.benefit,
        person_id=person.pk,
        household_id=household_id,
        filed_on=notice.on,
        source=SOURCE[notice.kind.value],
        payee_id=payees.get((grant.pk, person.pk)),
        booked_month=booking_month(grant.county, notice.on),
        state=ApplicationState.FILED,
        change=notice.change,
    )
