"""A new standard for 13,000 households: checked, simulated, published from last month, everybody recomputed, letters.

    uv run python benchmarks/standard.py [HOUSEHOLDS]        # JSON on standard output; a database in a temporary home

Every household is on dibao (two people decide) and holds an old person on gaoling_jintie (moves by itself). One
publication raises both standards from January while February is open. Budget for publishing with letters: 30 s.
"""

import datetime as dt
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.month import Watch
from benchmarks.unit import Unit

T = TypeVar("T")
COUNTY, AREA, VILLAGES = "340223", "34.3402.340223", ("340223100001", "340223101001")
JANUARY, FEBRUARY = dt.date(2024, 1, 1), dt.date(2024, 2, 1)
FILES = {
    f"{COUNTY}/parameters/2024.yaml": (
        "values:\n  dibao_standard:\n    - {from: 2024-01-01, value: 830 元/月, document: 南民〔2024〕9号}\n"
        "  gaoling_bands:\n    - {from: 2024-01-01, bands: {80: 60 元/月, 90: 110 元/月}, document: 南民〔2024〕9号}\n"
    )
}


class Busy(Watch):
    """Seconds, CPU seconds of this process and its children, longest transaction."""

    def time(self, name: str, work: Callable[[], T]) -> T:
        """Do work and note it."""
        self.longest, begun, before = 0.0, time.monotonic(), sum(os.times()[:4])
        result = work()
        self.phases[name] = {
            "seconds": round(time.monotonic() - begun, 2),
            "cpu_seconds": round(sum(os.times()[:4]) - before, 2),
            "longest_transaction_ms": round(self.longest * 1000),
        }
        print(name, self.phases[name], file=sys.stderr, flush=True)
        return result


def main(households: int) -> None:
    """Make the county, run January, publish in February."""
    unit = Unit()
    os.environ["NUANXIN_HOME"] = tempfile.mkdtemp(prefix="nuanxin-standard-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nuanxin.config.settings")
    import django

    django.setup()
    from nuanxin.kernel.access.services import create_account
    from nuanxin.kernel.core.crypto import ensure_key
    from nuanxin.kernel.core.tables import bring_up_tables

    ensure_key()
    bring_up_tables()
    make_county(households)
    maker, checker = (
        create_account(username=role, display_name="基准", role=role, area=AREA, password="long enough for 42")
        for role in ("county_examiner", "section_chief")
    )
    watch = Busy()
    watch.patch()
    outcome = published(watch, maker, checker)
    parts = ("publish", "decide", "dues_and_letters")
    total = {key: round(sum(watch.phases[name][key] for name in parts), 2) for key in ("seconds", "cpu_seconds")}
    told = {"households": households, "budget_seconds": 30, "published_decided_told": total, **outcome}
    print(json.dumps(unit.beside({**told, "phases": watch.phases}), ensure_ascii=False, indent=1))


def published(watch: Busy, maker: Any, checker: Any) -> dict[str, Any]:
    """Run the months and the publication; return what came of it."""
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.changes import author_of
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.rulebook import services
    from nuanxin.kernel.work.models import Letter

    author = author_of(maker)
    clock.move_to(JANUARY)
    watch.time("january", lambda: cycle.run_month(county=COUNTY, month=JANUARY, author=author))
    watch.time("january_decided", lambda: decide(JANUARY, maker, checker))
    cycle.build_dues(county=COUNTY, month=JANUARY, author=author)
    clock.move_to(FEBRUARY)
    watch.time("february", lambda: cycle.run_month(county=COUNTY, month=FEBRUARY, author=author))
    one = services.draft_files(account=maker, county=COUNTY, files=FILES, title="调标", effective_from=JANUARY)
    given = {"publication_id": one.pk}
    watch.time("check", lambda: services.check_publication(account=maker, **given))
    watch.time("simulate", lambda: services.simulate_publication(account=maker, **given))
    services.approve_publication(account=checker, **given)
    done = watch.time("publish", lambda: services.publish_publication(account=checker, **given))
    decided = watch.time("decide", lambda: decide(FEBRUARY, maker, checker))
    watch.time("dues_and_letters", lambda: cycle.build_dues(county=COUNTY, month=FEBRUARY, author=author))
    return {"outcome": done.outcome, "decided": decided, "letters": Letter.objects.filter(kind="standard").count()}


