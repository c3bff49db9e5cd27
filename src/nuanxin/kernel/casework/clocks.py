"""Time limits: working days by the State Council's calendar, days and months; the first day is not counted."""

import calendar
import datetime as dt

from nuanxin.kernel.casework.schema import Clock
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.core.workdays import add_working_days


def due_after(clock: Clock, start: dt.date) -> dt.date:
    """Return the last day of a time limit that begins on `start`; Refused when a year's calendar is not held."""
    if clock.working_days is not None:
        return add_working_days(start, clock.working_days)
    if clock.days is not None:
        return start + dt.timedelta(days=clock.days)
    return months_after(start, clock.months or 0)


def months_after(start: dt.date, months: int) -> dt.date:
    """Return the same day some months later, the month's last where it has none (民法典 第二百零二条)."""
    first = add_months(start.replace(day=1), months)
    return first.replace(day=min(start.day, calendar.monthrange(first.year, first.month)[1]))
