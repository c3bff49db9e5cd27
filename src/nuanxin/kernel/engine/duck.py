"""The one way to open DuckDB: no network, no home folder, the optimizer that misreads SQLite switched off."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
from django.db import connection

from nuanxin.kernel.core.errors import Fault

THREADS = 2
MEMORY_LIMIT = "2GB"
EXTENSIONS = {"sqlite": "sqlite_scanner", "postgresql": "postgres_scanner"}


def extension_path(name: str) -> Path:
    """Return the extension's file inside site-packages, of exactly the running DuckDB's version."""
    spec = find_spec(f"duckdb_extension_{name}")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = [f for d in folders for f in Path(d).glob(f"extensions/v{duckdb.__version__}/*.duckdb_extension")]
    if not found:
        raise Fault(f"no {name} extension for DuckDB {duckdb.__version__}")
    return found[0]


def connect(scanner: bool = True) -> Any:
    """Return an in-memory connection, threads and memory bounded; `scanner` loads the reader of the live database.

    `common_subplan` replaces the second of two alike SQLite scans by the first, so it stays off.
    """
    con = duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY_LIMIT, "allow_unsigned_extensions": "true"})
    con.execute("set disabled_optimizers = 'common_subplan'")
    con.execute("set preserve_insertion_order = false")
    con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    if scanner:
        con.execute(f"load '{extension_path(EXTENSIONS[connection.vendor])}'")
    return con


_engines: dict[int, Any] = {}
_starting = threading.Lock()


def _engine() -> Any:
    """Return this process's own DuckDB without the scanner; starting one takes longer than most questions to it.

    By process number: a forked child can neither use nor close what its parent's threads hold, so it leaves it lying.
    """
    with _starting:
        if os.getpid() not in _engines:
            _engines[os.getpid()] = connect(scanner=False)
        return _engines[os.getpid()]


@contextmanager
def opened(scanner: bool = True) -> Iterator[Any]:
    """Open a connection with temporary tables of its own, and close it; memory and threads are the process's."""
    con = connect() if scanner else _engine().cursor()
    try:
        yield con
    finally:
        con.close()


def assert_types(con: Any, path: Path, expected: dict[str, str]) -> None:
    """Raise Fault unless the Parquet file has exactly these columns and DuckDB types."""
    rows = con.execute(f"describe select * from read_parquet('{path}')").fetchall()
    found = {row[0]: row[1] for row in rows}
    if found != expected:
        wrong = {n: (found.get(n), t) for n, t in expected.items() if found.get(n) != t}
        raise Fault(f"{path.name}: columns have other types than declared: {wrong or set(found) ^ set(expected)}")
