"""Assessing a whole county: snapshot × law → receipts as Parquet."""

import datetime as dt
from pathlib import Path
from typing import Any

from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.engine.running import run_duckdb, write_outputs
from nuanxin.kernel.rulebook.compilation.plan import Plan
from nuanxin.kernel.rulebook.inputs import attach_law, attach_snapshot
from nuanxin.kernel.rulebook.releases import Law

SHARES = "__shares"


def file_names(plan: Plan) -> dict[str, str]:
    """Return the file name of each stored relation: `<benefit>` and `<benefit>_members`."""
    return {o.relation: o.relation.replace(SHARES, "_members") for o in plan.program.outputs}


def compute(
    con: Any, law: Law, files: dict[str, Path], month: dt.date, purpose: str, parameters: dict[str, Any] | None = None
) -> None:
    """Run the whole program in a DuckDB connection; results stand as temporary tables."""
    attach_snapshot(con, files, law.plan.circumstance_kinds, purpose)
    attach_law(con, law.plan, law.county, month, parameters or law.row(month))
    run_duckdb(con, law.plan.program)


def assess_files(
    law: Law, files: dict[str, Path], month: dt.date, folder: Path, purpose: str = "month"
) -> dict[str, int]:
    """Write the receipts of every benefit to a folder; return the rows of each file."""
    with opened(scanner=False) as con:
        compute(con, law, files, month, purpose)
        return write_outputs(con, law.plan.program.outputs, folder, file_names(law.plan))
