"""DuckDB's SQLite scanner in a process of its own.

The scanner brings its own copy of SQLite. Two copies in one process share the process's POSIX locks and drop each
other's whenever one closes a file: our write lock vanished and commits failed with "locking protocol". A child process
locks for itself. It never imports Django.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import duckdb

from nuanxin.kernel.core.errors import Fault

LIVE = "live"


@dataclass(frozen=True)
class Job:
    """What the child is to do: load an extension, attach the database read-only as `live`, run statements in order."""

    extension: str
    attach: str
    statements: tuple[str, ...]


def run_outside(job: Job) -> list[list[list[Any]]]:
    """Run the job in a child process and return each statement's rows; Fault carries its error."""
    text = json.dumps([job.extension, job.attach, list(job.statements)])
    command = [sys.executable, "-m", "nuanxin.kernel.engine.outside"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Fault(f"the copying process failed: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def perform(extension: str, attach: str, statements: list[str]) -> list[list[Any]]:
    """Do a job in this process: the child's whole work."""
    con = duckdb.connect(config={"threads": 2, "memory_limit": "2GB", "allow_unsigned_extensions": "true"})
    con.execute("set disabled_optimizers = 'common_subplan'; set preserve_insertion_order = false")
    con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    con.execute(f"load '{extension}'")
    con.execute(attach)
    return [con.execute(statement).fetchall() for statement in statements]


if __name__ == "__main__":
    json.dump(perform(*json.load(sys.stdin)), sys.stdout)
