"""The cells of a closing month: indicator × township × month, what adjusts earlier months included."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from nuanxin.kernel.statistics import cells
from nuanxin.kernel.statistics.adjustments import Held, heads, moved_by
from nuanxin.kernel.statistics.catalogue import measure_digest
from nuanxin.kernel.statistics.cells import Count
from nuanxin.kernel.statistics.enums import Kind
from nuanxin.kernel.statistics.schema import Indicator
from nuanxin.kernel.statistics.sources import Source

SCHEMA = pa.schema(
    [
        ("indicator", pa.string()),
        ("definition", pa.string()),
        ("township", pa.string()),
        ("value", pa.int64()),
        ("records", pa.int64()),
    ]
)
Townships = dict[str | None, Count]


def month_cells(con: Any, folder: Path, leaves: Sequence[Indicator], adjusted: Collection[str]) -> pa.Table:
    """Return the cells of a month whose files lie in `folder`; the county's own row has no township (null).

    `adjusted` names the sources whose earlier months this one adjusts.
    """
    rows: list[tuple[str, str, str | None, int, int]] = []
    for source, group in cells.by_source(leaves).items():
        counted = cells.count_townships(con, source, group, [folder / f"{source.name}.parquet"])
        for leaf in group:
            found = counted[leaf.indicator]
            if source.name in adjusted:
                found = _with_adjustments(con, leaf, source, folder, found)
            digest = measure_digest(leaf)
            rows += [
                (leaf.indicator, digest, t, c.value, c.records) for t, c in found.items() if c.records or t is None
            ]
    ordered = sorted(rows, key=lambda row: (row[0], row[2] or ""))
    columns = list(zip(*ordered, strict=True)) or [()] * len(SCHEMA)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def _with_adjustments(con: Any, leaf: Indicator, source: Source, folder: Path, counted: Townships) -> Townships:
    own, later = folder / f"{source.name}.parquet", folder / f"{source.adjustment}.parquet"
    found = dict(counted)
    for township, moved in moved_by(con, leaf, source, [later]).items():
        count = found.get(township, Count(0, 0))
        found[township] = Count(count.value + moved.value, count.records + moved.records)
    if leaf.kind is Kind.DISTINCT:
        standing = heads(con, leaf, Held(source, (own,), (later,)))
        found = {township: replace(count, value=standing.get(township, 0)) for township, count in found.items()}
    return found
