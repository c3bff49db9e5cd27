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
from nuanxin.kernel.engine.duck import connect
from nuanxin.kernel.statistics import cells, extract
from nuanxin.kernel.statistics.catalogue import catalogue
from nuanxin.kernel.statistics.sources import STOCK, Source, all_sources
from nuanxin.kernel.statistics.store import CELLS, CIRCUMSTANCE, closed_folder, make_durable, parquet

DRAFT = ".closing-"
OPENING = "opening"


@dataclass(frozen=True)
class Frozen:
    """One frozen file: name, path below the store, rows, SM3."""

    name: str
    path: str
    rows: int
    sm3: str


def freeze_month(county: str, month: dt.date, after: dt.date | None) -> list[Frozen]:
    """Write a month's files and return them; call it while writers are locked out.

    `after` is the closed month whose stocks open this one; without it the tables' own state a month earlier does.
    """
    final = closed_folder(county, month)
    final.parent.mkdir(parents=True, exist_ok=True)
    for leftover in final.parent.glob(f"{DRAFT}*"):
        shutil.rmtree(leftover)
    draft = final.parent / f"{DRAFT}{secrets.token_hex(4)}"
    draft.mkdir()
    try:
        rows = _write_files(county, month, after, draft)
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


def _write_files(county: str, month: dt.date, after: dt.date | None, draft: Path) -> dict[str, int]:
    con = connect()
    try:
        extract.attach_live(con)
        rows = {source.name: extract.copy_source(con, source, county, month, draft) for source in all_sources()}
        leaves = catalogue().leaves
        kinds = {column.kind for leaf in leaves for column in leaf.circumstances.values()}
        rows[CIRCUMSTANCE] = extract.copy_circumstances(con, kinds, county, month, draft)
        _check_flows(con, county, month, after, draft)
        table = cells.cells(con, draft, leaves)
        pq.write_table(table, draft / f"{CELLS}.parquet", compression="zstd")
        return rows | {CELLS: table.num_rows}
    finally:
        con.close()


def _check_flows(con: Any, county: str, month: dt.date, after: dt.date | None, draft: Path) -> None:
    """Refuse unless every stock's opening + in − out is its closing, record by record."""
    for tally in all_tallies().values():
        if isinstance(tally, StockTally):
            opening = _opening(con, tally, county, month, after, draft)
            _check_flow(con, tally, opening, draft)
    shutil.rmtree(draft / OPENING, ignore_errors=True)


def _opening(con: Any, tally: StockTally, county: str, month: dt.date, after: dt.date | None, draft: Path) -> Path:
    """Return the stock that opens the month: the previous close's, or the tables' own state a month earlier."""
    stock = Source(tally, STOCK)
    if after is not None and (frozen := parquet(county, after, stock.name)).exists():
        return frozen
    folder = draft / OPENING
    folder.mkdir(exist_ok=True)
    extract.copy_source(con, stock, county, add_months(month, -1), folder)
    return folder / f"{stock.name}.parquet"


def _check_flow(con: Any, tally: StockTally, opening: Path, draft: Path) -> None:
    signed = [
        (opening, 1),
        *((draft / f"{Source(tally, p).name}.parquet", s) for p, s in (("in", 1), ("out", -1), (STOCK, -1))),
    ]
    union = " union all ".join(
        f"select id, {sign} as n from read_parquet({cells.quoted(str(path))})" for path, sign in signed
    )
    wrong = con.execute(f"select id from ({union}) group by id having sum(n) <> 0 order by id").fetchall()
    if wrong:
        some = "、".join(str(row[0]) for row in wrong[:5])
        raise Refused(
            "close.flow",
            f"“{tally.title}”期初 + 增加 − 减少 与期末不符, 相差 {len(wrong)} 条(编号 {some})。",
            "请先核对这些记录登记的起止月份, 再月结。",
        )
