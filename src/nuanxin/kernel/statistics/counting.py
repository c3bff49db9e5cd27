"""Counts of a period: from the closed cells where they add up, from the frozen rows by one scan per tally where not."""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from nuanxin.kernel.statistics import cells
from nuanxin.kernel.statistics.catalogue import catalogue, measure_digest
from nuanxin.kernel.statistics.cells import Count
from nuanxin.kernel.statistics.enums import Kind
from nuanxin.kernel.statistics.extract import frozen_kinds
from nuanxin.kernel.statistics.reading import cursor
from nuanxin.kernel.statistics.schema import Indicator
from nuanxin.kernel.statistics.sources import Source
from nuanxin.kernel.statistics.store import CELLS, CIRCUMSTANCE, parquet


def count_period(county: str, months: Sequence[dt.date], head: str) -> dict[str, Count]:
    """Return the count of every leaf indicator over closed months; `head` (the last close) makes the answer final.

    An indicator over a tally that was not yet frozen in one of the months is left out.
    """
    return _counted(str(settings.STORE), county, tuple(months), head)


@lru_cache(maxsize=64)
def _counted(store: str, county: str, months: tuple[dt.date, ...], head: str) -> dict[str, Count]:
    con = cursor()
    try:
        return count_leaves(con, catalogue().leaves, county, months)
    finally:
        con.close()


def count_leaves(con: Any, leaves: Iterable[Indicator], county: str, months: Sequence[dt.date]) -> dict[str, Count]:
    """Return the leaves' counts over frozen months; needs at least one month."""
    leaves = list(leaves)
    found = _from_cells(con, leaves, county, months)
    rest = [leaf for leaf in leaves if leaf.indicator not in found]
    for source, group in cells.by_source(rest).items():
        files = _files(source, county, months)
        able = [leaf for leaf in group if not leaf.circumstances or _knows(con, leaf, files)]
        if files and able:
            found |= scanned(con, source, able, files)
    return found


def scanned(con: Any, source: Source, leaves: list[Indicator], files: list[Path]) -> dict[str, Count]:
    """Return the counts of one scan; a leaf that reads a column not frozen in those months has none, not nought."""
    try:
        return cells.count_source(con, source, leaves, files)
    except duckdb.BinderException:
        if len(leaves) == 1:
            return {}
        return {code: one for leaf in leaves for code, one in scanned(con, source, [leaf], files).items()}


def _knows(con: Any, leaf: Indicator, files: list[Path]) -> bool:
    """Tell whether the circumstances a leaf reads were frozen beside the files; absent must not read as none."""
    kinds = {column.kind for column in leaf.circumstances.values()}
    return all(kinds <= frozen_kinds(con, file.with_name(f"{CIRCUMSTANCE}.parquet")) for file in files)


def _files(source: Source, county: str, months: Sequence[dt.date]) -> list[Path]:
    """Return the frozen files to scan, empty when one of them does not exist."""
    wanted = months[-1:] if source.standing else months
    files = [parquet(county, month, source.name) for month in wanted]
    return files if all(file.exists() for file in files) else []


def _from_cells(con: Any, leaves: list[Indicator], county: str, months: Sequence[dt.date]) -> dict[str, Count]:
    """Return what closed cells of the same definition answer; distinct heads of several months are not among it."""
    last = months[-1:]
    flows = [leaf for leaf in leaves if cells.additive(leaf) or (leaf.kind is Kind.DISTINCT and len(months) == 1)]
    stocks = [leaf for leaf in leaves if leaf.kind is Kind.STOCK]
    return _summed(con, flows, county, months) | _summed(con, stocks, county, last)


def _summed(con: Any, leaves: list[Indicator], county: str, months: Sequence[dt.date]) -> dict[str, Count]:
    wanted = {(leaf.indicator, measure_digest(leaf)) for leaf in leaves}
    table = cells.parquet_sql([parquet(county, month, CELLS) for month in months])
    sql = (
        "select indicator, definition, sum(value)::bigint, sum(records)::bigint, count(*)"
        f" from {table} where township is null group by 1, 2"
    )
    rows = con.execute(sql).fetchall()
    return {
        code: Count(value, records) for code, d, value, records, n in rows if (code, d) in wanted and n == len(months)
    }
