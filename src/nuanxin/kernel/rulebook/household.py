"""One household at the counter, or a made-up one: the same program in an in-memory SQLite."""

import datetime as dt
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nuanxin.kernel.core import months
from nuanxin.kernel.engine.rows import ids, live_rows
from nuanxin.kernel.engine.running import SqliteRunner
from nuanxin.kernel.registry.enums import Standing
from nuanxin.kernel.rulebook import standing
from nuanxin.kernel.rulebook.assessing import SHARES
from nuanxin.kernel.rulebook.compilation.plan import Plan
from nuanxin.kernel.rulebook.inputs import COLUMNS, DATES, PERIOD, number_of, period_row
from nuanxin.kernel.rulebook.receipts import Receipt, make_receipt, with_stated
from nuanxin.kernel.rulebook.releases import Law

Rows = dict[str, Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Laid:
    """A fact typed at the counter: kind and (amount in fen, level, code, from, to as yyyymmdd); None: there is none.

    As `declared` it stands beside what is verified, else instead of it.
    """

    person_id: int | None
    household_id: int | None
    kind: str
    cells: tuple[int | None, int | None, str | None, int | None, int | None] | None
    declared: bool = False

    def replaces(self, record: standing.Record) -> bool:
        """Tell whether the fact stands in the place of a record."""
        mine = (record[0], record[1], record[2]) == (self.person_id, self.household_id, self.kind)
        return mine and not (self.declared and record[standing.STANDING] == Standing.VERIFIED)

    @property
    def records(self) -> list[standing.Record]:
        """Return the fact as a record newer than any other."""
        said = Standing.DECLARED if self.declared else Standing.VERIFIED
        place = (self.person_id, self.household_id, self.kind)
        return [] if self.cells is None else [(*place, *self.cells, said, standing.NEWEST)]


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


@dataclass(frozen=True)
class Live:
    """The live rows of a household or person; circumstances are still records with standing and number."""

    rows: Rows
    records: Sequence[standing.Record]
    own: frozenset[int] = frozenset()

    def laid(self, plan: Plan, month: dt.date, purpose: str, over: Sequence[Laid] = ()) -> Rows:
        """Return the rows for a program in a month, some facts laid over what is recorded."""
        day = number_of(months.month_end(month)) or 0
        kept = [one for one in self.records if not any(fact.replaces(one) for fact in over)]
        records = standing.settle([*kept, *(row for fact in over for row in fact.records)], purpose, day)
        return {**self.rows, "circumstance": [r for r in records if plan.reads_unverified or not r[-1]]}


def household_rows(household_id: int, kinds: Iterable[str]) -> Live:
    """Return the live rows of a household, of its members' other households and of related persons."""
    now = {"superseded_at__isnull": True}
    own = [r[1] for r in _rows("membership", household_id=household_id, **now)]
    households = ids(r[0] for r in _rows("membership", person_id__in=own, **now)) or [household_id]
    membership = _rows("membership", household_id__in=households, **now)
    people = ids(r[1] for r in membership)
    relation = _rows("relation", person_id__in=people, **now)
    everyone = ids([*people, *(r[1] for r in relation)])
    known = {"kind__in": list(kinds), **now}
    rows: Rows = {
        "membership": membership,
        "relation": relation,
        "person": _rows("person", id__in=everyone),
        "household": _rows("household", id__in=households),
        "coverage": _rows("coverage", person_id__in=people),
    }
    records = [*_records(person_id__in=everyone, **known), *_records(household_id__in=households, **known)]
    return Live(rows, records, frozenset(own))


def person_rows(person_id: int, kinds: Iterable[str]) -> Live:
    """Return the live rows of a person without a household here (急难发生地 the only tie), and of those related."""
    now = {"superseded_at__isnull": True}
    relation = _rows("relation", person_id=person_id, **now)
    everyone = ids([person_id, *(r[1] for r in relation)])
    rows: Rows = {
        "membership": [],
        "relation": relation,
        "person": _rows("person", id__in=everyone),
        "household": [],
        "coverage": _rows("coverage", person_id=person_id),
    }
    records = _records(person_id__in=everyone, kind__in=list(kinds), **now)
    return Live(rows, list(records), frozenset([person_id]))


def _records(**filters: Any) -> list[list[Any]]:
    columns = (*COLUMNS["circumstance"][:-1], *standing.STORED)
    found = live_rows("circumstance", columns, **filters)
    return [[_value(c, v) for c, v in zip(columns, row, strict=True)] for row in found]


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
    law: Law, month: dt.date, household_id: int, purpose: str = standing.CASE, over: Sequence[Laid] = ()
) -> list[Receipt]:
    """Return the receipts of a household and its members from the operational database, some facts laid over it."""
    live = household_rows(household_id, law.plan.circumstance_kinds)
    receipts = _receipts(law, month, live, household_id, live.laid(law.plan, month, purpose, over))
    if purpose not in standing.DECISIONS or all(one.granted is not None for one in receipts):
        return receipts
    stated = _receipts(law, month, live, household_id, live.laid(law.plan, month, standing.STATED, over))
    return with_stated(receipts, stated)


def _receipts(law: Law, month: dt.date, live: Live, household_id: int, rows: Rows) -> list[Receipt]:
    found = run_rows(law, month, rows)
    wanted = {c: {household_id} if plan.pays == "household" else live.own for c, plan in law.plan.benefits.items()}
    mine = {
        relation: [r for r in rows_ if relation.endswith(SHARES) or r["subject_id"] in wanted[relation]]
        for relation, rows_ in found.items()
    }
    return receipts_of(law, month, mine)
