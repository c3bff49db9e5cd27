"""Time limits: working days by the State Council's calendar, days and months; the first day is not counted."""

import calendar
import datetime as dt

from nuanxin.kernel.casework.schema import Clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.core.workdays import SATURDAY, is_working_day


def due_after(clock: Clock, start: dt.date) -> dt.date:
    """Return the last day of a time limit that begins on `start`.

    Beyond the last year whose holidays are known it is an estimate: Monday to Friday, never later than the true day
    but for make-up days (`is_estimated` says so). A counter goes on taking applications in December.
    """
    if clock.working_days is not None:
        return _working_days_after(start, clock.working_days)
    if clock.days is not None:
        return start + dt.timedelta(days=clock.days)
    return months_after(start, clock.months or 0)


def _working_days_after(start: dt.date, count: int) -> dt.date:
    day = start
    while count:
        day += dt.timedelta(days=1)
        count -= day.weekday() < SATURDAY if is_estimated(day) else is_working_day(day)
    return day


def is_estimated(day: dt.date) -> bool:
    """Tell whether a day's year has no calendar yet, so that working days up to it are estimated."""
    try:
        is_working_day(day)
    except Refused:
        return True
    return False


def months_after(start: dt.date, months: int) -> dt.date:
    """Return the same day some months later, the month's last where it has none (民法典 第二百零二条)."""
    first = add_months(start.replace(day=1), months)
    return first.replace(day=min(start.day, calendar.monthrange(first.year, first.month)[1]))
