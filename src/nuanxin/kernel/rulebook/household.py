"""One household at the counter, or a made-up one: the same program in an in-memory SQLite."""

import datetime as dt
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nuanxin.kernel.engine.rows import ids, live_rows
from nuanxin.kernel.engine.running import SqliteRunner
from nuanxin.kernel.rulebook.assessing import SHARES
from nuanxin.kernel.rulebook.inputs import COLUMNS, DATES, DECISION, PERIOD, STANDINGS, number_of, period_row
from nuanxin.kernel.rulebook.receipts import Receipt, make_receipt
from nuanxin.kernel.rulebook.releases import Law

Rows = dict[str, Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Laid:
    """A fact typed at the counter: kind and (amount in fen, level, code, from, to as yyyymmdd); None: there is none."""

    person_id: int | None
    household_id: int | None
    kind: str
    cells: tuple[int | None, int | None, str | None, int | None, int | None] | None


_local = threading.local()
KEPT_RUNNERS = 8


def runner_of(law: Law) -> SqliteRunner:
    """Return this thread's prepared SQLite for a law; the oldest is dropped when there are many."""
    held: dict[str, SqliteRunner] = _local.__dict__.setdefault("runners", {})
    key = law.plan.program.sm3
    if key not in held:
        while len(held) >= KEPT_RUNNERS:
            held.pop(next(iter(held))).con.close()
        columns = [c.name for c in law.plan.parameter_columns] or ["nothing"]
        held[key] = SqliteRunner(
            law.plan.program, {**COLUMNS, "period": [c.name for c in PERIOD], "parameter": columns}
        )
    return held[key]


def run_rows(
    law: Law, month: dt.date, rows: Rows, parameters: Mapping[str, Any] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Return every output's rows for some input rows (dates as yyyymmdd)."""
    cells = parameters or law.row(month)
    period = period_row(law.county, month)
    one_row = {
        "period": [[period[c.name] for c in PERIOD]],
        "parameter": [[cells.get(c.name) for c in law.plan.parameter_columns] or [None]],
    }
    return runner_of(law).run({**rows, **one_row})


def receipts_of(law: Law, month: dt.date, found: dict[str, list[dict[str, Any]]]) -> list[Receipt]:
    """Return the receipts of every benefit in a run's rows, in the order of benefits and subjects."""
    receipts = []
    for code, plan in law.plan.benefits.items():
        members: dict[int, list[dict[str, Any]]] = {}
        for row in found.get(f"{code}{SHARES}", ()):
            members.setdefault(row["household_id"], []).append(row)
        receipts += [make_receipt(law, month, plan, row, members.get(row["subject_id"], ())) for row in found[code]]
    return receipts


def household_rows(household_id: int, kinds: Iterable[str], purpose: str = DECISION) -> tuple[Rows, set[int]]:
    """Return the live rows of a household, of its members' other households and of related persons; and its members."""
    now = {"superseded_at__isnull": True}
    own = [r[1] for r in _rows("membership", household_id=household_id, **now)]
    households = ids(r[0] for r in _rows("membership", person_id__in=own, **now)) or [household_id]
    membership = _rows("membership", household_id__in=households, **now)
    people = ids(r[1] for r in membership)
    relation = _rows("relation", person_id__in=people, **now)
    everyone = ids([*people, *(r[1] for r in relation)])
    known = {"kind__in": list(kinds), "standing__in": STANDINGS[purpose], **now}
    rows: Rows = {
        "membership": membership,
        "relation": relation,
        "person": _rows("person", id__in=everyone),
        "household": _rows("household", id__in=households),
        "circumstance": [
            *_rows("circumstance", person_id__in=everyone, **known),
            *_rows("circumstance", household_id__in=households, **known),
        ],
        "coverage": _rows("coverage", person_id__in=people),
    }  # fmt: skip
    return rows, set(own)


def person_rows(person_id: int, kinds: Iterable[str], purpose: str = DECISION) -> Rows:
    """Return the live rows of a person without a household here (急难发生地 the only tie), and of those related."""
    now = {"superseded_at__isnull": True}
    relation = _rows("relation", person_id=person_id, **now)
    everyone = ids([person_id, *(r[1] for r in relation)])
    known = {"kind__in": list(kinds), "standing__in": STANDINGS[purpose], **now}
    return {
        "membership": [],
        "relation": relation,
        "person": _rows("person", id__in=everyone),
        "household": [],
        "circumstance": _rows("circumstance", person_id__in=everyone, **known),
        "coverage": _rows("coverage", person_id=person_id),
    }


def _laid_over(rows: Sequence[Sequence[Any]], over: Sequence[Laid]) -> list[Sequence[Any]]:
    """Return circumstances with those of the same subject and kind replaced; a laid `cells` of None takes them away."""
    replaced = {(one.person_id, one.household_id, one.kind) for one in over}
    kept = [row for row in rows if (row[0], row[1], row[2]) not in replaced]
    return kept + [[one.person_id, one.household_id, one.kind, *one.cells] for one in over if one.cells is not None]


def _rows(table: str, **filters: Any) -> list[list[Any]]:
    columns = COLUMNS[table]
    stored = [
        {"person_id": "id", "household_id": "id"}[c] if table in ("person", "household") and c.endswith("_id") else c
        for c in columns
    ]
    return [[_value(c, v) for c, v in zip(columns, row, strict=True)] for row in live_rows(table, stored, **filters)]


def _value(column: str, value: Any) -> Any:
    if column in DATES:
        return number_of(value)
    return (value or None) if column == "hukou_county" else value


def assess_rows(
    law: Law, month: dt.date, household_id: int, purpose: str = DECISION, over: Sequence[Laid] = ()
) -> list[Receipt]:
    """Return the receipts of a household and its members from the operational database, some facts laid over it."""
    rows, members = household_rows(household_id, law.plan.circumstance_kinds, purpose)
    if over:
        rows["circumstance"] = _laid_over(rows["circumstance"], over)
    found = run_rows(law, month, rows)
    wanted = {code: {household_id} if plan.pays == "household" else members for code, plan in law.plan.benefits.items()}
    mine = {
        relation: [r for r in rows_ if relation.endswith(SHARES) or r["subject_id"] in wanted[relation]]
        for relation, rows_ in found.items()
    }
    return receipts_of(law, month, mine)
