"""How far an instance's demo is, in `demo.json`: size, seed, steps with seconds; figures scale by it, pages show it."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings

BUILDING, READY = "building", "ready"


def progress_file() -> Path:
    """Return where an instance keeps how far its demo is."""
    return Path(settings.NUANXIN_HOME) / "demo.json"


def read_progress() -> dict[str, Any] | None:
    """Return how far the instance's demo is, None when the instance is none."""
    path = progress_file()
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def write_progress(progress: dict[str, Any]) -> None:
    """Replace how far the demo is, whole or not at all."""
    path = progress_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(progress, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(path)


def month_in_progress() -> str:
    """Return the month an unfinished demo works on (`2024年3月`), empty when it is finished or none."""
    progress = read_progress()
    return str(progress.get("doing", "")) if progress and progress["state"] == BUILDING else ""


def pages_wait() -> bool:
    """Return whether the demo has no closed month yet: there is nothing to show but how far it is."""
    progress = read_progress()
    return progress is not None and progress["state"] == BUILDING and not progress.get("open", False)
