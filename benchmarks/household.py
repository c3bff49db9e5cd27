"""One household at the counter, every benefit, its rows read from the database.

`NUANXIN_HOME=… uv run python benchmarks/household.py` needs a built demo county; prints p50 and p95 in milliseconds of
`assess_household` over households with a means-tested file, once warm. Budget: 15 ms.
"""

import datetime as dt
import json
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.unit import Unit

COUNTY, MONTH, HOUSEHOLDS = "340223", dt.date(2024, 6, 1), 400


def main() -> None:
    unit = Unit()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nuanxin.config.settings")
    import django

    django.setup()
    from nuanxin.kernel.registry.models import Circumstance
    from nuanxin.kernel.rulebook.services import assess_household

    held = Circumstance.objects.filter(kind="assistance_file", valid_from__lt=MONTH, superseded_at=None)
    files = held.order_by("-id").values_list("household_id", flat=True)
    seconds = []
    for number, household_id in enumerate(files[: HOUSEHOLDS + 20]):
        begun = time.perf_counter()
        receipts = assess_household(county=COUNTY, month=MONTH, household_id=household_id)
        assert receipts
        if number >= 20:
            seconds.append(time.perf_counter() - begun)
    cuts = statistics.quantiles(seconds, n=20)
    told = {"p50_ms": round(statistics.median(seconds) * 1000, 2), "p95_ms": round(cuts[-1] * 1000, 2)}
    print(json.dumps(unit.beside({"households": len(seconds), "budget_ms": 15, **told})))


if __name__ == "__main__":
    main()
