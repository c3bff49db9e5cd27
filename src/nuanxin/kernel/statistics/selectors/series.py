"""Closed cells for charts: an indicator month by month, and township by township."""

import datetime as dt
from collections.abc import Sequence

from nuanxin.kernel.statistics import cells
from nuanxin.kernel.statistics.catalogue import catalogue
from nuanxin.kernel.statistics.counting import count_leaves
from nuanxin.kernel.statistics.enums import Kind
from nuanxin.kernel.statistics.periods import Period
from nuanxin.kernel.statistics.reading import cursor
from nuanxin.kernel.statistics.selectors.months import closed_months
from nuanxin.kernel.statistics.store import CELLS, parquet


def is_leaf(code: str) -> bool:
    """Tell whether an indicator is counted from tallies itself, so that it has months and townships."""
    return catalogue().get(code).leaf


def monthly_values(county: str, codes: Sequence[str], period: Period) -> dict[str, list[tuple[dt.date, int]]]:
    """Return leaf indicators' values (heads or fen) of each closed month: flows of it, stocks at its end."""
    leaves = [catalogue().get(code) for code in codes]
    con = cursor()
    try:
        counted = [(c.month, count_leaves(con, leaves, county, [c.month])) for c in closed_months(county, period)]
    finally:
        con.close()
    return {code: [(month, counts[code].value) for month, counts in counted if code in counts] for code in codes}


def township_values(county: str, code: str, period: Period) -> dict[str, int]:
    """Return a leaf indicator's value by township: flows summed over the closed months, stocks at the last one's end.

    Distinct heads are counted month by month, so that somebody counted in two months is in both.
    """
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
