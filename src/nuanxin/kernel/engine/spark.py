"""The same program on Spark (the `spark` extra, Java 17): kept relations are checkpointed, so that plans stay small."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nuanxin.kernel.engine.dialects import render
from nuanxin.kernel.engine.relations import Column, Program

TYPES = {"yesno": "boolean", "code": "string"}


def start_session(folder: Path, master: str = "local[2]", compiled: bool = True) -> Any:
    """Return a session whose scratch lies in a folder; ANSI mode makes an overflow an error.

    Little data runs sooner when Spark does not compile its plans to Java.
    """
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master).appName("nuanxin")
    settings = {
        "spark.sql.ansi.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "2g",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder),
        "spark.sql.crossJoin.enabled": "true",
    }
    if not compiled:
        settings |= {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def run_spark(
    session: Any, program: Program, inputs: dict[str, tuple[Sequence[Column], Iterable[Sequence[Any]]]]
) -> dict[str, list[dict[str, Any]]]:
    """Return every output's rows for some input rows; a cluster reads Parquet views instead and writes them back."""
    for name, (columns, rows) in inputs.items():
        schema = ", ".join(f"`{c.name}` {TYPES.get(c.kind, 'bigint')}" for c in columns)
        session.createDataFrame([tuple(r) for r in rows], schema).createOrReplaceTempView(name)
    for name, select in program.statements():
        session.sql(render(select, "spark")).localCheckpoint().createOrReplaceTempView(name)
    return {o.relation: _rows(session, o) for o in program.outputs}


def _rows(session: Any, output: Any) -> list[dict[str, Any]]:
    names = [c.name for c in output.columns]
    listed = ", ".join(f"`{n}`" for n in names)
    found = session.sql(f"select {listed} from {output.relation} order by {', '.join(output.order_by)}").collect()
    return [dict(zip(names, tuple(row), strict=True)) for row in found]
