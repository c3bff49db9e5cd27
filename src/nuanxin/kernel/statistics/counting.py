"""Counts of a period: from the closed cells where they add up, from the frozen rows by one scan per tally where not."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from nuanxin.kernel.statistics import cells
from nuanxin.kernel.statistics.adjustments import Held, heads, held_files, moved_by
from nuanxin.kernel.statistics.catalogue import catalogue, measure_digest
from nuanxin.kernel.statistics.cells import Count
from nuanxin.kernel.statistics.enums import Kind
from nuanxin.kernel.statistics.extract import frozen_kinds
from nuanxin.kernel.statistics.reading import cursor
from nuanxin.kernel.statistics.schema import Indicator
from nuanxin.kernel.statistics.sources import source_of
from nuanxin.kernel.statistics.store import CELLS, CIRCUMSTANCE, parquet


def count_period(county: str, months: Sequence[dt.date], head: str, township: str = "") -> dict[str, Count]:
    """Return the count of every leaf indicator over closed months; `head` (the last close) makes the answer final.

    An indicator over a tally that was not yet frozen in one of the months is left out. With a township, its own counts.
    """
    return _counted(str(settings.STORE), county, tuple(months), head, township)


@lru_cache(maxsize=256)
def _counted(store: str, county: str, months: tuple[dt.date, ...], head: str, township: str) -> dict[str, Count]:
    con = cursor()
    try:
        found = count_leaves(con, catalogue().leaves, county, months, township)
        return found | _told(con, found, county, months, township)
    finally:
        con.close()


def count_as_known(county: str, months: Sequence[dt.date], later: Sequence[dt.date], head: str) -> dict[str, Count]:
    """Return the counts of a period with what later closed months adjusted of it: as known at their last close.

    Only for restating a report: those adjustments are also in the figures of the months in which they are booked.
    """
    found = dict(count_period(county, months, head))
    con = cursor()
    try:
        for leaf in catalogue().leaves if later else []:
            if leaf.indicator in found and not source_of(leaf).standing:
                found[leaf.indicator] = _as_known(con, leaf, county, months, later, found[leaf.indicator])
    finally:
        con.close()
    return found


def _as_known(
    con: Any, leaf: Indicator, county: str, months: Sequence[dt.date], later: Sequence[dt.date], own: Count
) -> Count:
    source, span = source_of(leaf), (months[0], months[-1])
    after, held = held_files(source, county, later), held_files(source, county, months)
    if after is None or held is None or not after.adjustments:
        return own
    moved = moved_by(con, leaf, source, after.adjustments, span)[None]
    value = own.value + moved.value
    if leaf.kind is Kind.DISTINCT:
        value = heads(con, leaf, held, after.adjustments, span)[None]
    numbers = (own.adjustments + moved.records, own.adjusted + moved.value)
    return Count(value, own.records + moved.records, *numbers)


def count_leaves(
    con: Any, leaves: Iterable[Indicator], county: str, months: Sequence[dt.date], township: str = ""
) -> dict[str, Count]:
    """Return the leaves' counts over frozen months (of one township if named); needs at least one month."""
    leaves = list(leaves)
    found = _from_cells(con, leaves, county, months, township)
    rest = [leaf for leaf in leaves if leaf.indicator not in found]
    for source, group in cells.by_source(rest).items():
        held = held_files(source, county, months[-1:] if source.standing else months)
        able = [leaf for leaf in group if held and (not leaf.circumstances or _knows(con, leaf, held.files))]
        if held and able:
            found |= scanned(con, held, able, township)
    return found


def scanned(con: Any, held: Held, leaves: list[Indicator], township: str = "") -> dict[str, Count]:
    """Return the counts of one scan; a leaf that reads a column not frozen in those months has none, not nought."""
    try:
        found = cells.count_source(con, held.source, leaves, held.files, township)
        return {leaf.indicator: _adjusted(con, leaf, held, found[leaf.indicator], township) for leaf in leaves}
    except duckdb.BinderException:
        if len(leaves) == 1:
            return {}
        return {code: one for leaf in leaves for code, one in scanned(con, held, [leaf], township).items()}


def _adjusted(con: Any, leaf: Indicator, held: Held, own: Count, township: str) -> Count:
    """Return a count of the months' own rows with what they adjust of earlier ones."""
    if not held.adjustments:
        return own
    moved = moved_by(con, leaf, held.source, held.adjustments).get(township or None, Count(0, 0))
    value = own.value + moved.value
    if leaf.kind is Kind.DISTINCT:
        value = heads(con, leaf, held).get(township or None, 0)
    return Count(value, own.records + moved.records)


def _told(con: Any, found: dict[str, Count], county: str, months: Sequence[dt.date], township: str) -> dict[str, Count]:
    """Return the counts that adjustments moved, telling how many there are and by how much in all."""
    told: dict[str, Count] = {}
    leaves = [leaf for leaf in catalogue().leaves if leaf.indicator in found]
    for source, group in cells.by_source(leaves).items():
        held = held_files(source, county, months)
        for leaf in group if held and held.adjustments else []:
            assert held is not None
            moved = moved_by(con, leaf, source, held.adjustments).get(township or None)
            if moved is not None and moved.records:
                one = found[leaf.indicator]
                told[leaf.indicator] = replace(one, adjustments=moved.records, adjusted=moved.value)
    return told


def _knows(con: Any, leaf: Indicator, files: Sequence[Path]) -> bool:
    """Tell whether the circumstances a leaf reads were frozen beside the files; absent must not read as none."""
    kinds = {column.kind for column in leaf.circumstances.values()}
    return all(kinds <= frozen_kinds(con, file.with_name(f"{CIRCUMSTANCE}.parquet")) for file in files)


def _from_cells(
    con: Any, leaves: list[Indicator], county: str, months: Sequence[dt.date], township: str
) -> dict[str, Count]:
    """Return what closed cells of the same definition answer; distinct heads of several months are not among it."""
    last = months[-1:]
    flows = [leaf for leaf in leaves if cells.additive(leaf) or (leaf.kind is Kind.DISTINCT and len(months) == 1)]
    stocks = [leaf for leaf in leaves if leaf.kind is Kind.STOCK]
    return _summed(con, flows, county, months, township) | _summed(con, stocks, county, last, township)


def _summed(
    con: Any, leaves: list[Indicator], county: str, months: Sequence[dt.date], township: str
) -> dict[str, Count]:
    """Return the sums of cells; a township without a cell has nought where the county has one of today's definition."""
    wanted = {(leaf.indicator, measure_digest(leaf)) for leaf in leaves}
    table = cells.parquet_sql([parquet(county, month, CELLS) for month in months])
    mine = f"township = {cells.quoted(township)}" if township else "township is null"
    sums = ", ".join(f"coalesce(sum({name}) filter (where {mine}), 0)::bigint" for name in ("value", "records"))
    whole = "count(*) filter (where township is null)"
    rows = con.execute(f"select indicator, definition, {sums}, {whole} from {table} group by 1, 2").fetchall()
    return {
        code: Count(value, records) for code, d, value, records, n in rows if (code, d) in wanted and n == len(months)
    }
