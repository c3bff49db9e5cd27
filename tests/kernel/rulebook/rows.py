"""Input rows for the compiled program, and the same program run by DuckDB over rows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.engine.running import run_duckdb
from nuanxin.kernel.rulebook.inputs import COLUMNS, attach_law, number_of
from nuanxin.kernel.rulebook.releases import Law

LONG_AGO = 20_000_101
DEFAULTS = {"valid_from": LONG_AGO, "from_date": LONG_AGO, "unverified": False}
TEXT = ("hukou_county", "role", "kind", "code", "benefit")


@dataclass
class Rows:
    """Rows by table; adding is in the words of the registry."""

    tables: dict[str, list[Sequence[Any]]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def add(self, table: str, **values: Any) -> None:
        """Add a row; columns that are not given are absent."""
        given = {k: number_of(v) if isinstance(v, dt.date) else v for k, v in values.items()}
        self.tables[table].append([given.get(c, DEFAULTS.get(c)) for c in COLUMNS[table]])

    def household(self, household_id: int) -> None:
        """Add a household."""
        self.add("household", household_id=household_id)

    def person(self, person_id: int, household_id: int | None, *, counted: bool | None = True, **values: Any) -> None:
        """Add a person, and the membership when there is a household."""
        self.add("person", person_id=person_id, sex=1, **values)
        if household_id is not None:
            self.add("membership", household_id=household_id, person_id=person_id, role="other", counted=counted)

    def note(self, kind: str, person: int | None = None, household: int | None = None, **values: Any) -> None:
        """Add a circumstance."""
        self.add("circumstance", person_id=person, household_id=household, kind=kind, **values)


def table_of(table: str, rows: Rows) -> pa.Table:
    """Return an input table with its column types."""
    columns = COLUMNS[table]
    held = list(zip(*rows.tables[table], strict=True)) or [[] for _ in columns]
    arrays = [pa.array(values, type=_type(c)) for c, values in zip(columns, held, strict=True)]
    return pa.table(arrays, names=list(columns))


def run_in_duckdb(law: Law, month: dt.date, rows: Rows) -> dict[str, list[dict[str, Any]]]:
    """Return every output's rows, as `run_rows` does with SQLite."""
    with opened(scanner=False) as con:
        for table in COLUMNS:
            con.register(table, table_of(table, rows))
        attach_law(con, law.plan, law.county, month, law.row(month))
        run_duckdb(con, law.plan.program)
        return {o.relation: _rows(con, o) for o in law.plan.program.outputs}


def _type(column: str) -> pa.DataType:
    if column in ("counted", "unverified"):
        return pa.bool_()
    return pa.string() if column in TEXT else pa.int64()


def _rows(con: Any, output: Any) -> list[dict[str, Any]]:
    names = [c.name for c in output.columns]
    found = con.execute(f"select {', '.join(names)} from {output.relation} order by {', '.join(output.order_by)}")
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
