"""Times belong to `benchmarks/`: a test that measures one fails on a slower machine."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
CLOCKS = {"perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "monotonic_ns", "thread_time"}
ALLOWED = {"test_closing.py"}  # how long a close takes says when to kill it


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.relative_to(TESTS).as_posix())
def test_no_test_holds_a_time_against_a_number(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    asserted = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    stopped = {name.attr for node in asserted for name in ast.walk(node) if isinstance(name, ast.Attribute)}
    assert not stopped & CLOCKS
    if any(isinstance(node, ast.Attribute) and node.attr in CLOCKS for node in ast.walk(tree)):
        assert path.name in ALLOWED, "count statements and rows (tests/factories/effort.py) instead of seconds"
