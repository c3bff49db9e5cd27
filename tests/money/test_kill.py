"""Two hundred kills: whatever is interrupted wherever, the money comes out as if nothing had happened."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANES = (("money", 160), ("whole", 40))


def start(home: Path, lane: str, kills: int) -> "subprocess.Popen[str]":
    """Start a lane in a process of its own: its children fork from a parent that has no database open."""
    command = [sys.executable, "-m", "tests.factories.killing", str(home / lane), lane, str(kills), "7", "300"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_killed_at_two_hundred_points_nothing_differs(tmp_path):
    running = [(lane, kills, start(tmp_path, lane, kills)) for lane, kills in LANES]
    for lane, kills, process in running:
        out, errors = process.communicate(timeout=900)
        assert process.returncode == 0, errors[-3000:]
        told = json.loads(out)
        assert told["differing"] == [], errors[-3000:]
        assert told["kills"] == kills
        assert told["rows"]["lines"] > 100, (lane, told)
        assert told["rows"]["settlements"] > 5, (lane, told)
        assert told["rows"]["dues"] >= told["rows"]["lines"]
