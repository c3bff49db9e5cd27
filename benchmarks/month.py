"""The month's money at county size: takeover, dues, runs, release, bank files, returns; the longest hold of the writer.

    uv run python benchmarks/month.py [GRANTS]        # JSON on standard output; default 53,000 grants

Assessments are left out (the rulebook has its own benchmark): the county is taken over and paid as stated.
"""

import datetime as dt
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.unit import Unit

T = TypeVar("T")
COUNTY, AREA = "340223", "34.3402.340223"
AS_OF, MONTH = dt.date(2023, 12, 31), dt.date(2024, 1, 1)
BENEFITS = ("gaoling_jintie", "canji_huli", "canji_shenghuo")


class Watch:
    """Seconds of each phase and the longest transaction in it."""

    def __init__(self) -> None:
        self.phases: dict[str, dict[str, float]] = {}
        self.longest = 0.0

    def patch(self) -> None:
        """Time every outermost transaction."""
        from django.db import connection, transaction

        enter, leave, watch = transaction.Atomic.__enter__, transaction.Atomic.__exit__, self
        begun: list[float] = []

        def started(atomic: Any) -> None:
            outer = not connection.in_atomic_block
            enter(atomic)
            if outer:
                begun.append(time.monotonic())

        def ended(atomic: Any, *error: Any) -> None:
            leave(atomic, *error)
            if not connection.in_atomic_block and begun:
                watch.longest = max(watch.longest, time.monotonic() - begun.pop())

        transaction.Atomic.__enter__ = started  # type: ignore[method-assign]
        transaction.Atomic.__exit__ = ended  # type: ignore[assignment, method-assign]

    def time(self, name: str, work: Callable[[], T]) -> T:
        """Do work and note it."""
        self.longest, begun, busy = 0.0, time.monotonic(), time.process_time()
        result = work()
        self.phases[name] = {
            "seconds": round(time.monotonic() - begun, 2),
            "cpu_seconds": round(time.process_time() - busy, 2),
            "longest_transaction_ms": round(self.longest * 1000),
        }
        return result


def world(people: int) -> list[str]:
    """Register people with accounts; return their numbers."""
    import pyarrow as pa

    from nuanxin.kernel.core.changes import Author, open_change
    from nuanxin.kernel.core.identifiers import make_citizen_id
    from nuanxin.kernel.registry import selectors, services

    villages = [one.code for town in selectors.townships(COUNTY) for one in selectors.villages(town.code)]
    births = [dt.date(1925 + place % 19, 1 + place % 12, 1 + place % 28) for place in range(people)]
    numbers = [
        make_citizen_id(f"{340200 + place // 999 % 90}", birth, place % 999) for place, birth in enumerate(births)
    ]
    change = open_change(author=Author("基准"), verb="load", reason="基准", source="benchmarks", rows=people)
    table = {
        "county": [COUNTY] * people,
        "division": [villages[place % len(villages)] for place in range(people)],
        "name": [f"王{place}" for place in range(people)],
        "sex": [1 + place % 2 for place in range(people)],
        "birth": pa.array(births, pa.date32()),
        "citizen_id": numbers,
    }
    services.load_people(change=change, table=pa.table(table))
    return numbers


def workbook(path: Path, numbers: list[str], grants: int) -> Path:
    """Write the takeover list: one grant and one account a person, benefits in turn."""
    from tests.factories.workbook import write_workbook

    rows = []
    for place in range(grants):
        person = place % len(numbers)
        benefit = BENEFITS[place // len(numbers)]
        rows.append([benefit, "", numbers[person], f"王{person}", "", "", 86, "2022-01-01", f"6217{person:012d}"])
    accounts = [[number, "102", f"6217{place:012d}"] for place, number in enumerate(numbers)]
    return write_workbook(path, {"待遇": rows, "账户": accounts})


def set_up(home: Path) -> None:
    os.environ["NUANXIN_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "nuanxin.config.settings"
    import django

    django.setup()
    from nuanxin.kernel.access.services import create_account
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.crypto import ensure_key
    from nuanxin.kernel.core.tables import bring_up_tables
    from nuanxin.kernel.registry.services import load_divisions

    ensure_key()
    bring_up_tables()
    clock.move_to(MONTH.replace(day=20))
    load_divisions(COUNTY)
    for role in ("county_examiner", "section_chief"):
        create_account(username=role, display_name="甲乙", role=role, area=AREA, password="long enough for 42")


def month(watch: Watch, home: Path, grants: int) -> dict[str, Any]:
    """Take over and pay a month; return how much."""
    from nuanxin.kernel.access.selectors import account_by_username
    from nuanxin.kernel.core.changes import author_of
    from nuanxin.kernel.cycle import services as cycle
    from tests.factories.month import Receipts, bank_answer
    from tests.factories.stated import use_stated

    use_stated(Receipts(home / "receipts"), BENEFITS)
    maker, checker = account_by_username("county_examiner"), account_by_username("section_chief")
    author = author_of(maker)
    numbers = watch.time("people", lambda: world(-(-grants // 2)))
    path = watch.time("workbook", lambda: workbook(home / "list.xlsx", numbers, grants))
    taken = watch.time(
        "takeover_check", lambda: cycle.takeover_list(path=path, as_of=AS_OF, county=COUNTY, author=author)
    )
    cycle.sign_takeover(list_id=taken.pk, account=maker)
    watch.time("takeover_load", lambda: cycle.sign_takeover(list_id=taken.pk, account=checker))
    watch.time("propose", lambda: cycle.run_month(county=COUNTY, month=MONTH, author=author))
    dues = watch.time("dues", lambda: cycle.build_dues(county=COUNTY, month=MONTH, author=author))
    runs = watch.time("prepare", lambda: cycle.prepare_payment_runs(county=COUNTY, month=MONTH, author=author))
    watch.time("release", lambda: [cycle.release_run(run_id=run.pk, account=checker) for run in runs])
    watch.time("files", lambda: [cycle.write_bank_file(run_id=run.pk, author=author) for run in runs])
    answers = [
        bank_answer(cycle.open_bank_file(run_id=run.pk, account=maker, purpose="基准")[1], {7, 11}) for run in runs
    ]
    reports = watch.time(
        "returns",
        lambda: [
            cycle.accept_return(run_id=run.pk, data=data, author=author)
            for run, data in zip(runs, answers, strict=True)
        ],
    )
    return {
        "grants": taken.grants,
        "dues": dues,
        "lines": sum(run.line_count for run in runs),
        "paid": sum(report.paid for report in reports),
        "failed": sum(report.failed for report in reports),
    }


def main(grants: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="nuanxin-month-") as folder:
        home = Path(folder)
        set_up(home)
        watch = Watch()
        watch.patch()
        counts = month(watch, home, grants)
    money = sum(watch.phases[name]["seconds"] for name in ("dues", "prepare", "release", "files", "returns"))
    return {
        **counts,
        "phases": watch.phases,
        "dues_to_return_seconds": round(money, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": os.getloadavg()[0],
    }


if __name__ == "__main__":
    unit = Unit()
    print(json.dumps(unit.beside(main(int(sys.argv[1]) if len(sys.argv) > 1 else 53_000)), indent=1))
