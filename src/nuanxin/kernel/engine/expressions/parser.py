"""Parsing: sqlglot with its function tables emptied, then a whitelist of nodes; anything else is refused in words."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser

ALLOWED: tuple[type[exp.Expr], ...] = (
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Paren,
    exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE,
    exp.And, exp.Or, exp.Not, exp.In, exp.Between, exp.Case, exp.If,
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Anonymous,
)  # fmt: skip
INSTEAD = {
    exp.Is: "“is null”不可用; 请写 known(名字) 或 not known(名字)",
    exp.Null: "null 不可用; 未知请用 known(名字) 判断",
    exp.Cast: "不能转换类型",
    exp.Mod: "不能取余数",
    exp.Select: "不能写查询",
    exp.Subquery: "不能写查询",
    exp.Like: "不能模糊比较",
    exp.Coalesce: "不能把未知当作某个值; 请用 known(名字) 判断",
}


class RuleParser(Parser):
    """A parser that knows no function by name; `case` is the only construct without parentheses."""

    FUNCTIONS: ClassVar[Any] = {}
    FUNCTION_PARSERS: ClassVar[Any] = {}
    NO_PAREN_FUNCTIONS: ClassVar[Any] = {}
    NO_PAREN_FUNCTION_PARSERS: ClassVar[Any] = {"CASE": lambda self: self._parse_case()}


class RuleDialect(Dialect):
    """The dialect of the rules: plain SQL scalar expressions."""

    Parser = RuleParser


class Unreadable(Exception):
    """An expression that cannot be read; the message says why, in Chinese."""


@dataclass(frozen=True)
class Names:
    """The names an expression reads: plain ones, and (benefit, result) pairs."""

    plain: frozenset[str] = field(default_factory=frozenset)
    results: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def parse(text: str) -> exp.Expr:
    """Return the tree of a scalar expression; raise Unreadable when it is none or holds a node not allowed."""
    dialect = RuleDialect()
    try:
        trees = dialect.parser().parse(dialect.tokenize(text), text)
    except SqlglotError as error:
        raise Unreadable(f"读不懂“{text}”: {_short(error)}") from error
    if len(trees) != 1 or trees[0] is None:
        raise Unreadable(f"“{text}”须是一个表达式")
    tree: exp.Expr = trees[0]
    for node in tree.walk():
        if not isinstance(node, ALLOWED):
            hint = next((h for k, h in INSTEAD.items() if isinstance(node, k)), None)
            raise Unreadable(
                hint or f"“{node.sql()}”的写法不在允许之列(允许四则、比较、and/or/not、in、between、case 和函数)"
            )
    return tree


@lru_cache(maxsize=8192)
def names_in(text: str) -> Names:
    """Return the names that an expression reads; an unreadable one reads none, its fault is told later."""
    try:
        tree = parse(text)
    except Unreadable:
        return Names()
    columns = list(tree.find_all(exp.Column))
    return Names(
        frozenset(c.name for c in columns if not c.table),
        frozenset((c.table, c.name) for c in columns if c.table),
    )


@lru_cache(maxsize=8192)
def tested_names(text: str) -> Names:
    """Return the names that stand inside `known(…)`."""
    try:
        calls = [c for c in parse(text).find_all(exp.Anonymous) if str(c.this).lower() == "known"]
    except Unreadable:
        return Names()
    columns = [column for call in calls for column in call.find_all(exp.Column)]
    return Names(
        frozenset(c.name for c in columns if not c.table),
        frozenset((c.table, c.name) for c in columns if c.table),
    )


def _short(error: SqlglotError) -> str:
    """Return where the parser stopped, without its colours."""
    details = getattr(error, "errors", None)
    if details:
        return f"第 {details[0].get('col')} 列“{details[0].get('highlight')}”附近"
    return "括号或引号不配对"
