"""Paths of the Parquet store; database rows keep them relative to `settings.STORE`, so that a home can be moved."""

import datetime as dt
import os
import shutil
from pathlib import Path

from django.conf import settings


def root() -> Path:
    """Return the store's folder."""
    return Path(settings.STORE)


def absolute(folder: str) -> Path:
    """Return the path of a stored folder name."""
    return root() / folder


def snapshot_folder(county: str, snapshot_id: int) -> str:
    """Return where a snapshot lies."""
    return f"snapshots/{county}/{snapshot_id}"


def receipts_folder(county: str, month: dt.date, run_id: int) -> str:
    """Return where a run's receipts lie."""
    return f"receipts/{county}/{month:%Y-%m}/{run_id}"


def release_folder(sm3: str) -> str:
    """Return where a release lies."""
    return f"releases/{sm3}"


def fresh_folder(folder: str) -> Path:
    """Return the folder, made anew and empty."""
    path = absolute(folder)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, durably, in the place of what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
