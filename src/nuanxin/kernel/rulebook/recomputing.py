"""Computing again what was computed: one subject from its snapshot's rows, a whole run file by file. Reads only."""

import datetime as dt
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.engine import store
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.engine.selectors import snapshot_files
from nuanxin.kernel.rulebook.assessing import assess_files
from nuanxin.kernel.rulebook.frozen import read_inputs, row_of
from nuanxin.kernel.rulebook.household import Rows
from nuanxin.kernel.rulebook.inputs import COLUMNS, attach_snapshot
from nuanxin.kernel.rulebook.models import AssessmentRun
from nuanxin.kernel.rulebook.releases import Law, read_release

SHOWN, MEMBERS = 20, "member_rows"
EVIDENCE = "person_id", "subject_id", "household_id"


@dataclass(frozen=True)
class Difference:
    """One cell that is not as it was; `person_id` where it is a member's."""

    name: str
    stored: Any
    found: Any
    person_id: int | None = None


@dataclass(frozen=True)
class RunAgain:
    """A run computed again by its release: receipts compared, those that differ, some of them by name."""

    run_id: int
    purpose: str
    release_id: str
    receipts: int
    differing: int
    examples: tuple[dict[str, Any], ...] = field(default=())


def row_again(run: AssessmentRun, benefit: str, subject: int) -> dict[str, Any] | None:
    """Return one subject's receipt row computed again from the run's release and the snapshot's rows of that subject.

    None when the benefit does not apply to it. Refused when the snapshot's files have been cleared away.
    """
    law = law_kept(run.release_id)
    if benefit not in law.plan.benefits:
        return None
    pays = law.plan.benefits[benefit].pays
    rows = snapshot_rows(snapshot_files(run.snapshot), law, run.month, run.purpose, pays, subject)
    return plain_row(row_of(law, run.month, rows, benefit, subject))


def frozen_again(release_id: str, month: dt.date, benefit: str, subject: int, inputs: str) -> dict[str, Any] | None:
    """Return one subject's receipt row computed again from rows that were frozen at the counter."""
    return plain_row(row_of(law_kept(release_id), month, read_inputs(inputs), benefit, subject))


def law_kept(release_id: str) -> Law:
    """Return the law a release kept; Refused when it lies no longer in the store, Fault when it was altered."""
    try:
        return read_release(release_id)
    except FileNotFoundError as error:
        raise Refused(
            "release.missing", f"规则版本 {release_id[:12]}… 不在存储里, 不能重算。", "请从备份恢复 store/releases。"
        ) from error


