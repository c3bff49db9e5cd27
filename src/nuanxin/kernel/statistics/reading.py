"""One DuckDB per process for reading frozen files; each caller gets a cursor of its own."""

import os
from functools import lru_cache
from typing import Any

from nuanxin.kernel.engine.duck import connect


@lru_cache(maxsize=1)
def _shared(process: int) -> Any:
    """Return the process's connection; a forked child opens its own."""
    return connect(scanner=False)


def cursor() -> Any:
    """Return a cursor that may be used beside others; close it after use."""
    return _shared(os.getpid()).cursor()
