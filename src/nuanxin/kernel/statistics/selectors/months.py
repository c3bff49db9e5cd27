"""Which months of a county are closed."""

import datetime as dt
from dataclasses import dataclass

from nuanxin.kernel.statistics.models import Close
from nuanxin.kernel.statistics.periods import Period


@dataclass(frozen=True)
class ClosedMonth:
    """A closed month, its chain head, and when it was closed by whom."""

    month: dt.date
    head: str
    closed_at: dt.datetime
    closed_by_id: int | None


def closed_months(county: str, period: Period | None = None) -> list[ClosedMonth]:
    """Return a county's closed months, oldest first; within a period if given."""
    rows = Close.objects.filter(county=county)
    if period is not None:
        rows = rows.filter(month__gte=period.first, month__lte=period.last)
    values = rows.order_by("month").values_list("month", "head", "closed_at", "closed_by_id")
    return [ClosedMonth(*row) for row in values]


def last_closed_month(county: str) -> dt.date | None:
    """Return a county's last closed month, None before the first close."""
    return Close.objects.filter(county=county).order_by("-month").values_list("month", flat=True).first()
