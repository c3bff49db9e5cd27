"""What a comparison found, kept as Parquet under the store: written and renamed before the step is marked done."""

import dataclasses
import datetime as dt
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from nuanxin.kernel.casework.values import Draft
from nuanxin.kernel.cycle.compare import Move, Outcome
from nuanxin.kernel.engine.store import absolute

MOVES = pa.schema(
    [("kind", pa.string()), ("benefit", pa.string()), ("grant_id", pa.int64()), ("subject_id", pa.int64()),
     ("cause", pa.string())]
)  # fmt: skip
DRAFTS = pa.schema(
    [("county", pa.string()), ("township", pa.string()), ("month", pa.date32()), ("benefit", pa.string()),
     ("kind", pa.string()), ("cause", pa.string()), ("assessment_run_id", pa.int64()), ("person_id", pa.int64()),
     ("household_id", pa.int64()), ("grant_id", pa.int64()), ("application_id", pa.int64()), ("before_fen", pa.int64()),
     ("after_fen", pa.int64()), ("persons_before", pa.int64()), ("persons_after", pa.int64()),
     ("causes", pa.string()), ("inputs_change_id", pa.int64()), ("inputs_at", pa.timestamp("us", "UTC"))]
)  # fmt: skip


def folder(county: str, month: dt.date) -> Path:
    """Return where a month's findings lie."""
    return absolute(f"months/{county}/{month:%Y-%m}")


def write(county: str, month: dt.date, outcome: Outcome) -> None:
    """Write moves and drafts, each durably."""
    place = folder(county, month)
    place.mkdir(parents=True, exist_ok=True)
    _write(place / "moves.parquet", MOVES, outcome.moves)
    _write(place / "drafts.parquet", DRAFTS, outcome.drafts)


def _write(path: Path, schema: pa.Schema, items: list[Any]) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    with draft.open("wb") as file:
        pq.write_table(pa.Table.from_pylist([dataclasses.asdict(item) for item in items], schema=schema), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_moves(county: str, month: dt.date) -> list[Move]:
    """Return the month's moves in the order they were found."""
    rows = pq.read_table(folder(county, month) / "moves.parquet").to_pylist()
    return [Move(**row) for row in rows]


def read_drafts(county: str, month: dt.date) -> list[Draft]:
    """Return the month's drafts of proposals in the order they were found."""
    rows = pq.read_table(folder(county, month) / "drafts.parquet").to_pylist()
    return [Draft(**row) for row in rows]
