"""What an instance says of its demo in `demo.json`: size, seed, how far it is; figures scale by it, pages say it."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings

BUILDING, READY = "building", "ready"


def demo_file() -> Path:
    """Return where an instance keeps what it says of its demo."""
    return Path(settings.NUANXIN_HOME) / "demo.json"


def read_demo() -> dict[str, Any] | None:
    """Return what the instance says of its demo, None when it is none."""
    path = demo_file()
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def tell_demo(told: dict[str, Any]) -> None:
    """Replace what the instance says, whole or not at all."""
    path = demo_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(path)


def still_doing() -> str:
    """Return what an unfinished demo is at (`2024年3月`), empty when it is finished or none."""
    told = read_demo()
    return str(told.get("doing", "")) if told and told["state"] == BUILDING else ""
