"""The instance's own secret for sessions, made once on first use."""

import os
import secrets
from pathlib import Path


def load_or_make_secret(home: Path) -> str:
    """Return the secret kept in `home/secret`, making it readable by its owner only when it is missing."""
    path = home / "secret"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()
