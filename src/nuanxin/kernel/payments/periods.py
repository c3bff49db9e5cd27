"""In which months a benefit goes to the bank: entitlement stays monthly, paying out may wait for the period's end."""

import datetime as dt

from nuanxin.kernel.rulebook.selectors import pay_periods

MONTHS = {"quarter": 3, "half_year": 6, "year": 12}


def pays_out_in(period: str, month: dt.date) -> bool:
    """Tell whether a period of the calendar year ends with a month, so that what is due for it is paid out."""
    return month.month % MONTHS.get(period, 1) == 0


def waiting_benefits(county: str, month: dt.date) -> list[str]:
    """Return the benefits whose dues wait for a later pay month."""
    return sorted(code for code, period in pay_periods(county, month).items() if not pays_out_in(period, month))
