"""The county of the kill test before its takeover: people, homes, needs, accounts, officers, applications, the list."""

import datetime as dt
from pathlib import Path
from typing import Any

COUNTY, AREA = "340223", "34.3402.340223"
VILLAGES = ("340223100001", "340223101001")


def make_county(home: Path, people: int, as_of: dt.date) -> None:
    """Build the county as it stands before a takeover: people, homes, needs, accounts, officers, the list."""
    import pyarrow as pa

    from nuanxin.kernel.access.services import create_account
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.changes import Author, open_change
    from nuanxin.kernel.core.crypto import ensure_key
    from nuanxin.kernel.core.identifiers import make_citizen_id
    from nuanxin.kernel.core.tables import bring_up_tables
    from nuanxin.kernel.registry import services as registry
    from tests.factories.workbook import write_workbook

    ensure_key()
    bring_up_tables()
    clock.move_to(as_of)
    registry.load_divisions(COUNTY)
    for role in ("county_examiner", "section_chief", "finance"):
        create_account(username=role, display_name="甲乙", role=role, area=AREA, password="long enough 42")
    change = open_change(author=Author("测试"), verb="load", reason="测试", source="tests", rows=people)
    births = [dt.date(1930 + place % 13, 1 + place % 12, 1 + place % 28) if place % 3 == 0
              else dt.date(1960 + place % 50, 1 + place % 12, 1 + place % 28) for place in range(people)]  # fmt: skip
    numbers = [
        make_citizen_id(f"{340200 + place // 999 % 90}", birth, place % 999) for place, birth in enumerate(births)
    ]
    table = pa.table(
        {
            "county": [COUNTY] * people,
            "division": [VILLAGES[place // 3 % 2] for place in range(people)],
            "name": [f"王{place}" for place in range(people)],
            "sex": [1 + place % 2 for place in range(people)],
            "birth": pa.array(births, pa.date32()),
            "citizen_id": numbers,
        }
    )
    persons = registry.load_people(change=change, table=table).to_pylist()
    homes = people // 3
    units = registry.load_households(
        change=change,
        table=pa.table({"county": [COUNTY] * homes, "division": [VILLAGES[place % 2] for place in range(homes)]}),
    ).to_pylist()
    since = pa.array([dt.date(2020, 1, 1)] * (homes * 3), pa.date32())
    registry.load_memberships(
        change=change,
        table=pa.table(
            {
                "household_id": [units[place // 3] for place in range(homes * 3)],
                "person_id": persons[: homes * 3],
                "role": ["head" if place % 3 == 0 else "other" for place in range(homes * 3)],
                "valid_from": since,
            }
        ),
    )
    accounts = registry.load_accounts(
        change=change,
        table=pa.table(
            {
                "county": [COUNTY] * people,
                "holder_id": persons,
                "bank_code": ["102"] * people,
                "number": [f"6217{place:012d}" for place in range(people)],
            }
        ),
    ).to_pylist()
    _circumstances(change, persons, units)
    _applications(change, persons, units, accounts)
    write_workbook(home / "list.xlsx", _list(numbers, births))


def _circumstances(change: Any, persons: list[int], units: list[int]) -> None:
    import pyarrow as pa

    from nuanxin.kernel.registry import services as registry

    rows = [(pk, None, "disability", 1 + place % 2, "4") for place, pk in enumerate(persons) if place % 5 == 1]
    for place, pk in enumerate(units):
        if place % 4 == 0:
            rows += [(None, pk, "assistance_file", 1, None), (None, pk, "property_ok", 1, None)]
    table = pa.table(
        {
            "county": [COUNTY] * len(rows),
            "person_id": pa.array([row[0] for row in rows], pa.int64()),
            "household_id": pa.array([row[1] for row in rows], pa.int64()),
            "kind": [row[2] for row in rows],
            "level": pa.array([row[3] for row in rows], pa.int64()),
            "code": pa.array([row[4] for row in rows], pa.string()),
            "valid_from": pa.array([dt.date(2023, 1, 1)] * len(rows), pa.date32()),
        }
    )
    registry.load_circumstances(change=change, table=table)


def _applications(change: Any, persons: list[int], units: list[int], accounts: list[int]) -> None:
    """File for half of the old, all the disabled and every fourth household; a third of it only in February."""
    import pyarrow as pa

    from nuanxin.kernel.casework.services import load_applications

    rows = [("gaoling_jintie", place, None) for place in range(len(persons)) if place % 6 == 3]
    rows += [("canji_huli", place, None) for place in range(len(persons)) if place % 5 == 1]
    rows += [("dibao", place * 3, unit) for place, unit in enumerate(units) if place % 4 == 0]
    filed = [dt.date(2024, 2 if place % 3 == 2 else 1, 5) for place in range(len(rows))]
    table = pa.table(
        {
            "county": [COUNTY] * len(rows),
            "benefit": [row[0] for row in rows],
            "person_id": [persons[row[1]] for row in rows],
            "household_id": pa.array([row[2] for row in rows], pa.int64()),
            "payee_id": [accounts[row[1]] for row in rows],
            "filed_on": pa.array(filed, pa.date32()),
        }
    )
    load_applications(change=change, table=table)


def _list(numbers: list[str], births: list[dt.date]) -> dict[str, list[list[Any]]]:
    """Return the bureau's list: the other half of the old, with their accounts, and two debts."""
    old = [place for place in range(len(numbers)) if place % 6 == 0]
    return {
        "待遇": [
            ["高龄津贴", "", numbers[place], f"王{place}", VILLAGES[0], "", 50, "2022-01-01", f"6217{place:012d}"]
            for place in old
        ],
        "账户": [[numbers[place], "102", f"6217{place:012d}"] for place in old],
        "欠款": [[numbers[place], "高龄津贴", "欠发", "2023-11", 50, ""] for place in old[:2]]
        + [[numbers[place], "高龄津贴", "应追回", "2023-10", 30 + place, ""] for place in old[2:12]],
    }
