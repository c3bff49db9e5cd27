"""Circumstances gathered as plain rows by position, turned into the registry's table at the end."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from nuanxin.demo.people import COUNTY, Numbered

SCHEMA = pa.schema(
    [
        ("county", pa.string()),
        ("person_id", pa.int64()),
        ("household_id", pa.int64()),
        ("kind", pa.string()),
        ("amount_fen", pa.int64()),
        ("level", pa.int64()),
        ("code", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        ("source", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One circumstance to be: the position of a person or the number of a household, and the registry's columns."""

    kind: str
    since: dt.date
    person: int | None = None
    household: int | None = None
    yuan: int | None = None
    level: int | None = None
    code: str | None = None
    until: dt.date | None = None
    source: str = "县局核对"


@dataclass
class Facts:
    """Rows of circumstances in the order they were noted."""

    rows: list[Fact] = field(default_factory=list)

    def note(self, kind: str, since: dt.date, **values: Any) -> None:
        """Add a circumstance; money is given in whole yuan."""
        self.rows.append(Fact(kind, since, **values))

    def table(self, numbered: Numbered) -> pa.Table:
        """Return the rows for `load_circumstances`, with ids and fen."""
        person, household = numbered.person, numbered.household
        columns: list[list[Any]] = [
            [COUNTY] * len(self.rows),
            [None if f.person is None else person[f.person] for f in self.rows],
            [None if f.household is None else household[f.household] for f in self.rows],
            [f.kind for f in self.rows],
            [None if f.yuan is None else f.yuan * 100 for f in self.rows],
            [f.level for f in self.rows],
            [f.code for f in self.rows],
            [f.since for f in self.rows],
            [f.until for f in self.rows],
            [f.source for f in self.rows],
        ]
        return pa.table([pa.array(c, t) for c, t in zip(columns, SCHEMA.types, strict=True)], schema=SCHEMA)
