"""The files of a closing month: written aside, checked, made durable, then renamed into place."""

import datetime as dt
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.conf import settings

from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.core.tallies import StockTally, all_tallies
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.statistics import cells, extract
from nuanxin.kernel.statistics.catalogue import catalogue
from nuanxin.kernel.statistics.comparing import Adjustments
from nuanxin.kernel.statistics.sources import STOCK, Source, all_sources
from nuanxin.kernel.statistics.store import CELLS, DRAFT, closed_folder, make_durable, parquet
from nuanxin.kernel.statistics.tabling import month_cells

Opening = tuple[StockTally, Path, extract.Copy | None]
OPENING = "opening"


@dataclass(frozen=True)
class Frozen:
    """One frozen file: name, path below the store, rows, SM3."""

    name: str
    path: str
    rows: int
    sm3: str


def freeze_month(county: str, month: dt.date, after: dt.date | None, adjusted: Adjustments) -> list[Frozen]:
    """Write a month's files and return them; call it while writers are locked out.

    `after` is the closed month whose stocks open this one; without it the tables' own state a month earlier does.
    `adjusted` is what `compare_closed` found.
    """
    final = closed_folder(county, month)
    final.parent.mkdir(parents=True, exist_ok=True)
    for leftover in final.parent.glob(f"{DRAFT}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    draft = final.parent / f"{DRAFT}{secrets.token_hex(4)}"
    draft.mkdir()
    try:
        rows = _write_files(county, month, after, adjusted, draft)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    make_durable(draft)
    if final.exists():
        shutil.rmtree(final)
    draft.rename(final)
    make_durable(final.parent)
    return [_frozen(final / f"{name}.parquet", name, count) for name, count in sorted(rows.items())]


def _frozen(path: Path, name: str, rows: int) -> Frozen:
    path.chmod(0o444)
    return Frozen(name, str(path.relative_to(settings.STORE)), rows, sm3_hex(path))


def _write_files(
    county: str, month: dt.date, after: dt.date | None, adjusted: Adjustments, draft: Path
) -> dict[str, int]:
    leaves = catalogue().leaves
    kinds = {column.kind for leaf in leaves for column in leaf.circumstances.values()}
    openings = _openings(county, month, after, draft)
    copies = [extract.copy_of(source, county, month, draft) for source in all_sources()]
    copies.append(extract.circumstances_copy(kinds, county, month, draft))
    written = extract.write_copies([*copies, *(copy for _, _, copy in openings if copy is not None)])
    rows = {copy.path.stem: written[copy.path] for copy in copies} | _write_adjustments(adjusted, draft)
    with opened(scanner=False) as con:
        for tally, path, _ in openings:
            _check_flow(con, tally, path, draft)
        table = month_cells(con, draft, leaves, adjusted)
    shutil.rmtree(draft / OPENING)
    pq.write_table(table, draft / f"{CELLS}.parquet", compression="zstd")
    return rows | {CELLS: table.num_rows}


def _write_adjustments(adjusted: Adjustments, draft: Path) -> dict[str, int]:
    """Write one file for each tally of which a closed month needs adjusting; a quiet month needs none."""
    rows = {}
    for source in all_sources():
        if (table := adjusted.get(source.name)) is not None:
            rows[source.adjustment] = table.num_rows
            pq.write_table(table, draft / f"{source.adjustment}.parquet", compression="zstd")
    return rows


def _openings(county: str, month: dt.date, after: dt.date | None, draft: Path) -> list[Opening]:
    """Return the stocks that open the month: the previous close's, or the tables' own state a month earlier."""
    folder = draft / OPENING
    folder.mkdir()
    found: list[Opening] = []
    for tally in all_tallies().values():
        if isinstance(tally, StockTally):
            stock = Source(tally, STOCK)
            frozen = parquet(county, after, stock.name) if after else None
            if frozen is not None and frozen.exists():
                found.append((tally, frozen, None))
            else:
                copy = extract.copy_of(stock, county, add_months(month, -1), folder)
                found.append((tally, copy.path, copy))
    return found


def _check_flow(con: Any, tally: StockTally, opening: Path, draft: Path) -> None:
    signed = [
        (opening, 1),
        *((draft / f"{Source(tally, p).name}.parquet", s) for p, s in (("in", 1), ("out", -1), (STOCK, -1))),
    ]
    union = " union all ".join(f"select id, {sign} as n from {cells.parquet_sql([path])}" for path, sign in signed)
    wrong = con.execute(f"select id from ({union}) group by id having sum(n) <> 0 order by id").fetchall()
    if wrong:
        some = "、".join(str(row[0]) for row in wrong[:5])
        raise Refused(
            "close.flow",
            f"“{tally.title}”期初 + 增加 − 减少 与期末不符, 相差 {len(wrong)} 条(编号 {some})。",
            "请先核对这些记录登记的起止月份, 再月结。",
        )
