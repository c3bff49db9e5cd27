"""The accounts that the money of a case, or of an application about to be filed, may go to."""

import datetime as dt

from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.models import Case
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.registry.selectors import PayeeAccount, payee_accounts


def accounts_for(
    *, county: str, benefit: str, person_id: int | None, household_id: int | None, on: dt.date
) -> list[PayeeAccount]:
    """Return the accounts that fit a benefit's declared payees for who applies, best first; none for a mere status,
    and none for what the county does not offer on the day (deciding refuses it)."""
    try:
        rule = assessor().rule(county, month_of(on), benefit)
    except Refused:
        return []
    if rule.recognises:
        return []
    return payee_accounts(rule.payees, person_id=person_id, household_id=household_id, county=county, on=on)


def fitting_accounts(case: Case) -> list[PayeeAccount]:
    """Return the accounts that a case's money may go to today."""
    applicant = case.application.person_id if case.application else case.person_id
    return accounts_for(
        county=case.county,
        benefit=case.benefit,
        person_id=applicant,
        household_id=case.household_id,
        on=clock.today(),
    )
