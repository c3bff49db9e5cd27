"""Where closed months lie, and the SM3 chain over their files."""

import datetime as dt
import os
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from nuanxin.kernel.core.crypto import sm3_hex

CELLS = "cells"
CIRCUMSTANCE = "circumstance"
DRAFT = ".closing-"
"""How folders begin that a close writes aside, below its county; the next close clears what a killed one left."""


def closed_folder(county: str, month: dt.date) -> Path:
    """Return the folder of a county's closed month."""
    return Path(settings.STORE) / "closed" / f"county={county}" / f"month={month:%Y-%m}"


def parquet(county: str, month: dt.date, name: str) -> Path:
    """Return the path of one frozen file: a source's name, `cells` or `circumstance`."""
    return closed_folder(county, month) / f"{name}.parquet"


def chain_head(previous: str, digests: Iterable[tuple[str, str]]) -> str:
    """Return SM3 over the previous head and each file's name and SM3, in the order of names."""
    lines = [previous, *(f"{name} {sm3}" for name, sm3 in sorted(digests))]
    return sm3_hex("\n".join(lines).encode())


def make_durable(folder: Path) -> None:
    """Write every file of a folder and the folder itself through to the disk."""
    for path in [*folder.iterdir(), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
