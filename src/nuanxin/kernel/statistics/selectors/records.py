"""The records behind a figure, read from the frozen rows of closed months, within the reader's area."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_level
from nuanxin.kernel.access.services import require
from nuanxin.kernel.statistics import cells
from nuanxin.kernel.statistics.catalogue import catalogue, filter_sql
from nuanxin.kernel.statistics.enums import Kind
from nuanxin.kernel.statistics.periods import Period, parse_period
from nuanxin.kernel.statistics.reading import cursor
from nuanxin.kernel.statistics.schema import Indicator
from nuanxin.kernel.statistics.selectors.months import closed_months
from nuanxin.kernel.statistics.sources import STANDARD_COLUMNS, Source, key_column, source_of
from nuanxin.kernel.statistics.store import parquet

PAGE_SIZE = 50


@dataclass(frozen=True)
class Record:
    """One record behind a figure: keys and amounts only; `tally` and `id` name the operational row."""

    tally: str
    id: int
    township: str
    booked: dt.date
    person_id: int | None
    household_id: int | None
    amount_fen: int | None
    marked: bool
    columns: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RecordPage:
    """A page of records in the order of month, township and id; `total` counts those within the reader's area."""

    records: list[Record]
    total: int
    page: int
    pages: int
    marked_title: str = ""


EMPTY = RecordPage([], 0, 1, 1)


def figure_records(
    code: str, county: str, period: Period | str, account: Account, page: int = 1, township: str = ""
) -> RecordPage:
    """Return a figure's records that lie in the account's area (and one township); Refused without `figures.read`.

    A ratio shows its denominator's records and marks the numerator's; a derived figure those of its first part.
    """
    require(account, "figures.read")
    span = parse_period(period) if isinstance(period, str) else period
    place = f" and township = {cells.quoted(township)}" if township else ""
    return read_page(code, county, span, f"({area_sql(account)}{place})", page)


def area_sql(account: Account) -> str:
    """Return the condition that a row lies in an account's area; nothing for an area below the township.

    Records without a township (a register office serves the county) are seen from the county upwards.
    """
    level = area_level(account)
    if level is None or level == "village":
        return "false"
    code = account.area.rsplit(".", 1)[-1]
    return f"township = {cells.quoted(code)}" if level == "township" else f"starts_with(county, {cells.quoted(code)})"


def read_page(code: str, county: str, period: Period, area: str, page: int, size: int = PAGE_SIZE) -> RecordPage:
    """Return a page of a figure's records under a SQL condition on the frozen rows."""
    shown, marked = shown_leaf(catalogue().get(code))
    months = [c.month for c in closed_months(county, period)]
    if shown is None or not months:
        return EMPTY
    source = source_of(shown)
    files = [parquet(county, m, source.name) for m in (months[-1:] if source.standing else months)]
    if not all(file.exists() for file in files):
        return EMPTY
    return read_files(source, shown, marked, files, area, max(1, page), size)


def read_files(
    source: Source, shown: Indicator, marked: Indicator | None, files: list[Path], area: str, page: int, size: int
) -> RecordPage:
    """Return a page of the records of `shown` in frozen files, marking those of `marked`."""
    return _Page(source, shown, marked, files).read(area, page, size)


def shown_leaf(one: Indicator) -> tuple[Indicator | None, Indicator | None]:
    """Return the leaf whose records are shown, and the leaf that marks some of them."""
    known = catalogue()
    if one.leaf:
        return one, None
    if one.kind is Kind.RATIO and one.numerator and one.denominator:
        above, below = known.get(one.numerator), known.get(one.denominator)
        return below, above if source_of(above) == source_of(below) else None
    if one.kind is Kind.DERIVED:
        return known.get(one.plus[0]), None
    return None, None


class _Page:
    """One query over the frozen rows of one tally."""

    def __init__(self, source: Source, shown: Indicator, marked: Indicator | None, files: list[Path]) -> None:
        self.source, self.shown, self.marked, self.files = source, shown, marked, files
        named = dict(shown.circumstances) | (dict(marked.circumstances) if marked else {})
        self.relation = cells.relation_sql(source, files, named)
        self.extra = [c for c in source.columns if c not in STANDARD_COLUMNS] + list(named)

    def read(self, area: str, page: int, size: int) -> RecordPage:
        where = f"({filter_sql(self.shown, self.source)}) and {area}"
        mark = f"coalesce({filter_sql(self.marked, self.source)}, false)" if self.marked else "false"
        listed = ", ".join(f'rows."{c}"' if c in self.source.columns else f'"{c}"' for c in self.extra)
        columns = f"rows.id, rows.township, rows.booked, rows.subject, {mark}{', ' + listed if listed else ''}"
        con = cursor()
        try:
            total = int(con.execute(f"select count(*) from {self.relation} where {where}").fetchone()[0])
            sql = f"select {columns} from {self.relation} where {where} order by rows.booked, rows.township, rows.id"
            rows = con.execute(f"{sql} limit {int(size)} offset {(page - 1) * int(size)}").fetchall()
        finally:
            con.close()
        title = self.marked.title if self.marked else ""
        return RecordPage([self._record(row) for row in rows], total, page, max(1, -(-total // size)), title)

    def _record(self, row: tuple[Any, ...]) -> Record:
        identity, township, booked, subject, marked, *rest = row
        values = {"subject": subject} | dict(zip(self.extra, rest, strict=True))
        person, household = (values.get(key_column(self.source, k) or "") for k in ("person_id", "household_id"))
        amount = values.get("amount_fen")
        return Record(self.source.tally.name, identity, township, booked, person, household, amount, marked, values)
