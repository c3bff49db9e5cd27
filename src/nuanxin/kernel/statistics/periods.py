"""The periods of a report: a month, a quarter, a half-year, a year."""

import datetime as dt
import re
from dataclasses import dataclass

from nuanxin.kernel.core.days import EARLIEST, LATEST
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import add_months, month_end, months_between

WRITTEN = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2])|H([12])|Q([1-4]))?", re.IGNORECASE)


@dataclass(frozen=True)
class Period:
    """Whole months from `first` to `last`, both included, and how people write it."""

    text: str
    first: dt.date
    last: dt.date

    @property
    def months(self) -> list[dt.date]:
        """Return the first day of each month."""
        return list(months_between(self.first, self.last))

    @property
    def end(self) -> dt.date:
        """Return the last day."""
        return month_end(self.last)

    @property
    def title(self) -> str:
        """Return the period in Chinese."""
        first, last = self.first, self.last
        if first == last:
            return f"{first.year}年{first.month}月"
        return f"{first.year}年{first.month}—{last.month}月"


def parse_period(text: str) -> Period:
    """Read `2024-03`, `2024Q1`, `2024H1` or `2024`; raise Refused on anything else."""
    found = WRITTEN.fullmatch(text.strip())
    if not found or not EARLIEST.year <= int(found[1]) <= LATEST.year:
        raise Refused("period.format", f"期间“{text[:20]}”写法不对。", "请写成 2024-03、2024Q1、2024H1 或 2024。")
    year, month, half, quarter = found.groups()
    start, length = _span(month, half, quarter)
    first = dt.date(int(year), start, 1)
    return Period(text.strip().upper(), first, add_months(first, length - 1))


def _span(month: str | None, half: str | None, quarter: str | None) -> tuple[int, int]:
    if month:
        return int(month), 1
    if half:
        return int(half) * 6 - 5, 6
    if quarter:
        return int(quarter) * 3 - 2, 3
    return 1, 12
