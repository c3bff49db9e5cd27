"""All indicators of a year over ten million tallies: from the frozen rows, from closed cells, and one drill-down.

Run `uv run python benchmarks/figures.py [rows]`; prints one JSON object. Budgets: 5 s, 0.5 s, 0.1 s.
"""

import datetime as dt
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.unit import Unit

COUNTY = "340223"
TABLES = ("payment", "due", "event", "service", "visit", "marriage")
BENEFITS = (
    "dibao",
    "tekun",
    "linshi_jiuzhu",
    "gaoling_jintie",
    "jujia_yanglao",
    "canji_shenghuo",
    "canji_huli",
    "guer",
)
INDICATORS = 280
MONTHS = [dt.date(2024, month, 1) for month in range(1, 13)]
ROWS = """
select i as id, '340223' as county, '3402231' || lpad((i % 12)::varchar, 2, '0') as township, i % 400000 as subject,
       date '{month}' as booked, date '{month}' + (i % 28)::int as happened, {benefits}[(i % {n}) + 1] as benefit,
       (i * 7919) % 400000 as person_id, 5000 + i % 100 as amount_fen, i % 7 as grade
  from range({first}, {last}) t(i)
"""


def set_up(home: Path) -> None:
    """Point an instance at a throw-away home and declare six tallies of one shape."""
    os.environ["NUANXIN_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "nuanxin.config.settings"
    import django

    django.setup()


def declare() -> list[Any]:
    """Register the benchmark's tallies and return its 280 indicators."""
    from nuanxin.kernel.core import tallies

    tallies._registered.clear()
    columns = {name: name for name in ("benefit", "person_id", "amount_fen", "grade")}
    for name in TABLES:
        tallies.register_tally(tallies.Tally(name, name, name, "happened", "booked", "subject", None, columns))
    return [indicator(number) for number in range(INDICATORS)]


def indicator(number: int) -> Any:
    """Return one of the indicators: half counts, a third sums, the rest distinct persons."""
    from nuanxin.kernel.statistics.schema import Indicator

    kind, of = (("count", None), ("sum", "amount_fen"), ("count", None), ("sum", "amount_fen"), ("count", None))[
        number % 5
    ]
    if number % 14 == 0:
        kind, of = "distinct", "person_id"
    benefit, grade = BENEFITS[number % len(BENEFITS)], number % 7
    return Indicator.model_validate(
        {
            "indicator": f"benchmark_{number}",
            "title": f"指标{number}",
            "unit": "人",
            "kind": kind,
            "over": TABLES[number % len(TABLES)],
            "of": of,
            "where": f"benefit = '{benefit}' and grade >= {grade}",
            "definition": "测速用。",
            "source": {"document": "测速"},
        }
    )


def write_tallies(con: Any, rows: int) -> None:
    """Write the frozen rows of each month and tally."""
    from nuanxin.kernel.statistics.store import closed_folder

    each = rows // len(MONTHS) // len(TABLES)
    for month in MONTHS:
        folder = closed_folder(COUNTY, month)
        folder.mkdir(parents=True)
        for number, name in enumerate(TABLES):
            first = number * each
            sql = ROWS.format(month=month, benefits=list(BENEFITS), n=len(BENEFITS), first=first, last=first + each)
            con.execute(f"copy ({sql}) to '{folder / name}.parquet' (format parquet, compression zstd)")


def write_cells(con: Any, leaves: list[Any]) -> list[float]:
    """Write the cells of each month and return the seconds each took."""
    import pyarrow.parquet as pq

    from nuanxin.kernel.statistics.store import CELLS, closed_folder, parquet
    from nuanxin.kernel.statistics.tabling import month_cells

    seconds = []
    for month in MONTHS:
        started = time.perf_counter()
        pq.write_table(month_cells(con, closed_folder(COUNTY, month), leaves, ()), parquet(COUNTY, month, CELLS))
        seconds.append(time.perf_counter() - started)
    return seconds


def scan_all(con: Any, leaves: list[Any]) -> float:
    """Return the seconds to count every indicator of the year from the rows, one scan per tally."""
    from nuanxin.kernel.statistics import cells
    from nuanxin.kernel.statistics.store import parquet

    started = time.perf_counter()
    for source, group in cells.by_source(leaves).items():
        cells.count_source(con, source, group, [parquet(COUNTY, month, source.name) for month in MONTHS])
    return time.perf_counter() - started


def from_cells(con: Any, leaves: list[Any]) -> float:
    """Return the seconds to count the additive indicators of the year from closed cells."""
    from nuanxin.kernel.statistics.cells import additive
    from nuanxin.kernel.statistics.counting import count_leaves

    started = time.perf_counter()
    counted = count_leaves(con, [leaf for leaf in leaves if additive(leaf)], COUNTY, MONTHS)
    assert len(counted) == sum(additive(leaf) for leaf in leaves)
    return time.perf_counter() - started


def drill_down(leaf: Any, source: Any) -> list[float]:
    """Return the seconds of twenty pages of records of one indicator of a year."""
    from nuanxin.kernel.statistics.adjustments import Held
    from nuanxin.kernel.statistics.selectors.records import PAGE_SIZE, read_files
    from nuanxin.kernel.statistics.store import parquet

    seconds = []
    for page in range(1, 21):
        started = time.perf_counter()
        held = Held(source, tuple(parquet(COUNTY, month, source.name) for month in MONTHS))
        read_files(held, leaf, None, "township = '340223103'", page, PAGE_SIZE)
        seconds.append(time.perf_counter() - started)
    return sorted(seconds)


def main(rows: int) -> None:
    unit = Unit()
    with tempfile.TemporaryDirectory(prefix="nuanxin-figures-") as folder:
        set_up(Path(folder))
        from nuanxin.kernel.engine.duck import connect
        from nuanxin.kernel.statistics.cells import additive
        from nuanxin.kernel.statistics.sources import source_of

        leaves, con = declare(), connect()
        write_tallies(con, rows)
        closing = write_cells(con, leaves)
        distinct = [leaf for leaf in leaves if not additive(leaf)]
        pages = drill_down(leaves[1], source_of(leaves[1]))
        result = {
            "tallies": rows,
            "indicators": len(leaves),
            "year_from_tallies_s": round(scan_all(con, leaves), 3),
            "of_which_distinct_heads_s": round(scan_all(con, distinct), 3),
            "year_from_cells_s": round(from_cells(con, leaves), 3),
            "cells_of_a_month_s": round(sorted(closing)[len(closing) // 2], 3),
            "drill_down_median_s": round(pages[len(pages) // 2], 4),
            "drill_down_worst_s": round(pages[-1], 4),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        print(json.dumps(unit.beside(result), indent=1))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
