"""Indicator filters: comparisons over a tally's columns in the house's expression language, and nothing else."""

from collections.abc import Collection
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

JOINS = (exp.And, exp.Or, exp.Not, exp.Paren)
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In)
LEAVES = (exp.Column, exp.Identifier, exp.Literal, exp.Boolean)
ALLOWED = JOINS + COMPARISONS + LEAVES
MAX_LENGTH = 500


class FilterFault(Exception):
    """A filter cannot be read; the text is a Chinese sentence for its author."""


def compile_filter(text: str, columns: Collection[str]) -> str:
    """Return the filter as DuckDB SQL over quoted columns; raise FilterFault on any other name, function or form."""
    tree = _parse(text)
    for node in tree.walk():
        if not isinstance(node, ALLOWED):
            raise FilterFault(f"筛选式不能用“{node.sql('duckdb')}”; 只许列名、代码、整数、= <> < <= > >= in and or not")
        if isinstance(node, exp.Column):
            _check_column(node, columns)
        if isinstance(node, exp.In) and not node.expressions:
            raise FilterFault("in 后面须是括号里的几个代码, 如 benefit in ('dibao', 'tekun')")
    if not isinstance(tree, JOINS + COMPARISONS + (exp.Column,)):
        raise FilterFault(f"筛选式“{text}”不是一个条件")
    return tree.sql("duckdb", identify=True)


def _parse(text: str) -> Any:
    if len(text) > MAX_LENGTH:
        raise FilterFault(f"筛选式超过 {MAX_LENGTH} 字; 请拆成几个指标")
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except SqlglotError as error:
        raise FilterFault(f"筛选式“{text}”读不懂; 请检查括号和引号") from error
    return tree


def _check_column(node: exp.Column, columns: Collection[str]) -> None:
    if node.table or node.name not in columns:
        raise FilterFault(f"筛选式里的“{node.sql('duckdb')}”不是这个计数表的列; 可用: {'、'.join(sorted(columns))}")