def plain_row(row: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a row as it reads back from the canonical text that decisions keep."""
    found: dict[str, Any] | None = json.loads(json.dumps(row, default=str))
    return found


def snapshot_rows(files: dict[str, Path], law: Law, month: dt.date, purpose: str, pays: str, subject: int) -> Rows:
    """Return the rows of a snapshot that one subject's receipts rest on: household, members, those related."""
    with opened(scanner=False) as con:
        attach_snapshot(con, files, law.plan.circumstance_kinds, purpose, month, law.plan.reads_unverified)
        rows = _Rows(con)
        own = {subject} if pays == "person" else rows.column("person_id", "membership", "household_id", {subject})
        units = rows.column("household_id", "membership", "person_id", own)
        units |= set() if pays == "person" else {subject}
        people = own | rows.column("person_id", "membership", "household_id", units)
        everyone = people | rows.column("other_id", "relation", "person_id", people)
        return {
            "membership": rows.all("membership", "household_id", units),
            "relation": rows.all("relation", "person_id", people),
            "person": rows.all("person", "person_id", everyone),
            "household": rows.all("household", "household_id", units),
            "circumstance": [
                *rows.all("circumstance", "person_id", everyone),
                *rows.all("circumstance", "household_id", units),
            ],
            "coverage": rows.all("coverage", "person_id", people),
        }


class _Rows:
    """Reads a snapshot's views by ids."""

    def __init__(self, con: Any) -> None:
        self.con = con

    def all(self, table: str, key: str, ids: Iterable[int]) -> list[Sequence[Any]]:
        columns = ", ".join(COLUMNS[table])
        listed = ", ".join(str(int(one)) for one in sorted(ids)) or "-1"
        found: list[Sequence[Any]] = self.con.execute(
            f"select {columns} from {table} where {key} in ({listed}) order by all"
        ).fetchall()
        return found

    def column(self, wanted: str, table: str, key: str, ids: Iterable[int]) -> set[int]:
        place = COLUMNS[table].index(wanted)
        return {row[place] for row in self.all(table, key, ids) if row[place] is not None}


def differences(stored: dict[str, Any] | None, found: dict[str, Any] | None) -> list[Difference]:
    """Return every cell that differs, members by person; an absent receipt differs as a whole."""
    if not stored and not found:
        return []
    if not stored or not found:
        return [Difference("receipt", bool(stored), bool(found))]
    told = _cells(stored, found, None)
    then, now = ({m["person_id"]: m for m in row.get(MEMBERS, ())} for row in (stored, found))
    for person in sorted(set(then) | set(now)):
        told += _cells(then.get(person, {}), now.get(person, {}), person)
    return told


def _cells(stored: dict[str, Any], found: dict[str, Any], person: int | None) -> list[Difference]:
    names = [name for name in {**stored, **found} if name != MEMBERS]
    absent = "—"
    return [
        Difference(name, stored.get(name, absent), found.get(name, absent), person)
        for name in names
        if stored.get(name, absent) != found.get(name, absent)
    ]


def rerun_month(county: str, month: dt.date) -> list[RunAgain]:
    """Compute every assessment of a month again under the law it used and compare each receipt with what was stored.

    Refused when the month was never assessed, or a snapshot or release is gone.
    """
    runs = AssessmentRun.objects.filter(county=county, month=month, state="done").select_related("snapshot")
    done = [_run_again(run) for run in runs.order_by("pk")]
    if not done:
        raise Refused("rerun.none", f"{county} 的 {month:%Y-%m} 没有测算过。", "请核对月份。")
    return done


def _run_again(run: AssessmentRun) -> RunAgain:
    law, files = law_kept(run.release_id), snapshot_files(run.snapshot)
    folder, stored = store.absolute(f"whatif/rerun-{run.pk}"), store.absolute(run.folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        assess_files(law, files, run.month, folder, run.purpose)
        return _compared(run, stored, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _compared(run: AssessmentRun, stored: Path, folder: Path) -> RunAgain:
    names = sorted({path.name for place in (stored, folder) for path in place.glob("*.parquet")})
    receipts, differing = 0, 0
    examples: list[dict[str, Any]] = []
    with opened(scanner=False) as con:
        for name in names:
            sides = [place / name for place in (stored, folder)]
            counts = [_count(con, path) for path in sides]
            receipts += counts[0]
            rows = _unlike(con, sides) if all(path.exists() for path in sides) else None
            if rows is None:
                differing += max(counts)
                examples.append({"file": name, "subject_id": None})
                continue
            differing += len(rows)
            examples += [{"file": name, "subject_id": row} for row in rows[:SHOWN]]
    return RunAgain(run.pk, run.purpose, run.release_id, receipts, differing, tuple(examples[:SHOWN]))


def _count(con: Any, path: Path) -> int:
    return int(con.execute(f"select count(*) from read_parquet('{path}')").fetchone()[0]) if path.exists() else 0


def _unlike(con: Any, sides: list[Path]) -> list[int] | None:
    """Return the subjects whose rows differ on either side, None when the columns are not even the same."""
    described = [con.execute(f"describe select * from read_parquet('{path}')").fetchall() for path in sides]
    if described[0] != described[1]:
        return None
    names = [row[0] for row in described[0]]
    key = next(name for name in EVIDENCE if name in names)
    one, other = (f"select * from read_parquet('{path}')" for path in sides)
    unlike = f"(({one}) except all ({other})) union all (({other}) except all ({one}))"
    rows = con.execute(f"select distinct {key} from ({unlike}) order by 1").fetchall()
    return [row[0] for row in rows]
