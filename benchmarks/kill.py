"""Kills at size: `uv run python benchmarks/kill.py [PEOPLE] [KILLS]`, JSON out; 60,000 people, 30 kills of each lane.

The driver of the kill test: takeover and two months (`whole`), a month's money (`money`), children killed at random.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def lane(home: Path, name: str, kills: int, people: int) -> dict[str, object]:
    """Run one lane in a process of its own and return what it told."""
    command = [sys.executable, "-m", "tests.factories.killing", str(home / name), name, str(kills), "1", str(people)]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    told = {"lane": name, "people": people, "seconds": round(time.perf_counter() - started, 1)} | json.loads(
        done.stdout
    )
    print(json.dumps(told), file=sys.stderr, flush=True)
    return told


def main(people: int, kills: int) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory(prefix="nuanxin-kill-") as home:
        return [lane(Path(home), name, kills, people) for name in ("money", "whole")]


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    print(json.dumps(main(*[*arguments, *[60_000, 30][len(arguments) :]]), indent=1))
