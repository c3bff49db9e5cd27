"""How long the demo county takes and how large it is: `uv run python benchmarks/demo.py [people]`, JSON out.

Budget: its six months within 100 machine units, the whole county within 300 (`benchmarks/unit.py`).
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.unit import Unit

MAIN = "from nuanxin.interfaces.cli.main import main; main()"


def size_of(path: Path) -> int:
    """Return the bytes of a file or of everything under a folder."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in files)


def measure(people: int) -> dict[str, object]:
    """Build a county of `people` in a home of its own; return wall seconds, peak memory and sizes in MB, phases."""
    with tempfile.TemporaryDirectory(prefix="nuanxin-demo-") as home:
        command = [sys.executable, "-c", MAIN, "demo", "--no-serve", "--people", str(people)]
        begun = time.monotonic()
        subprocess.run(command, check=True, env={**os.environ, "NUANXIN_HOME": home}, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - begun
        told = json.loads((Path(home) / "demo.json").read_text(encoding="utf-8"))
        databases = list(Path(home).glob("nuanxin.sqlite3*"))
        return {
            "people": people,
            "seconds": round(seconds, 1),
            "months_seconds": round(sum(told["phases"][f"2024-{m:02d}"] for m in range(1, 7)), 1),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
            "database_mb": round(sum(size_of(path) for path in databases) / 1e6),
            "store_mb": round(size_of(Path(home) / "store") / 1e6),
            "phases": told["phases"],
        }


if __name__ == "__main__":
    unit = Unit()
    print(json.dumps(unit.beside(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 550_000)), indent=1))
