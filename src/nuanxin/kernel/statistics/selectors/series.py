"""Closed cells for charts: an indicator month by month, and township by township."""

import datetime as dt
from collections.abc import Mapping, Sequence

from nuanxin.kernel.statistics import cells
from nuanxin.kernel.statistics.catalogue import catalogue
from nuanxin.kernel.statistics.cells import Count
from nuanxin.kernel.statistics.counting import count_leaves
from nuanxin.kernel.statistics.enums import Kind
from nuanxin.kernel.statistics.periods import Period
from nuanxin.kernel.statistics.reading import cursor
from nuanxin.kernel.statistics.selectors.months import closed_months
from nuanxin.kernel.statistics.store import CELLS, parquet


def parts_of(code: str) -> dict[str, int]:
    """Return the leaf indicators a figure is made of by adding (1) and taking away (-1); a leaf is made of itself."""
    one = catalogue().get(code)
    if one.leaf:
        return {code: 1}
    signed = [(part, 1) for part in one.plus] + [(part, -1) for part in one.minus]
    return {leaf: sign * inner for part, sign in signed for leaf, inner in parts_of(part).items()}


def is_leaf(code: str) -> bool:
    """Tell whether an indicator is counted from tallies, or added up of such, so that it has months and townships."""
    return bool(parts_of(code))


def monthly_values(
    county: str, codes: Sequence[str], period: Period, township: str = ""
) -> dict[str, list[tuple[dt.date, int]]]:
    """Return the values (heads or fen) of leaf and derived indicators in each closed month: flows of it, stocks at its
    end; of one township if named."""
    made = {code: parts_of(code) for code in codes}
    leaves = [catalogue().get(part) for part in dict.fromkeys(part for parts in made.values() for part in parts)]
    con = cursor()
    try:
        months = [closed.month for closed in closed_months(county, period)]
        counted = [(month, count_leaves(con, leaves, county, [month], township)) for month in months]
    finally:
        con.close()
    return {
        code: [(month, _sum(parts, counts)) for month, counts in counted if all(part in counts for part in parts)]
        for code, parts in made.items()
    }


def _sum(parts: dict[str, int], counts: Mapping[str, Count]) -> int:
    return sum(sign * counts[part].value for part, sign in parts.items())


def township_values(county: str, code: str, period: Period) -> dict[str, int]:
    """Return a leaf or derived indicator's value by township: flows summed over the closed months, stocks at the end.

    Distinct heads are counted month by month, so that somebody counted in two months is in both.
    """
    found: dict[str, int] = {}
    for part, sign in parts_of(code).items():
        for township, value in _leaf_townships(county, part, period).items():
            found[township] = found.get(township, 0) + sign * value
    return found


def _leaf_townships(county: str, code: str, period: Period) -> dict[str, int]:
    leaf, months = catalogue().get(code), [c.month for c in closed_months(county, period)]
    if leaf.kind is Kind.STOCK:
        months = months[-1:]
    if not months:
        return {}
    table = cells.parquet_sql([parquet(county, month, CELLS) for month in months])
    where = "where indicator = ? and township is not null"
    sql = f"select township, sum(value)::bigint from {table} {where} group by 1"
    con = cursor()
    try:
        return dict(con.execute(sql, [code]).fetchall())
    finally:
        con.close()
