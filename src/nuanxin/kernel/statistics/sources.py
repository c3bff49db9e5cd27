"""The frozen files of a closed month: one per tally, three per stock tally (in, out, standing at the month's end)."""

from dataclasses import dataclass

from django.apps import apps
from django.db import models

from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.core.tallies import StockTally, Tally, all_tallies
from nuanxin.kernel.statistics.enums import Flow, Kind
from nuanxin.kernel.statistics.schema import Indicator

STANDARD_COLUMNS = ("id", "county", "township", "subject", "booked")
STOCK = "stock"
ADJUSTMENT = "adjustment"
PARTS = {"in": "(新增)", "out": "(减少)", STOCK: "(期末)"}


@dataclass(frozen=True)
class Source:
    """One frozen file: which rows of which tally it holds; `part` is empty for events, else in, out or stock."""

    tally: Tally | StockTally
    part: str = ""

    def __hash__(self) -> int:
        """Hash by name: a tally's columns are a dict."""
        return hash(self.name)

    @property
    def name(self) -> str:
        """Return the file's stem: `payment`, `coverage-in`, `coverage-stock`."""
        return f"{self.tally.name}-{self.part}" if self.part else self.tally.name

    @property
    def adjustment(self) -> str:
        """Return the stem of the file that holds what a month adjusts of earlier closed ones: `payment-adjustment`."""
        return f"{self.name}-{ADJUSTMENT}"

    @property
    def title(self) -> str:
        """Return the tally's title and which part of it."""
        return f"{self.tally.title}{PARTS.get(self.part, '')}"

    @property
    def standing(self) -> bool:
        """Tell whether the file holds what stood at the month's end, not what happened in the month."""
        return self.part == STOCK

    @property
    def columns(self) -> dict[str, str]:
        """Return each column of the file with its SQL over the operational table."""
        standard = {"id": "id", "county": "county", "township": "township", "subject": self.tally.subject_column}
        standard["booked"] = self._booked
        if isinstance(self.tally, Tally):
            standard["happened"] = self.tally.date_column
        else:
            standard |= {"since": self.tally.from_month_column, "until": self.tally.to_month_column}
        return standard | {k: v for k, v in self.tally.columns.items() if k not in standard}

    @property
    def _booked(self) -> str:
        if isinstance(self.tally, Tally):
            return self.tally.month_column
        return self.tally.to_month_column if self.part == Flow.OUT else self.tally.from_month_column


def all_sources() -> list[Source]:
    """Return every frozen file of a month, in the order of names."""
    found: list[Source] = []
    for tally in all_tallies().values():
        parts = [""] if isinstance(tally, Tally) else [Flow.IN.value, Flow.OUT.value, STOCK]
        found += [Source(tally, part) for part in parts]
    return found


def source_of(indicator: Indicator) -> Source:
    """Return the frozen file a leaf indicator is counted from."""
    tally = all_tallies().get(indicator.over or "")
    if tally is None:
        raise Fault(f"indicator {indicator.indicator} counts over the unknown tally {indicator.over}")
    if isinstance(tally, Tally):
        return Source(tally)
    return Source(tally, STOCK if indicator.kind is Kind.STOCK else (indicator.flow or Flow.IN).value)


def key_column(source: Source, name: str) -> str | None:
    """Return the file's column that holds `person_id` or `household_id`: one of that name, or the subject."""
    if name in source.columns:
        return name
    subject = source.tally.subject_column
    if subject == name or (name == "person_id" and _names_a_person(source.tally)):
        return "subject"
    return None


def _names_a_person(tally: Tally | StockTally) -> bool:
    """Tell whether the subject is a person under another name, as the deceased of a cremation."""
    fields = {column.column: column for column in model_of(tally)._meta.concrete_fields}
    related = fields[tally.subject_column].related_model if tally.subject_column in fields else None
    return isinstance(related, type) and related._meta.label == "registry.Person"


def model_of(tally: Tally | StockTally) -> type[models.Model]:
    """Return the model that owns a tally's table."""
    found: type[models.Model] | None = next((m for m in apps.get_models() if m._meta.db_table == tally.table), None)
    if found is None:
        raise Fault(f"no model for table {tally.table}")
    return found
