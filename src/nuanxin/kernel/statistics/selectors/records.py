"""The records behind a figure, read from the frozen rows of closed months, within the reader's area."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_level
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core.changes import changes_by_ids
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.statistics import cells
from nuanxin.kernel.statistics.adjustments import OWN, Held, held_files, shown_sql
from nuanxin.kernel.statistics.catalogue import catalogue, filter_sql
from nuanxin.kernel.statistics.enums import CAUSE_LABELS, Cause, Kind
from nuanxin.kernel.statistics.periods import Period, parse_period
from nuanxin.kernel.statistics.reading import cursor
from nuanxin.kernel.statistics.schema import CircumstanceColumn, Indicator
from nuanxin.kernel.statistics.selectors.months import closed_months
from nuanxin.kernel.statistics.sources import STANDARD_COLUMNS, key_column, source_of

PAGE_SIZE = 50


@dataclass(frozen=True)
class Adjusts:
    """That a record adjusts an earlier closed month: which, how, and who changed it why, where its table tells."""

    sign: int
    counted: dt.date
    cause: str
    change_id: int | None
    reason: str = ""
    actor: str = ""
    on: dt.date | None = None

    @property
    def label(self) -> str:
        """Return the cause in Chinese."""
        return CAUSE_LABELS[Cause(self.cause)]


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
    adjusts: Adjusts | None = None

    @property
    def sign(self) -> int:
        """Return −1 where the record is taken from the figure, else 1."""
        return self.adjusts.sign if self.adjusts else 1


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
    held = held_files(source, county, months[-1:] if source.standing else months)
    return read_files(held, shown, marked, area, max(1, page), size) if held else EMPTY


def read_files(held: Held, shown: Indicator, marked: Indicator | None, area: str, page: int, size: int) -> RecordPage:
    """Return a page of the records of `shown` in frozen files, marking those of `marked`."""
    return _Page(held, shown, marked).read(area, page, size)


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
    """One query over the frozen rows of one tally, and over what adjusts them."""

    def __init__(self, held: Held, shown: Indicator, marked: Indicator | None) -> None:
        self.source, self.shown, self.marked, self.held = held.source, shown, marked, held
        named = dict(shown.circumstances) | (dict(marked.circumstances) if marked else {})
        self.relation = self._relation(named)
        self.person, self.household = (key_column(self.source, key) or "" for key in ("person_id", "household_id"))
        self.extra = [c for c in self.source.columns if c not in STANDARD_COLUMNS] + list(named)

    def _relation(self, named: dict[str, CircumstanceColumn]) -> str:
        """Return a FROM item whose rows carry what they adjust, null for a month's own records."""
        if not self.held.adjustments:
            nothing = ", ".join(f"null as {name}" for name in OWN)
            return f"{cells.relation_sql(self.source, self.held.files, named)}, (select {nothing}) as adjusting"
        listed, nothing = ", ".join(f'"{n}"' for n in self.held.columns), ", ".join(f"null as {n}" for n in OWN)
        later = shown_sql(self.shown, self.source, self.held.adjustments)
        own = f"select {listed}, {nothing} from {cells.parquet_sql(self.held.files)}"
        return f"({own} union all select {listed}, {', '.join(OWN)} from {later}) as rows"

    def read(self, area: str, page: int, size: int) -> RecordPage:
        where = f"{cells.condition_of(self.shown, self.source)} and {area}"
        mark = f"coalesce({filter_sql(self.marked, self.source)}, false)" if self.marked else "false"
        listed = "".join(f', rows."{c}"' if c in self.source.columns else f', "{c}"' for c in self.extra)
        columns = f"rows.id, rows.township, rows.booked, rows.subject, {mark}, {', '.join(OWN)}{listed}"
        con = cursor()
        try:
            total = int(con.execute(f"select count(*) from {self.relation} where {where}").fetchone()[0])
            order = "rows.booked, rows.township, rows.id, sign"
            sql = f"select {columns} from {self.relation} where {where} order by {order}"
            rows = con.execute(f"{sql} limit {int(size)} offset {(page - 1) * int(size)}").fetchall()
        finally:
            con.close()
        title = self.marked.title if self.marked else ""
        records = _with_reasons([self._record(row) for row in rows])
        return RecordPage(records, total, page, max(1, -(-total // size)), title)

    def _record(self, row: tuple[Any, ...]) -> Record:
        identity, township, booked, subject, marked, sign, counted, cause, change_id, *rest = row
        values = {"subject": subject} | dict(zip(self.extra, rest, strict=True))
        person, household = values.get(self.person), values.get(self.household)
        adjusts = Adjusts(sign, counted, cause, change_id) if sign is not None else None
        amount = values.get("amount_fen")
        name = self.source.tally.name
        return Record(name, identity, township, booked, person, household, amount, marked, values, adjusts)


def _with_reasons(records: list[Record]) -> list[Record]:
    """Return the records, adjustments with who changed the record, when and why."""
    ids = {one.adjusts.change_id for one in records if one.adjusts and one.adjusts.change_id}
    changes = {change.pk: change for change in changes_by_ids(ids)} if ids else {}
    return [_with_reason(one, changes) for one in records]


def _with_reason(one: Record, changes: dict[int, Change]) -> Record:
    change = changes.get(one.adjusts.change_id or 0) if one.adjusts else None
    if one.adjusts is None or change is None:
        return one
    told = replace(one.adjusts, reason=change.reason, actor=change.actor_label, on=change.business_date)
    return replace(one, adjusts=told)