def decide(month: dt.date, maker: Any, checker: Any) -> int:
    """Let two officers agree to everything the month proposes."""
    from nuanxin.kernel.casework import selectors, services

    ids = selectors.open_proposal_ids(COUNTY, month)
    made = services.make_decisions(maker=maker, proposal_ids=ids)
    return len(services.check_decisions(checker=checker, decision_ids=made))


def make_county(households: int) -> None:
    """Register households of a worker and an old person, with file, wages, and both benefits in force."""
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.changes import Author, open_change
    from nuanxin.kernel.grants.services import award_grants
    from nuanxin.kernel.grants.values import Award, Covered
    from nuanxin.kernel.registry import services as registry

    clock.move_to(dt.date(2023, 12, 31))
    registry.load_divisions(COUNTY)
    change = open_change(author=Author("基准"), verb="load", reason="基准", source="benchmarks")
    homes, people = load_households(change, households)
    load_facts(change, homes, people)
    awards = []
    for place, home in enumerate(homes):
        village, pair = VILLAGES[place % 2], people[2 * place : 2 * place + 2]
        known: dict[str, Any] = {
            "county": COUNTY, "township": village[:9], "division": village, "from_date": dt.date(2023, 1, 1),
            "basis": "decision",
        }  # fmt: skip
        covered = tuple(Covered(person, (("basic", 70_000),)) for person in pair)
        awards.append(Award(benefit="dibao", pays="household", household_id=home, persons=covered, **known))
        aged = (Covered(pair[1], (("basic", 5_000),)),)
        awards.append(Award(benefit="gaoling_jintie", pays="person", person_id=pair[1], persons=aged, **known))
    for start in range(0, len(awards), 2000):
        award_grants(change=change, awards=awards[start : start + 2000])


def load_households(change: Any, count: int) -> tuple[list[int], list[int]]:
    """Load households of two; return their ids and those of their members, two by two."""
    import pyarrow as pa

    from nuanxin.kernel.registry import services as registry

    total = 2 * count
    villages = [VILLAGES[place // 2 % 2] for place in range(total)]
    births = [dt.date(1937 if place % 2 else 1970, 1 + place % 12, 1 + place % 28) for place in range(total)]
    table = {
        "county": [COUNTY] * total,
        "division": villages,
        "name": [f"王{place}" for place in range(total)],
        "sex": [1 + place % 2 for place in range(total)],
        "birth": pa.array(births, pa.date32()),
        "hukou_county": [COUNTY] * total,
    }
    people = registry.load_people(change=change, table=pa.table(table)).to_pylist()
    units = pa.table({"county": [COUNTY] * count, "division": villages[::2]})
    homes = registry.load_households(change=change, table=units).to_pylist()
    members = {
        "household_id": [homes[place // 2] for place in range(total)],
        "person_id": people,
        "role": ["other" if place % 2 else "head" for place in range(total)],
        "valid_from": pa.array([dt.date(2020, 1, 1)] * total, pa.date32()),
    }
    registry.load_memberships(change=change, table=pa.table(members))
    return homes, people


def load_facts(change: Any, homes: list[int], people: list[int]) -> None:
    """Load the household's file and property, and the worker's wages."""
    import pyarrow as pa

    from nuanxin.kernel.registry import services as registry

    facts = [
        (None, home, kind, None, level)
        for home in homes
        for kind, level in (("assistance_file", None), ("property_ok", 1))
    ]
    facts += [
        (person, None, "wage_year", 120_000 + 1_200 * (place % 50), None) for place, person in enumerate(people[::2])
    ]
    columns = list(zip(*facts, strict=True))
    names = ("person_id", "household_id", "kind", "amount_fen", "level")
    table = {
        name: pa.array(column, pa.string() if name == "kind" else pa.int64())
        for name, column in zip(names, columns, strict=True)
    }
    size = len(facts)
    table |= {
        "county": [COUNTY] * size,
        "standing": ["verified"] * size,
        "valid_from": pa.array([dt.date(2023, 1, 1)] * size, pa.date32()),
    }
    registry.load_circumstances(change=change, table=pa.table(table))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 13_000)
