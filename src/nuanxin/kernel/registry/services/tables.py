"""Bringing a table that came from outside into the columns and types a loader needs, or refusing it."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from nuanxin.kernel.core.errors import Refused


@dataclass(frozen=True)
class Columns:
    """The columns of a loader: needed ones without nulls, optional ones with what stands for a missing one."""

    needed: dict[str, pa.DataType]
    optional: dict[str, pa.DataType] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    nullable: frozenset[str] = frozenset()


def conform(table: pa.Table, columns: Columns) -> pa.Table:
    """Return the table with exactly these columns and types; Refused on missing, unknown, untypable ones or nulls."""
    _check_names(table, columns)
    made = {name: _cast(table[name], name, kind) for name, kind in columns.needed.items()}
    for name, column in made.items():
        if column.null_count and name not in columns.nullable:
            row = pc.index(pc.is_null(column), True).as_py() + 1
            raise Refused("table.null", f"列“{name}”第 {row} 行为空。", "请补齐后重新载入。")
    for name, kind in columns.optional.items():
        default = columns.defaults.get(name)
        if name in table.column_names:
            made[name] = _cast(table[name], name, kind)
        else:
            made[name] = constant(default, kind, table.num_rows)
    return pa.table(made)


def constant(value: Any, kind: pa.DataType, rows: int) -> pa.Array:
    """Return a column that holds one value throughout."""
    return pa.nulls(rows, kind) if value is None else pa.repeat(pa.scalar(value, kind), rows)


def _check_names(table: pa.Table, columns: Columns) -> None:
    given = set(table.column_names)
    missing = [name for name in columns.needed if name not in given]
    unknown = sorted(given - set(columns.needed) - set(columns.optional))
    if missing:
        raise Refused("table.missing", f"缺少列：{'、'.join(missing)}。", "请补齐这些列。")
    if unknown:
        raise Refused("table.unknown", f"不认识的列：{'、'.join(unknown)}。", "请改名或去掉这些列。")


def _cast(column: pa.ChunkedArray, name: str, kind: pa.DataType) -> pa.ChunkedArray:
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise Refused("table.type", f"列“{name}”的内容不是{kind}。", "请核对这一列的内容。") from error


def refuse_unless_in(table: pa.Table, name: str, allowed: list[Any], what: str) -> None:
    """Refuse the table when a value of a column is not among the allowed ones."""
    column = table[name]
    kept = pc.is_in(column, value_set=pa.array(allowed, column.type))
    wrong = pc.and_(pc.is_valid(column), pc.invert(kept))
    place = pc.index(wrong, True).as_py()
    if place >= 0:
        raise Refused(
            "table.value", f"第 {place + 1} 行的{what}“{column[place].as_py()}”不存在。", "请更正后重新载入。"
        )
