"""How much work a query is, told by counting: the same on every machine, where a time is not."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.test.utils import CaptureQueriesContext

EVERY = 100


@dataclass
class Effort:
    """Statements asked of the database, and SQLite's steps of virtual machine (in hundreds, rounded down) for them."""

    statements: int = 0
    steps: int = 0


@contextlib.contextmanager
def effort() -> Iterator[Effort]:
    """Count the statements of a block, and on SQLite the steps they took: a table read through costs many a row."""
    done, ticks = Effort(), [0]

    def tick() -> int:
        ticks[0] += 1
        return 0

    with CaptureQueriesContext(connection) as queries:
        if connection.vendor == "sqlite":
            connection.connection.set_progress_handler(tick, EVERY)
        try:
            yield done
        finally:
            if connection.vendor == "sqlite":
                connection.connection.set_progress_handler(None, 0)
            done.statements, done.steps = len(queries), ticks[0] * EVERY
