"""Proposing reviews for a county of 13,000 grants, all of them due in one month.

`uv run python benchmarks/reviews.py [grants]` makes a database of its own in a temporary home: households with files,
wages, members who joined, some values observed otherwise; prints seconds to propose all with what changed, to propose
again (nothing new), and the longest single transaction. Budget: 5 s.
"""

import datetime as dt
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.unit import Unit

COUNTY, VILLAGES = "340223", ("340223100001", "340223101001")
TAKEN, MONTH = dt.date(2023, 12, 31), dt.date(2024, 12, 1)


def main(grants: int) -> None:
    unit = Unit()
    os.environ["NUANXIN_HOME"] = tempfile.mkdtemp(prefix="nuanxin-reviews-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nuanxin.config.settings")
    import django

    django.setup()
    from nuanxin.kernel.core.crypto import ensure_key
    from nuanxin.kernel.core.tables import bring_up_tables

    ensure_key()
    bring_up_tables()
    people = make_county(grants)
    print(json.dumps(unit.beside({"grants": grants, "people": people, "budget_s": 5, **measured()})))


def make_county(grants: int) -> int:
    """Register households of one or two, their circumstances, and a dibao grant for each; return the people."""
    import pyarrow as pa

    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.changes import Author, open_change
    from nuanxin.kernel.grants.services import award_grants
    from nuanxin.kernel.grants.values import Award, Covered
    from nuanxin.kernel.registry import services as registry

    clock.move_to(TAKEN)
    registry.load_divisions(COUNTY)
    change = open_change(author=Author("基准"), verb="load", reason="基准", source="benchmarks")
    sizes = [1 + place % 5 // 3 for place in range(grants)]
    total = sum(sizes)
    table = pa.table(
        {
            "county": [COUNTY] * total,
            "division": [VILLAGES[place % 2] for place in range(total)],
            "name": [f"王{place}" for place in range(total)],
            "sex": [1 + place % 2 for place in range(total)],
            "birth": pa.array([dt.date(1940 + place % 60, 1, 1) for place in range(total)], pa.date32()),
        }
    )
    persons = registry.load_people(change=change, table=table).to_pylist()
    homes = registry.load_households(
        change=change,
        table=pa.table({"county": [COUNTY] * grants, "division": [VILLAGES[place % 2] for place in range(grants)]}),
    ).to_pylist()
    members = iter(persons)
    of_home = [[next(members) for _ in range(size)] for size in sizes]
    rows = [(home, person) for home, people in zip(homes, of_home, strict=True) for person in people]
    registry.load_memberships(
        change=change,
        table=pa.table(
            {
                "household_id": [home for home, _ in rows],
                "person_id": [person for _, person in rows],
                "role": ["other"] * total,
                "valid_from": pa.array([dt.date(2020, 1, 1)] * total, pa.date32()),
            }
        ),
    )
    facts = [(None, home, "assistance_file", "verified") for home in homes]
    facts += [(person, None, "wage_year", "verified") for person in persons]
    load_facts(change, facts, dt.date(2023, 1, 1))
    awards = [
        Award(
            county=COUNTY, township=VILLAGES[place % 2][:9], division=VILLAGES[place % 2], benefit="dibao",
            pays="household", from_date=dt.date(2024, 1, 1), basis="decision", household_id=home,
            persons=tuple(Covered(person, (("basic", 50_000),)) for person in people),
        )
        for place, (home, people) in enumerate(zip(homes, of_home, strict=True))
    ]  # fmt: skip
    for start in range(0, grants, 2000):
        award_grants(change=change, awards=awards[start : start + 2000])
    clock.move_to(dt.date(2024, 6, 1))
    later = open_change(author=Author("基准"), verb="load", reason="基准", source="benchmarks")
    fresh = [(person, None, "wage_year", "verified") for person in persons[::7]]
    fresh += [(person, None, "business_year", "observed") for person in persons[::11]]
    load_facts(later, fresh, dt.date(2024, 5, 1))
    clock.move_to(MONTH)
    return total


def load_facts(change: object, facts: list[tuple[int | None, int | None, str, str]], since: dt.date) -> None:
    """Load circumstances of one amount, valid from a day."""
    import pyarrow as pa

    from nuanxin.kernel.registry import services as registry

    table = pa.table(
        {
            "county": [COUNTY] * len(facts),
            "person_id": pa.array([one[0] for one in facts], pa.int64()),
            "household_id": pa.array([one[1] for one in facts], pa.int64()),
            "kind": [one[2] for one in facts],
            "standing": [one[3] for one in facts],
            "amount_fen": pa.array([120_000 + since.year] * len(facts), pa.int64()),
            "valid_from": pa.array([since] * len(facts), pa.date32()),
        }
    )
    registry.load_circumstances(change=change, table=table)


def measured() -> dict[str, float | int]:
    """Propose twice and return seconds, counts and the longest transaction."""
    from nuanxin.kernel.casework.models import Review
    from nuanxin.kernel.casework.services import propose_reviews, reviews
    from nuanxin.kernel.core.changes import Author

    longest = [0.0]
    write = reviews._write

    def timed(*args: object) -> object:
        begun = time.perf_counter()
        done = write(*args)  # type: ignore[arg-type]
        longest[0] = max(longest[0], time.perf_counter() - begun)
        return done

    reviews._write = timed  # type: ignore[assignment]
    told: dict[str, float | int] = {}
    for name in ("first", "again"):
        begun, cpu = time.perf_counter(), time.process_time()
        told[f"{name}_new"] = propose_reviews(county=COUNTY, month=MONTH, author=Author("基准"))
        told[f"{name}_s"] = round(time.perf_counter() - begun, 2)
        told[f"{name}_cpu_s"] = round(time.process_time() - cpu, 2)
    told["changed"] = Review.objects.filter(changed=True).count()
    told["longest_batch_s"] = round(longest[0], 3)
    return told


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 13_000)
