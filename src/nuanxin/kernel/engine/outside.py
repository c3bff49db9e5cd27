"""DuckDB's SQLite scanner in a process of its own.

The scanner brings its own copy of SQLite. Two copies in one process share the process's POSIX locks and drop each
other's whenever one closes a file: our write lock vanished and commits failed with "locking protocol". A child process
locks for itself. It never imports Django, and is kept: starting one takes as long as copying a small county.
"""

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import duckdb

from nuanxin.kernel.core.errors import Fault

LIVE = "live"
THREADS = 2


@dataclass(frozen=True)
class Job:
    """What the child is to do: load an extension, attach the database read-only as `live`, run the statements.

    They run two at a time: none may build on another.
    """

    extension: str
    attach: str
    statements: tuple[str, ...]


class _Child:
    """The process that reads for this one: started at the first job, kept for the next, gone when its input ends."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "nuanxin.kernel.engine.outside"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8")

    def ask(self, text: str) -> list[Any]:
        """Return `[true, rows]` or `[false, error]`; Fault when the process ended instead."""
        stdin, stdout, stderr = self.process.stdin, self.process.stdout, self.process.stderr
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        with contextlib.suppress(BrokenPipeError):  # why it ended stands on its standard error
            stdin.write(text + "\n")
            stdin.flush()
            if answer := stdout.readline():
                return json.loads(answer)  # type: ignore[no-any-return]
        self.process.wait()
        raise Fault(f"the copying process stopped: {stderr.read().strip()[-2000:]}")

    def close(self, *, kill: bool = False) -> None:
        """Let the process end, or end it, and wait for it."""
        if kill:
            self.process.kill()
        self.process.communicate()


_children: dict[int, _Child] = {}
_asking = threading.Lock()


def run_outside(job: Job) -> list[list[list[Any]]]:
    """Run the job in the child process and return each statement's rows; Fault carries its error.

    By process number: a forked child must not share its parent's pipes.
    """
    text = json.dumps([job.extension, job.attach, list(job.statements)])
    with _asking:
        child = _children.get(os.getpid())
        if child is not None and child.process.poll() is not None:
            child.close()
            child = None
        if child is None:
            child = _children[os.getpid()] = _Child()
        try:
            done, found = child.ask(text)
        except BaseException:
            _children.pop(os.getpid()).close(kill=True)
            raise
    if not done:
        raise Fault(f"the copying process failed: {found[-2000:]}")
    return found  # type: ignore[no-any-return]


@atexit.register
def stop_child() -> None:
    """Let this process's child end, if it has one."""
    with _asking:
        child = _children.pop(os.getpid(), None)
    if child is not None:
        child.close()


def perform(extension: str, attach: str, statements: list[str]) -> list[list[Any]]:
    """Do a job in this process: the child's whole work."""
    config: dict[str, Any] = {"threads": THREADS, "memory_limit": "2GB", "allow_unsigned_extensions": "true"}
    with duckdb.connect(config=config) as con, ThreadPoolExecutor(THREADS) as hands:
        con.execute("set disabled_optimizers = 'common_subplan'; set preserve_insertion_order = false")
        con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        con.execute(f"load '{extension}'")
        con.execute(attach)
        return list(hands.map(lambda statement: _rows(con, statement), statements))


def _rows(con: Any, statement: str) -> list[Any]:
    with con.cursor() as own:
        return own.execute(statement).fetchall()  # type: ignore[no-any-return]


def _answer(line: str) -> list[Any]:
    try:
        return [True, perform(*json.loads(line))]
    except duckdb.Error as error:
        return [False, str(error)]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for who asks: its end is this one's
    for asked in sys.stdin:
        sys.stdout.write(json.dumps(_answer(asked)) + "\n")
        sys.stdout.flush()
