"""One text, three renderings: a thousand random households, every benefit, equal in every column."""

import datetime as dt
import gc
from collections.abc import Iterator
from typing import Any

import pytest

from nuanxin.kernel.engine.dialects import render
from nuanxin.kernel.rulebook.household import run_rows
from nuanxin.kernel.rulebook.releases import Law, law_of
from tests.kernel.rulebook.random_county import RandomCounty
from tests.kernel.rulebook.rows import Rows, parquet_tables, run_in_duckdb

JUNE = dt.date(2024, 6, 1)
COUNTIES = ("340223", "330522")
Outputs = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module", params=COUNTIES)
def law(request: pytest.FixtureRequest) -> Law:
    return law_of(request.param, JUNE)


@pytest.fixture(scope="module")
def rows(law: Law) -> Rows:
    return RandomCounty(law, seed=20_240_601).build(1_000)


@pytest.fixture(scope="module")
def by_duckdb(law: Law, rows: Rows) -> Outputs:
    return run_in_duckdb(law, JUNE, rows)


def test_the_county_shows_yes_no_and_unknown_for_every_benefit(law: Law, by_duckdb: Outputs) -> None:
    for code in law.plan.benefits:
        answers = {row["granted"] for row in by_duckdb[code]}
        assert answers == {True, False, None}, f"{code}: {answers}"


def test_sqlite_equals_duckdb_in_every_column(law: Law, rows: Rows, by_duckdb: Outputs) -> None:
    by_sqlite = run_rows(law, JUNE, rows.tables)  # type: ignore[arg-type]
    assert set(by_sqlite) == set(by_duckdb)
    for relation, expected in by_duckdb.items():
        differing = [pair for pair in zip(by_sqlite[relation], expected, strict=True) if pair[0] != pair[1]]
        assert differing[:1] == [], relation


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()
    gc.collect()


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("law", COUNTIES[:1], indirect=True)
def test_spark_equals_duckdb_in_every_column(
    law: Law, rows: Rows, by_duckdb: Outputs, spark: Any, tmp_path: Any
) -> None:
    for name, path in parquet_tables(law, rows, JUNE, tmp_path).items():
        spark.read.parquet(str(path)).createOrReplaceTempView(name)
    for name, select in law.plan.program.statements():
        spark.sql(render(select, "spark")).write.parquet(str(tmp_path / f"{name}.out"))
        spark.read.parquet(str(tmp_path / f"{name}.out")).createOrReplaceTempView(name)
    for output in law.plan.program.outputs:
        names = [c.name for c in output.columns]
        records = spark.table(output.relation).select(*names).orderBy(*output.order_by).collect()
        found = [dict(zip(names, record, strict=True)) for record in records]
        differing = [pair for pair in zip(found, by_duckdb[output.relation], strict=True) if pair[0] != pair[1]]
        assert differing[:1] == [], output.relation
