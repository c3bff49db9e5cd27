"""Figures of a county and period: computed from closed months, set beside what was published."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.statistics import units
from nuanxin.kernel.statistics.catalogue import Catalogue, catalogue
from nuanxin.kernel.statistics.cells import Count
from nuanxin.kernel.statistics.counting import count_as_known, count_period
from nuanxin.kernel.statistics.enums import NOTE_LABELS, STATUS_LABELS, Kind, Status, Unit
from nuanxin.kernel.statistics.periods import Period, parse_period
from nuanxin.kernel.statistics.published import Published, Scale, read_published, scale
from nuanxin.kernel.statistics.schema import Indicator
from nuanxin.kernel.statistics.selectors.months import ClosedMonth, closed_months

UNSCALED = (Unit.RATIO, Unit.YUAN_PERSON_MONTH, Unit.RANK)


@dataclass(frozen=True)
class Figure:
    """One row of the report table; `value` is in base units (heads, fen, a plain fraction), `published` as printed.

    With a township, what is computed is the township's own; `published` always is the county's and not compared with
    it. `adjustments` of the records adjust earlier closed months, `adjusted` is by how much they move the value.
    """

    id: str
    indicator: str
    title: str
    unit: Unit
    county: str
    period: Period
    status: Status
    value: int | Fraction | None = None
    records: int | None = None
    published: Decimal | None = None
    qualifier: str = ""
    places: int | None = None
    definition: str = ""
    source: str = ""
    assumption: str = ""
    note: str = ""
    scaling: str = ""
    head: str = ""
    township: str = ""
    adjustments: int = 0
    adjusted: int | None = None

    @property
    def computed(self) -> Decimal | None:
        """Return the computed number as printed: 万元 and % to two places, rounded half up."""
        return None if self.value is None else units.shown(self.value, self.unit, self.places)

    @property
    def difference(self) -> Decimal | None:
        """Return computed minus published, as printed."""
        if self.computed is None or self.published is None or self.status is Status.TARGET or self.township:
            return None
        return self.computed - self.published

    @property
    def difference_pct(self) -> Decimal | None:
        """Return the difference in percent of the published number, two places."""
        if self.difference is None or not self.published:
            return None
        return units.round_half_up(Fraction(self.difference) / Fraction(self.published) * 100, 2)

    @property
    def remark(self) -> str:
        """Return the note, and how the published number was scaled."""
        return "; ".join(part for part in (self.note, self.scaling) if part)

    @property
    def status_label(self) -> str:
        """Return the standing in Chinese."""
        return STATUS_LABELS[self.status]

    def as_row(self) -> dict[str, Any]:
        """Return the figure as one object of `--json`; money also exactly, in fen."""
        row: dict[str, Any] = {"id": self.id, "indicator": self.indicator, "title": self.title, "unit": self.unit.value}
        row |= {"published": _number(self.published), "qualifier": self.qualifier, "computed": _number(self.computed)}
        row |= {"difference": _number(self.difference), "difference_pct": _number(self.difference_pct)}
        row |= {
            "records": self.records,
            "status": self.status.value,
            "assumption": self.assumption,
            "note": self.remark,
        }
        if self.unit in units.MONEY and self.value is not None:
            row["computed_fen"] = int(self.value)
        return row


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def figures(county: str, period: Period | str, township: str = "") -> list[Figure]:
    """Return the report table: every published figure in its order, or every indicator where nothing was published.

    With a township, what is computed is its own.
    """
    span = parse_period(period) if isinstance(period, str) else period
    return _Table(county, span, township).rows()


def figure(code: str, county: str, period: Period | str, township: str = "") -> Figure:
    """Return one indicator's figure, beside its published number where there is one; Refused on an unknown code."""
    span = parse_period(period) if isinstance(period, str) else period
    catalogue().get(code)
    table = _Table(county, span, township)
    row = next((r for r in read_published(county, span) if r.indicator == code), None)
    return table.beside(row) if row else table.figure(code)


def figures_as_known(county: str, period: Period) -> list[Figure]:
    """Return the report table with what later closed months adjusted of it, for a report that is restated."""
    table = _Table(county, period)
    later = [closed for closed in closed_months(county) if closed.month > period.last]
    if table.closed and later:
        table.counts = count_as_known(county, [c.month for c in table.closed], [c.month for c in later], table.head)
    return table.rows()


