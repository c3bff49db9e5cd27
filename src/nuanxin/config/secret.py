"""The instance's own secret for sessions, made once on first use."""

import secrets
from pathlib import Path

from nuanxin.kernel.core.files import write_once


def load_or_make_secret(home: Path) -> str:
    """Return the secret kept in `home/secret`, making it readable by its owner only when it is missing."""
    path = home / "secret"
    if not path.exists():
        write_once(path, secrets.token_urlsafe(50))
    return path.read_text().strip()
