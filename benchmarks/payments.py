"""Payment runs at county size: prepared, checked, released with vouchers, written to the bank file; then the audit.

    uv run python benchmarks/payments.py [LINES]      # JSON on standard output; default 100,000 lines

`pay_seconds` is prepare + release + file. Every phase tells its CPU seconds and the longest transaction, which is how
long a clerk's save may wait for the writer (the bound is 300 ms).
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.unit import Unit

PAYING = ("prepare", "release", "files")
BOUND_SECONDS, BOUND_MS = 10, 300


def main(lines: int) -> dict[str, Any]:
    from benchmarks.month import COUNTY, MONTH, Watch, month, set_up

    with tempfile.TemporaryDirectory(prefix="nuanxin-payments-") as folder:
        home = Path(folder)
        set_up(home)
        watch = Watch()
        watch.patch()
        counts = month(watch, home, lines)
        from nuanxin.kernel.cycle.audit import audit_money

        audit = watch.time("audit", lambda: audit_money(COUNTY, MONTH, MONTH)).as_row()
    phases = watch.phases
    return {
        **counts,
        "phases": {name: phases[name] for name in ("dues", *PAYING, "returns", "audit")},
        "pay_seconds": round(sum(phases[name]["seconds"] for name in PAYING), 2),
        "pay_cpu_seconds": round(sum(phases[name]["cpu_seconds"] for name in PAYING), 2),
        "longest_transaction_ms": max(phases[name]["longest_transaction_ms"] for name in PAYING),
        "bounds": {"pay_seconds": BOUND_SECONDS, "longest_transaction_ms": BOUND_MS},
        "audit": audit,
        "load": os.getloadavg()[0],
    }


if __name__ == "__main__":
    unit = Unit()
    print(json.dumps(unit.beside(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)), indent=1))
