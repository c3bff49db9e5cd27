"""`docs/security.md` names tests that exist, and its sum is the sum of its lines."""

import re
from collections import Counter

from tests.architecture.house import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"\b(\d+\.\d+\.\d+)(?:[–-](\d+\.\d+\.\d+))?")
ROW = re.compile(r"^\| ([^|]+) \| (met|in part|not met|n/a) \|", re.MULTILINE)
NO_API = 13


def test_every_test_it_names_exists():
    names = set(re.findall(r"`((?:\w+/)*test_\w+\.py)`", PAGE))
    assert len(names) > 15
    missing = [name for name in sorted(names) if not list((ROOT / "tests").rglob(name))]
    assert not missing


def test_its_sum_is_that_of_its_lines():
    counts: Counter[str] = Counter()
    for what, state in ROW.findall(PAGE):
        if not what.startswith(("8.1.4.", "GM/T")):
            ends = [(first, last or first) for first, last in NUMBER.findall(what)]
            counts[state] += sum(int(last.rsplit(".")[-1]) - int(first.rsplit(".")[-1]) + 1 for first, last in ends)
    counts["n/a"] += NO_API
    stated = re.search(r"numbers of level 1 and 2 \| (\d+) \| (\d+) \| (\d+) \| (\d+)", PAGE)
    assert stated
    assert [counts[state] for state in ("met", "in part", "not met", "n/a")] == [int(n) for n in stated.groups()]


def test_what_is_not_met_says_what_to_do_or_why():
    lines = [line for line in PAGE.splitlines() if "| not met |" in line and "| n/a |" not in line]
    assert lines
    assert not [line for line in lines if len(line.rsplit("|", 2)[1].strip()) < 10]
