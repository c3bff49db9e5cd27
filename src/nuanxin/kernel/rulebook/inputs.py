"""The inputs of the program: a snapshot or one household's rows, dates as yyyymmdd, period and parameters."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nuanxin.kernel.core import months
from nuanxin.kernel.engine.relations import Column
from nuanxin.kernel.engine.running import create_row
from nuanxin.kernel.rulebook import standing
from nuanxin.kernel.rulebook.compilation.plan import Plan

PERIOD = (
    Column("month_start", "date"), Column("month_end", "date"), Column("last_month_end", "date"),
    Column("county", "code"),
)  # fmt: skip
COLUMNS: dict[str, tuple[str, ...]] = {
    "person": ("person_id", "birth", "death", "sex", "hukou_county"),
    "household": ("household_id", "opened", "closed"),
    "membership": ("household_id", "person_id", "role", "counted", "valid_from", "valid_to"),
    "relation": ("person_id", "other_id", "kind", "valid_from", "valid_to"),
    "circumstance": (
        "person_id",
        "household_id",
        "kind",
        "amount_fen",
        "level",
        "code",
        "valid_from",
        "valid_to",
        "unverified",
    ),
    "coverage": ("person_id", "benefit", "from_date", "to_date"),
}
DATES = ("birth", "death", "opened", "closed", "valid_from", "valid_to", "from_date", "to_date")
WHOLE = ("sex", "amount_fen", "level")
RENAMED = {"person": {"person_id": "id"}, "household": {"household_id": "id"}}
BITEMPORAL = ("membership", "relation", "circumstance")


def number_of(date: dt.date | None) -> int | None:
    """Return a date as yyyymmdd."""
    return date.year * 10000 + date.month * 100 + date.day if date else None


def date_of(number: int | None) -> dt.date | None:
    """Return the date of yyyymmdd; a 29 February that the year lacks is 1 March."""
    if number is None:
        return None
    year, month, day = number // 10000, number // 100 % 100, number % 100
    return dt.date(year, 3, 1) if (month, day) == (2, 29) and not _leap(year) else dt.date(year, month, day)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def period_row(county: str, month: dt.date) -> dict[str, Any]:
    """Return the one row of `period`."""
    return {
        "month_start": number_of(month),
        "month_end": number_of(months.month_end(month)),
        "last_month_end": number_of(month - dt.timedelta(days=1)),
        "county": county,
    }


def attach_snapshot(
    con: Any, files: dict[str, Path], kinds: Iterable[str], purpose: str, month: dt.date, reads_unverified: bool = True
) -> None:
    """Create the input views over a snapshot's Parquet files in DuckDB.

    Without `reads_unverified` (a release of before) only verified circumstances are laid.
    """
    listed = _quoted(kinds)
    for name, columns in COLUMNS.items():
        if name == "circumstance":
            continue
        selected = ", ".join(_duck_column(name, c) for c in columns)
        counts = "superseded_at is null" if name in BITEMPORAL else "true"
        con.execute(f"create temp view {name} as select {selected} from read_parquet('{files[name]}') where {counts}")
    asked_in = month if purpose in standing.DECISIONS and reads_unverified else None
    _attach_circumstances(con, f"read_parquet('{files['circumstance']}')", listed, purpose, asked_in)


def _attach_circumstances(con: Any, table: str, kinds: str, purpose: str, month: dt.date | None) -> None:
    """Create the view of circumstances; the questions open in a month are few, so they are found first, apart."""
    columns = COLUMNS["circumstance"][:-1]
    selected = ", ".join(_duck_column("circumstance", c) for c in columns)
    counted = ("verified", "observed") if purpose == standing.WATCH else ("verified",)
    known = f"from {table} where superseded_at is null and kind in ({kinds})"
    text = f"select {selected}, false as unverified {known} and standing in ({_quoted(counted)})"
    if month is not None and con.execute(f"select 1 {known} and standing <> 'verified' limit 1").fetchone():
        day = months.month_end(month).isoformat()
        apart = standing.open_sql(table, f"{selected}, true as unverified", kinds, day)
        con.execute(f"create or replace temp table circumstance_unverified as {apart}")
        text += " union all select * from circumstance_unverified"
    con.execute(f"create temp view circumstance as {text}")


def _duck_column(table: str, column: str) -> str:
    source = f'"{RENAMED.get(table, {}).get(column, column)}"'
    if column in DATES:
        return f"(year({source}) * 10000 + month({source}) * 100 + day({source}))::bigint as {column}"
    if column in WHOLE:
        return f"{source}::bigint as {column}"
    return f"nullif({source}, '') as {column}" if column == "hukou_county" else f"{source} as {column}"


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{w}'" for w in words) or "''"


def attach_law(con: Any, plan: Plan, county: str, month: dt.date, parameters: dict[str, Any]) -> None:
    """Create the one-row tables `period` and `parameter`."""
    create_row(con, "period", PERIOD, period_row(county, month))
    create_row(con, "parameter", plan.parameter_columns, parameters)
