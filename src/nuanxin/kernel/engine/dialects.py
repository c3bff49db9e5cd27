"""Rendering the neutral text (DuckDB's spelling, nothing of its tricks) for SQLite and Spark."""

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


WRITERS: dict[str, Any] = {"duckdb": DuckDB, "sqlite": ExactSQLite, "spark": Spark}


@lru_cache(maxsize=4096)
def render(sql: str, dialect: str) -> str:
    """Return the neutral text in a dialect: duckdb (unchanged), sqlite or spark."""
    if dialect == "duckdb":
        return sql
    return sqlglot.transpile(sql, read=DuckDB, write=WRITERS[dialect])[0]
