"""Files that hold a secret: whole or absent, readable by their owner only."""

import contextlib
import os
import secrets
from pathlib import Path


def write_once(path: Path, text: str) -> None:
    """Write a file unless it is there; of several processes one wins, and none ever sees half of it."""
    draft = _drafted(path, text)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def replace_file(path: Path, text: str) -> None:
    """Write a file in the place of another: who reads sees the old one whole or the new one whole."""
    os.replace(_drafted(path, text), path)


def _drafted(path: Path, text: str) -> Path:
    """Write the text beside its place, on the disk for good."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft
