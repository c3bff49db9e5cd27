"""Two hundred kills: whatever is interrupted wherever, the money comes out as if nothing had happened."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LANES = {"whole": 40, "money": 80, "again": 90}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Kill in a process of its own: its children fork from a parent that has no database open."""
    command = [sys.executable, "-m", "tests.factories.killing", str(tmp_path_factory.mktemp("killed")), "7", "300"]
    lanes = [f"{name}:{kills}" for name, kills in LANES.items()]
    done = subprocess.run([*command, *lanes], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return {"errors": done.stderr[-3000:], **json.loads(done.stdout)}


@pytest.mark.parametrize("lane", LANES)
def test_killed_at_two_hundred_points_nothing_differs(told, lane):
    found = told["lanes"][lane]
    assert found["differing"] == [], told["errors"]
    assert found["kills"] == LANES[lane]
    assert found["rows"]["lines"] > 100, found
    assert found["rows"]["dues"] >= found["rows"]["lines"]


def test_the_killed_paths_set_debts_off_reissue_refund_and_let_go(told):
    rows = {lane: found["kinds"] for lane, found in told["lanes"].items()}
    assert rows["money"]["set_off"] > 5, rows
    assert rows["again"]["refund"] == 2, rows
    assert rows["again"]["write_off"] == 1, rows
    assert rows["again"]["set_off"] > rows["money"]["set_off"], rows
    assert rows["again"]["reissued_set_off"] > 0, "a line that set something off must bounce and be paid again"
