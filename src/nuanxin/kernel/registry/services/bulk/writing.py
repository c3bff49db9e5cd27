"""What every loader does at its end: give ids, write through the fast path, count the rows of the change."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import models
from django.db.models import F

from nuanxin.kernel.core.bulk import analyze, bulk_insert, reserve_ids
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.models import Division
from nuanxin.kernel.registry.services.tables import constant, refuse_unless_in

ANALYZE_FROM = 1000
ID = {"id": pa.int64()}


def give_ids(table: pa.Table, model: type[models.Model]) -> pa.Table:
    """Return the table with an `id` for each row: the caller's, or the next free ones."""
    at = table.column_names.index("id")
    column = table["id"]
    if column.null_count == 0:
        if pc.count_distinct(column).as_py() != len(column):
            raise Refused("table.ids", "列“id”有重复。", "每行须有自己的编号。")
        return table
    if column.null_count != len(column):
        raise Refused("table.ids", "列“id”只填了一部分。", "请全部填写，或整列去掉。")
    free = reserve_ids(model=model, count=table.num_rows)
    return table.set_column(at, "id", pa.array(free, pa.int64()))


def add_constants(table: pa.Table, **values: Any) -> pa.Table:
    """Return the table with columns that hold one value throughout."""
    for name, value in values.items():
        kind = pa.timestamp("us", "UTC") if name.endswith("_at") else pa.scalar(value).type
        table = table.append_column(name, constant(value, kind, table.num_rows))
    return table


def write(model: type[models.Model], table: pa.Table, change: Change) -> None:
    """Insert the columns as they are named, count the rows in the change, and refresh statistics after a big load."""
    said = [name for name, column in zip(table.column_names, table.columns, strict=True) if _says_anything(column)]
    bulk_insert(model=model, columns=said, rows=table.select(said))
    Change.objects.filter(pk=change.pk).update(rows=F("rows") + table.num_rows)
    if table.num_rows >= ANALYZE_FROM:
        analyze([model])


def _says_anything(column: pa.ChunkedArray) -> bool:
    """Tell whether a column holds a value; one without is left to the database's null."""
    return len(column) == 0 or column.null_count < len(column)


def check_divisions(table: pa.Table) -> None:
    """Refuse the table when a division is not loaded."""
    used = pc.unique(table["division"]).to_pylist()
    known = list(Division.objects.filter(code__in=used).values_list("code", flat=True))
    refuse_unless_in(table, "division", known, "行政区划代码")


def rename(table: pa.Table, **names: str) -> pa.Table:
    """Return the table with some columns named otherwise."""
    return table.rename_columns([names.get(name, name) for name in table.column_names])


def refuse_rows(wrong: pa.ChunkedArray, code: str, message: str, todo: str) -> None:
    """Refuse with the number of the first row (from 1) for which `wrong` is true; `{row}` in the message is filled."""
    place = pc.index(wrong, True).as_py()
    if place >= 0:
        raise Refused(code, message.format(row=place + 1), todo)
