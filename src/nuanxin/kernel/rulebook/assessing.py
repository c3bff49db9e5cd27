"""Assessing a whole county: snapshot × law → receipts as Parquet."""

import datetime as dt
from pathlib import Path
from typing import Any

from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.engine.running import run_duckdb, write_outputs
from nuanxin.kernel.rulebook.compilation.plan import Plan
from nuanxin.kernel.rulebook.inputs import attach_law, attach_snapshot
from nuanxin.kernel.rulebook.releases import Law
from nuanxin.kernel.rulebook.standing import WHAT_IF

SHARES = "__shares"


def file_names(plan: Plan) -> dict[str, str]:
    """Return the file name of each stored relation: `<benefit>` and `<benefit>_members`."""
    return {o.relation: o.relation.replace(SHARES, "_members") for o in plan.program.outputs}


def kinds_read(plan: Plan, purpose: str) -> tuple[str, ...]:
    """Return the kinds of circumstance that a run for a purpose may read.

    What somebody consented to have checked for one case is left out of a what-if: there it is unknown.
    """
    held_back = {f.circumstance for f in plan.facts.values() if f.purpose == "consented" and purpose == WHAT_IF}
    return tuple(kind for kind in plan.circumstance_kinds if kind not in held_back)


def attach(
    con: Any, law: Law, files: dict[str, Path], month: dt.date, purpose: str, parameters: dict[str, Any] | None = None
) -> None:
    """Make what the program reads stand in a DuckDB connection."""
    attach_snapshot(con, files, kinds_read(law.plan, purpose), purpose, month, law.plan.reads_unverified)
    attach_law(con, law.plan, law.county, month, parameters or law.row(month))


def compute(
    con: Any, law: Law, files: dict[str, Path], month: dt.date, purpose: str, parameters: dict[str, Any] | None = None
) -> None:
    """Run the whole program in a DuckDB connection; results stand as temporary tables."""
    attach(con, law, files, month, purpose, parameters)
    run_duckdb(con, law.plan.program)


def results_sql(law: Law, where: str = "true") -> str:
    """Return one statement for every subject's result of every benefit, without receipts; inputs must be attached.

    Columns: benefit, pays, subject_id, granted, amount_fen. Half the work of whole receipts.
    """
    parts = [
        f"select '{code}' as benefit, '{plan.pays}' as pays, subject_id, granted, amount_fen from {code} where {where}"
        for code, plan in law.plan.benefits.items()
    ]
    return law.plan.program.in_one(" union all ".join(parts))


def assess_files(
    law: Law, files: dict[str, Path], month: dt.date, folder: Path, purpose: str = "month"
) -> dict[str, int]:
    """Write the receipts of every benefit to a folder; return the rows of each file."""
    with opened(scanner=False) as con:
        compute(con, law, files, month, purpose)
        return write_outputs(con, law.plan.program.outputs, folder, file_names(law.plan))
