"""Running a program of relations: kept relations become tables, outputs become Parquet files or rows."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.engine.dialects import render
from nuanxin.kernel.engine.duck import assert_types
from nuanxin.kernel.engine.relations import Column, Output, Program

DUCK_TYPES = {
    "money": "BIGINT",
    "number": "BIGINT",
    "rate": "BIGINT",
    "date": "BIGINT",
    "yesno": "BOOLEAN",
    "code": "VARCHAR",
}
LARGEST = 2**63 - 1


def duck_types(columns: Iterable[Column]) -> dict[str, str]:
    """Return the DuckDB type of each column; dates are whole numbers yyyymmdd."""
    return {c.name: DUCK_TYPES[c.kind] for c in columns}


def create_row(con: Any, name: str, columns: Sequence[Column], values: dict[str, Any]) -> None:
    """Create a one-row table of input values."""
    chosen = list(columns) or [Column("nothing", "number")]
    types = ", ".join(f'"{c.name}" {DUCK_TYPES[c.kind]}' for c in chosen)
    con.execute(f"create temp table {name} ({types})")
    con.execute(f"insert into {name} values ({', '.join('?' * len(chosen))})", [values.get(c.name) for c in chosen])


def run_duckdb(con: Any, program: Program) -> None:
    """Make every kept relation a temporary table; inputs must stand."""
    for name, select in program.statements():
        con.execute(f"create temp table {name} as {select}")


def write_outputs(con: Any, outputs: Iterable[Output], folder: Path, names: dict[str, str]) -> dict[str, int]:
    """Copy each output to `<folder>/<name>.parquet`, sorted; return the rows written; column types are asserted."""
    rows = {}
    for output in outputs:
        path = folder / f"{names[output.relation]}.parquet"
        columns = ", ".join(c.name for c in output.columns)
        select = f"select {columns} from {output.relation} order by {', '.join(output.order_by)}"
        con.execute(f"copy ({select}) to '{path}' (format parquet, compression zstd, row_group_size 20480)")
        assert_types(con, path, duck_types(output.columns))
        rows[names[output.relation]] = int(con.execute(f"select count(*) from {output.relation}").fetchone()[0])
    return rows


class SqliteRunner:
    """A program prepared in an in-memory SQLite: tables stand, statements are cached, each run is rolled back."""

    def __init__(self, program: Program, inputs: dict[str, Sequence[str]]) -> None:
        """`inputs` gives the columns of each input table."""
        self.program, self.inputs = program, inputs
        self.con = sqlite3.connect(":memory:", isolation_level=None, cached_statements=2048, check_same_thread=False)
        for name, columns in inputs.items():
            listed = ", ".join(f'"{c}"' for c in columns)
            self.con.execute(f"create table {name} ({listed})")
        self.statements: list[tuple[str, str]] = []
        for name, select in program.statements():
            rendered = render(select, "sqlite")
            self.con.execute(f"create table {name} as {rendered}")
            self.statements.append((name, f"insert into {name} {rendered}"))

    def run(self, rows: dict[str, Sequence[Sequence[Any]]]) -> dict[str, list[dict[str, Any]]]:
        """Return the rows of every output, typed; raise Fault on a value of another type (an overflow to REAL)."""
        self.con.execute("begin")
        try:
            for name, columns in self.inputs.items():
                marks = ", ".join("?" * len(columns))
                self.con.executemany(f"insert into {name} values ({marks})", rows.get(name, ()))
            for _, statement in self.statements:
                self.con.execute(statement)
            return {o.relation: self._rows(o) for o in self.program.outputs}
        finally:
            self.con.execute("rollback")

    def _rows(self, output: Output) -> list[dict[str, Any]]:
        columns = ", ".join(f'"{c.name}"' for c in output.columns)
        found = self.con.execute(f"select {columns} from {output.relation} order by {', '.join(output.order_by)}")
        return [{c.name: _checked(c, v) for c, v in zip(output.columns, row, strict=True)} for row in found]


def _checked(column: Column, value: Any) -> Any:
    """Return a SQLite value as its declared type; SQLite overflows into REAL silently, so a float is a fault."""
    if value is None:
        return None
    if column.kind == "yesno":
        return bool(value)
    if column.kind != "code" and not isinstance(value, int):
        raise Fault(f"{column.name}: {value!r} is not a whole number (overflow?)")
    return value
