"""Rendering the neutral text (DuckDB's spelling, nothing of its tricks) for SQLite and Spark."""

import sqlite3
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark
from sqlglot.dialects.sqlite import SQLite


class ExactSQLite(SQLite):
    """SQLite whose integer division stays integer, and whose whole numbers are not cast: an overflow must show."""

    class Generator(SQLite.Generator):  # type: ignore[misc, valid-type]
        """Writes `a / b` for integer division and leaves casts to bigint out."""

        def intdiv_sql(self, expression: exp.IntDiv) -> str:
            """Write SQLite's own integer division: both sides are whole."""
            return str(self.binary(expression, "/"))

        def cast_sql(self, expression: exp.Cast, safe_prefix: str | None = None) -> str:
            """Leave out casts to bigint; SQLite would hide an overflow in them."""
            if expression.to.is_type("bigint"):
                return str(self.sql(expression, "this"))
            return str(super().cast_sql(expression, safe_prefix))

        TRANSFORMS: Any = {k: v for k, v in SQLite.Generator.TRANSFORMS.items() if k not in (exp.IntDiv, exp.Cast)}


# SQLite writes a layer that is read once into the next: ten layers, each naming its columns more than once, cost a
# thousand reckonings. Since 3.35 it can be told to reckon each layer once.
HOLDS_LAYERS = sqlite3.sqlite_version_info >= (3, 35)
WRITERS: dict[str, Any] = {"duckdb": DuckDB, "sqlite": ExactSQLite, "spark": Spark}


@lru_cache(maxsize=4096)
def render(sql: str, dialect: str) -> str:
    """Return the neutral text in a dialect: duckdb (unchanged), sqlite or spark."""
    if dialect == "duckdb":
        return sql
    tree = sqlglot.parse_one(sql, read=DuckDB)
    if dialect == "sqlite" and HOLDS_LAYERS:
        for layer in tree.find_all(exp.CTE):
            layer.set("materialized", True)
    return tree.sql(dialect=WRITERS[dialect])
