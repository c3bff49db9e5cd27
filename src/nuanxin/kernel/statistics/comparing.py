"""Compares what closed months hold of event tallies with what their tables say today, before a close locks writers."""

import datetime as dt
import tempfile
from pathlib import Path

import pyarrow as pa
from django.db import connection

from nuanxin.kernel.core.tallies import Tally
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.statistics import extract
from nuanxin.kernel.statistics.adjustments import Held, find_adjustments, held_files
from nuanxin.kernel.statistics.selectors.months import closed_months
from nuanxin.kernel.statistics.sources import all_sources
from nuanxin.kernel.statistics.store import DRAFT, closed_folder, parquet

Adjustments = dict[str, pa.Table]
"""Rows by the name of the source they adjust; sources that need none are left out."""


def compare_closed(county: str, month: dt.date) -> Adjustments:
    """Return what a month must adjust of the closed months before it.

    This reads every row they count and takes longer each year, so it runs while others write: what they change of
    closed months meanwhile is adjusted by the next close.
    """
    beside = closed_folder(county, month).parent
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=DRAFT, dir=beside) as name:
        known = _known(county, month, Path(name))
        rows = extract.write_copies([copy for _, copy in known], inside=connection.in_atomic_block)
        with opened(scanner=False) as con:
            found = {
                held.source.name: find_adjustments(con, held, copy.path, month)
                for held, copy in known
                if rows[copy.path] or held.rows  # most registers of a county are quiet
            }
    return {name: table for name, table in found.items() if table.num_rows}


def _known(county: str, month: dt.date, folder: Path) -> list[tuple[Held, extract.Copy]]:
    """Return for every event tally what closed months hold of it, and the copy of what its table says of them today."""
    months = [closed.month for closed in closed_months(county) if closed.month < month]
    found: list[tuple[Held, extract.Copy]] = []
    for source in all_sources():
        frozen = [one for one in months if parquet(county, one, source.name).exists()]
        held = held_files(source, county, frozen) if isinstance(source.tally, Tally) else None
        if held is not None:
            found.append((held, extract.known_copy(source, county, frozen[0], month, folder)))
    return found
