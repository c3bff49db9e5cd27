"""What an assessment found, read from its receipts for many subjects at once and frozen as canonical text."""

import datetime as dt
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from nuanxin.kernel.casework.values import Assessed, Assessor, BenefitRule
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.grants.values import Covered

COMPONENT = "c_"
_used: list[Assessor] = []


def assessor() -> Assessor:
    """Return who answers for assessments: the rulebook, or whom `use_assessor` named."""
    if not _used:
        from nuanxin.kernel.casework.rulebook_assessor import RulebookAssessor

        _used.append(RulebookAssessor())
    return _used[0]


def use_assessor(other: Assessor | None) -> None:
    """Let another assessor answer (receipts from elsewhere, training); None brings the rulebook back."""
    _used[:] = [other] if other else []


def read_assessed(folder: Path, rule: BenefitRule, subjects: list[int]) -> dict[int, Assessed]:
    """Return what the receipts of a folder say about subjects of a benefit; subjects without a receipt are left out."""
    path = folder / f"{rule.benefit}.parquet"
    if not subjects or not path.exists():
        return {}
    with opened(scanner=False) as con:
        con.register("wanted", pa.table({"id": pa.array(sorted(set(subjects)), pa.int64())}))
        rows = _rows(con, f"select r.* from read_parquet('{path}') r join wanted on wanted.id = r.subject_id")
        members: dict[int, list[dict[str, Any]]] = defaultdict(list)
        if rule.pays == "household":
            file = folder / f"{rule.benefit}_members.parquet"
            query = f"select m.* from read_parquet('{file}') m join wanted on wanted.id = m.household_id"
            for row in _rows(con, f"{query} order by m.household_id, m.person_id"):
                members[row["household_id"]].append(row)
    return {row["subject_id"]: _assessed(row, members.get(row["subject_id"], []), rule) for row in rows}


def read_persons(folder: Path, rule: BenefitRule, subjects: list[int]) -> dict[int, tuple[Covered, ...]]:
    """Return whom a benefit pays what by subject, as `read_assessed` does, for thousands whose receipts nobody asks."""
    members = rule.pays == "household"
    path = folder / f"{rule.benefit}{'_members' if members else ''}.parquet"
    if not subjects or not path.exists():
        return {}
    subject, person = ("household_id", "person_id") if members else ("subject_id", "subject_id")
    parts = [name for name in pq.read_schema(path).names if name.startswith(COMPONENT)]
    listed = "".join(f", r.{name}" for name in parts)
    counted = " where r.counts" if members else ""
    with opened(scanner=False) as con:
        con.register("wanted", pa.table({"id": pa.array(sorted(set(subjects)), pa.int64())}))
        rows = con.execute(
            f"select r.{subject}, r.{person}{listed} from read_parquet('{path}') r"
            f" join wanted on wanted.id = r.{subject}{counted} order by 1, 2"
        ).fetchall()
    found: dict[int, tuple[Covered, ...]] = {}
    for unit, one, *amounts in rows:
        shares = tuple((part[len(COMPONENT) :], fen) for part, fen in zip(parts, amounts, strict=True) if fen)
        found[unit] = (*found.get(unit, ()), Covered(one, shares))
    return found


def assessed_text(text: str, rule: BenefitRule) -> Assessed | None:
    """Return what a receipt frozen as canonical text says; None where there was none."""
    row: dict[str, Any] = json.loads(text or "{}")
    return Assessed(text, row["amount_fen"] or 0, _persons(row, row.get("member_rows", []), rule)) if row else None


def _rows(con: Any, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = con.execute(sql).to_arrow_table().to_pylist()
    return rows


def _assessed(row: dict[str, Any], members: list[dict[str, Any]], rule: BenefitRule) -> Assessed:
    whole = {**row, "member_rows": members} if rule.pays == "household" else row
    receipt = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_text)
    return Assessed(receipt=receipt, amount_fen=row["amount_fen"] or 0, persons=_persons(row, members, rule))


def _persons(row: dict[str, Any], members: list[dict[str, Any]], rule: BenefitRule) -> tuple[Covered, ...]:
    if rule.pays == "person":
        return (Covered(row["subject_id"], _shares(row)),)
    return tuple(Covered(member["person_id"], _shares(member)) for member in members if member["counts"])


def _shares(row: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    """Return the components that pay something, by name."""
    return tuple((name[len(COMPONENT) :], fen) for name, fen in row.items() if name.startswith(COMPONENT) and fen)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)