class _Table:
    """The counts of one county (or township) and period, from which every figure is made."""

    def __init__(self, county: str, period: Period, township: str = "") -> None:
        self.county, self.period, self.township, self.known = county, period, township, catalogue()
        self.closed: list[ClosedMonth] = closed_months(county, period)
        self.scale: Scale | None = scale(county)
        self.counts: dict[str, Count] = {}
        if self.closed:
            self.counts = count_period(county, [c.month for c in self.closed], self.head, township)

    @property
    def head(self) -> str:
        """Return the chain head of the last closed month, empty before the first close."""
        return self.closed[-1].head if self.closed else ""

    def rows(self) -> list[Figure]:
        """Return every published figure in its order, or every indicator where nothing was published."""
        published = read_published(self.county, self.period)
        return [self.beside(row) for row in published] or [self.figure(code) for code in sorted(self.known.indicators)]

    def beside(self, row: Published) -> Figure:
        """Return the figure of a published row; what speaks of another period is shown, not computed."""
        code = row.indicator
        target = code in self.known.indicators and self.known.indicators[code].kind is Kind.TARGET
        if code not in self.known.indicators or (row.period != self.period.text and not target):
            return self._uncounted(row, self.known)
        made = self.figure(code)
        published, told = self._scaled(row)
        return replace(made, id=row.id, published=published, qualifier=row.qualifier, scaling=told)

    def figure(self, code: str) -> Figure:
        """Return the figure of an indicator without a published number."""
        one = self.known.get(code)
        value, records = self._value(one)
        adjustments, adjusted = self._adjusted(one)
        return Figure(
            id="",
            indicator=code,
            title=one.title,
            unit=one.unit,
            county=self.county,
            period=self.period,
            status=self._status(one, value),
            value=value,
            records=records,
            places=one.places,
            definition=one.definition,
            source=f"{one.source.document} {one.source.article}".strip(),
            assumption=one.assumption,
            note=self._note(one),
            head=self.head,
            township=self.township,
            adjustments=adjustments,
            adjusted=adjusted,
        )

    def _value(self, one: Indicator) -> tuple[int | Fraction | None, int | None]:
        if one.leaf:
            count = self.counts.get(one.indicator)
            return (count.value, count.records) if count else (None, None)
        if one.kind is Kind.RATIO:
            return self._ratio(one)
        if one.kind is Kind.DERIVED:
            return self._derived(one)
        if one.kind is Kind.STANDARD and one.parameter:
            standard = rulebook.parameter_fen(self.county, one.parameter, self.period.last)
            return (standard[0], 1) if standard else (None, None)
        return None, None

    def _ratio(self, one: Indicator) -> tuple[Fraction | None, int | None]:
        above, below = self.counts.get(one.numerator or ""), self.counts.get(one.denominator or "")
        if above is None or below is None or below.value == 0:
            return None, None
        return Fraction(above.value, below.value), below.records

    def _derived(self, one: Indicator) -> tuple[int | None, int | None]:
        signed = [(self.counts.get(code), 1) for code in one.plus] + [(self.counts.get(code), -1) for code in one.minus]
        counts = [(count, sign) for count, sign in signed if count is not None]
        if len(counts) < len(signed):
            return None, None
        return sum(c.value * sign for c, sign in counts), sum(c.records for c, _ in counts)

    def _adjusted(self, one: Indicator) -> tuple[int, int | None]:
        """Return how many records adjust earlier months, and by how much where that adds up."""
        if one.kind is Kind.TARGET:
            return 0, None
        signed = [(self.counts[c], -1 if c in one.minus else 1) for c in one.counted if c in self.counts]
        adjustments = sum(count.adjustments for count, _ in signed)
        adds = one.kind in (Kind.COUNT, Kind.SUM, Kind.DERIVED)
        return adjustments, sum(c.adjusted * sign for c, sign in signed) if adjustments and adds else None

    def _status(self, one: Indicator, value: int | Fraction | None) -> Status:
        if one.kind is Kind.TARGET:
            return Status.TARGET
        whole = len(self.closed) == len(self.period.months)
        return Status.COMPUTED if whole and value is not None else Status.PARTIAL

    def _note(self, one: Indicator) -> str:
        told = [one.note]
        if one.kind is Kind.TARGET and one.of:
            told.append(self._against_target(one.of))
        elif one.kind is not Kind.STANDARD and not self.closed:
            told.append(NOTE_LABELS["unclosed"])
        elif one.kind is not Kind.STANDARD and len(self.closed) < len(self.period.months):
            first, last = self.closed[0].month, self.closed[-1].month
            told.append(f"{NOTE_LABELS['closed']} {first:%Y-%m} 至 {last:%Y-%m}")
        told.append(self._adjustment_words(one))
        return "; ".join(part for part in told if part)

    def _adjustment_words(self, one: Indicator) -> str:
        adjustments, adjusted = self._adjusted(one)
        if not adjustments:
            return ""
        told = f"含对已结账月份的调整 {adjustments} 条"
        if adjusted is None:
            return f"{told}，去重人数不按月增减" if one.kind is Kind.DISTINCT else told
        return f"{told}，净 {units.text(units.shown(adjusted, one.unit, one.places), one.unit)}"

    def _against_target(self, code: str) -> str:
        actual = self.figure(code)
        return f"要求值, 不计算; 本期{actual.title}为 {units.text(actual.computed, actual.unit)}"

    def _scaled(self, row: Published) -> tuple[Decimal, str]:
        if self.scale is None or row.unit in UNSCALED:
            return row.number, ""
        fraction = Fraction(row.number) * self.scale.ratio
        told = f"公布数 {row.number:,} 按演示人口 {self.scale.people:,}/{self.scale.of:,} 折算"
        places = units.PLACES.get(row.unit, 0)
        least = Decimal(1) if places == 0 and row.number >= 1 else Decimal(0)
        return max(units.round_half_up(fraction, places), least), f"{told}, 公布过的至少为 1" if least else told

    def _uncounted(self, row: Published, known: Catalogue) -> Figure:
        awaited, counted = known.awaited.get(row.indicator), known.indicators.get(row.indicator)
        title = awaited.title if awaited else counted.title if counted else row.indicator
        note = f"{NOTE_LABELS['awaits']}{awaited.awaits}" if awaited else ""
        if row.period != self.period.text:
            note = "; ".join(part for part in (note, f"{NOTE_LABELS['other_period']} {row.period}") if part)
        return Figure(
            id=row.id,
            indicator=row.indicator,
            title=title,
            unit=row.unit,
            county=self.county,
            period=self.period,
            status=Status.UNCOUNTED,
            published=row.number,
            qualifier=row.qualifier,
            note=note,
            township=self.township,
        )
