"""Results of prepared input rows under one law: what an amount would be with some facts or numbers as they were."""

import datetime as dt
from pathlib import Path
from typing import Any

from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.rulebook.assessing import results_sql
from nuanxin.kernel.rulebook.household import run_rows
from nuanxin.kernel.rulebook.inputs import COLUMNS, attach_law
from nuanxin.kernel.rulebook.releases import Law

INPUTS = tuple(COLUMNS)
Amounts = dict[tuple[str, int], int | None]


def amounts_under(
    law: Law, month: dt.date, numbers_of: dt.date, files: dict[str, Path], keys: dict[str, str], few: bool
) -> Amounts:
    """Return by (benefit, subject) fen a month, 0 when refused, None when unknown, for the subjects wanted.

    The calendar is the month's, the parameters are those of the month `numbers_of`. `files` are Parquet files of the
    program's input tables with its own columns (dates as yyyymmdd); `keys` gives for each, and for `subject_id`, the
    condition that names the rows wanted. A `few` are computed as at the counter, whose program stands prepared.
    """
    if few:
        return _at_the_counter(law, month, numbers_of, files, keys)
    with opened(scanner=False) as con:
        for name in INPUTS:
            con.execute(f"create temp view {name} as select * from read_parquet('{files[name]}') where {keys[name]}")
        attach_law(con, law.plan, law.county, month, law.row(numbers_of))
        rows: list[tuple[Any, ...]] = con.execute(results_sql(law, keys["subject_id"])).fetchall()
    return {(benefit, subject): _amount(granted, fen) for benefit, _pays, subject, granted, fen in rows}


def _at_the_counter(
    law: Law, month: dt.date, numbers_of: dt.date, files: dict[str, Path], keys: dict[str, str]
) -> Amounts:
    with opened(scanner=False) as con:
        rows = {
            name: con.execute(
                f"select {', '.join(COLUMNS[name])} from read_parquet('{files[name]}') where {keys[name]}"
            ).fetchall()
            for name in INPUTS
        }
    found = run_rows(law, month, rows, law.row(numbers_of))
    return {
        (benefit, row["subject_id"]): _amount(row["granted"], row["amount_fen"])
        for benefit in law.plan.benefits
        for row in found[benefit]
    }


def _amount(granted: bool | None, fen: int | None) -> int | None:
    return None if granted is None else (fen or 0) if granted else 0
