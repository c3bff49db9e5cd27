"""Kills at size: `uv run python benchmarks/kill.py [PEOPLE] [KILLS]`, JSON out; 60,000 people, 30 kills of each lane.

The driver of the kill test, with batches of a thousand: takeover and two months (`whole`), January's money (`money`),
February's with reissues, set-offs and refunds (`again`); children killed at random, every outcome as if undisturbed.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANES = ("whole", "money", "again")


def main(people: int, kills: int) -> dict[str, object]:
    """Kill in a process of its own and return what it told; an outcome that differs is an error."""
    with tempfile.TemporaryDirectory(prefix="nuanxin-kill-") as home:
        command = [sys.executable, "-m", "tests.factories.killing", home, "1", str(people)]
        command += [f"{lane}:{kills}" for lane in LANES]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, object] = {"people": people} | json.loads(done.stdout)
    differing = {name: lane["differing"] for name, lane in json.loads(done.stdout)["lanes"].items()}
    if any(differing.values()):
        raise SystemExit(f"money differs after kills: {differing}")
    return told


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    print(json.dumps(main(*[*arguments, *[60_000, 30][len(arguments) :]]), indent=1))
