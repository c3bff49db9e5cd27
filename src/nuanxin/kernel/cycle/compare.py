"""In force against assessed: what moves by itself, what is proposed, what is asked. DuckDB over Parquet."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from nuanxin.kernel.casework.values import BenefitRule, Draft
from nuanxin.kernel.core.changes import Mark
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import month_end
from nuanxin.kernel.engine.duck import opened

MASS_STOP_PER_CENT, MASS_STOP_FEWEST = 20, 50

# What is open of the snapshot, read once for all benefits.
OPEN = """
create or replace temp table open_grant as
select * from {grant} where county = '{county}' and to_date is null and from_date <= date '{last}';
create or replace temp table open_cover as
select c.*, s.component, s.amount_fen
  from (select id as coverage_id, grant_id, person_id from {coverage} where to_date is null) c
  left join (select coverage_id, component, amount_fen from {share}
              where to_date is null and superseded_at is null) s using (coverage_id)
"""
# One row per open grant: its subject, persons and money a month, whole and by component.
IN_FORCE = """
create or replace temp table in_force as
select g.id as grant_id, coalesce(g.household_id, g.person_id) as subject_id, g.person_id, g.household_id, g.township,
       g.from_date, list(distinct c.person_id order by c.person_id) as persons,
       coalesce(sum(c.amount_fen), 0)::bigint as fen
       {components}
  from open_grant g join open_cover c on c.grant_id = g.id
 where g.benefit = '{benefit}'
 group by all
"""
# One row per subject with a receipt; `persons` are those who count.
ASSESSED = """
create or replace temp table assessed as
select r.subject_id, r.granted, coalesce(r.amount_fen, 0) as fen, coalesce(r.excluded_by, '') as excluded_by,
       {persons} as persons {components}
  from {receipts} r {members}
"""
JOINED = """
create or replace temp table joined as
select f.*, a.subject_id is not null as asked, a.granted, coalesce(a.fen, 0) as new_fen, a.excluded_by,
       coalesce(a.persons, []) as new_persons,
       case when a.subject_id is null then 'not_applicable' when a.excluded_by <> '' then 'excluded_' || a.excluded_by
            else 'not_eligible' end as stop_cause,
       (f.fen <> a.fen {differs}) as money_differs, f.persons <> a.persons as persons_differ,
       d.grant_id is not null and d.fen is not distinct from
         case when a.subject_id is null or a.granted is null then null when a.granted then a.fen else 0 end as known
  from in_force f left join assessed a using (subject_id) left join differences d on d.grant_id = f.grant_id
"""
CHANGES = """
select 'change' as kind, grant_id, subject_id, person_id, household_id, township,
       fen as before_fen, new_fen as after_fen, len(persons) as persons_before, len(new_persons) as persons_after,
       case when persons_differ then 'membership' else '{cause}' end as cause
  from joined where granted and len(new_persons) > 0 and (money_differs or persons_differ) and not known
"""
STOPS = """
select 'stop' as kind, grant_id, subject_id, person_id, household_id, township,
       fen as before_fen, 0::bigint as after_fen, len(persons) as persons_before, 0 as persons_after,
       stop_cause as cause
  from joined where (not asked or granted = false or (granted and len(new_persons) = 0)) and not known
"""
FILED = """
create or replace temp table filed as
select p.id as application_id, p.filed_on, p.township, p.person_id, {unit} as household_id, {subject} as subject_id
  from {application} p
 where p.benefit = '{benefit}' and p.county = '{county}' and p.state = 'filed' and p.filed_on <= date '{last}'
"""
ANSWERS = """
select case when f.subject_id is null and a.granted then 'start' else 'refuse' end as kind, null::bigint as grant_id,
       p.subject_id, case when p.household_id is null then p.person_id end as person_id, p.household_id, p.township,
       0::bigint as before_fen, 0 as persons_before,
       case when f.subject_id is null and a.granted then a.fen else 0 end as after_fen,
       case when f.subject_id is null and a.granted then len(a.persons) else 0 end as persons_after,
       case when f.subject_id is not null then 'already_in_force' when a.subject_id is null then 'not_applicable'
            when a.granted then 'application' when a.excluded_by <> '' then 'excluded_' || a.excluded_by
            else 'not_eligible' end as cause,
       p.application_id
  from filed p left join assessed a using (subject_id) left join in_force f using (subject_id)
 where (a.subject_id is null or a.granted is not null or f.subject_id is not null) {patient}
"""
# Who asks in the month of the birthday is not refused for being a month early: the next month answers.
PATIENT = "and (a.granted is not distinct from true or f.subject_id is not null or p.filed_on < date '{first}')"
QUESTIONS = """
select subject_id from joined where asked and granted is null
union select p.subject_id from filed p join assessed a using (subject_id) where a.granted is null
"""


@dataclass(frozen=True)
class Ground:
    """What a comparison stands on: a county and month, receipts of a run, tables of a snapshot."""

    county: str
    month: dt.date
    run_id: int
    receipts: Path
    tables: dict[str, Path]
    differences: dict[int, int | None] = field(default_factory=dict)
    new_standards: frozenset[str] = frozenset()
    mark: Mark | None = None


@dataclass(frozen=True)
class Move:
    """A change of an apply-benefit that needs no decision: a new amount or a stop, with its cause."""

    kind: str
    benefit: str
    grant_id: int
    subject_id: int
    cause: str


@dataclass
class Outcome:
    """What a comparison found, and how many subjects have an open question per benefit."""

    moves: list[Move] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    questions: dict[str, int] = field(default_factory=dict)
    agreeing: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Difference:
    """A grant whose stated money or persons are not what the rules say; `assessed_fen` None when that is unknown."""

    grant_id: int
    stated_fen: int
    assessed_fen: int | None
    reason: str


def compare(ground: Ground, rules: Iterable[BenefitRule]) -> Outcome:
    """Compare every benefit; Refused when so many grants of one would stop by themselves that the law seems wrong."""
    outcome = Outcome()
    with opened(scanner=False) as con:
        _attach_ground(con, ground, ground.differences)
        for rule in rules:
            if _attach(con, ground, rule):
                _compare_one(con, ground, rule, outcome)
    return outcome


def differences(ground: Ground, rules: Iterable[BenefitRule]) -> list[Difference]:
    """Return the open grants whose stated money or persons differ from the assessment, for a takeover's work list."""
    found: list[Difference] = []
    with opened(scanner=False) as con:
        _attach_ground(con, ground, {})
        for rule in rules:
            if not rule.once and _attach(con, ground, rule):
                found += [Difference(*row) for row in con.execute(DIFFERENCES).fetchall()]
    return found


DIFFERENCES = """
select grant_id, fen, case when not asked or granted is null then null when granted then new_fen else 0 end,
       case when not asked then 'not_applicable' when granted is null then 'unknown'
            when not granted then stop_cause when persons_differ then 'persons' else 'amount' end
  from joined where not asked or granted is distinct from true or money_differs or persons_differ
 order by grant_id
"""


def _attach_ground(con: Any, ground: Ground, known: dict[int, int | None]) -> None:
    """Make what is open in the snapshot, and the takeover's `known` differences, tables of their own."""
    con.execute(OPEN.format(**_places(ground)))
    table = pa.table({"grant_id": pa.array(list(known), pa.int64()), "fen": pa.array(list(known.values()), pa.int64())})
    con.register("known_differences", table)
    con.execute("create or replace temp table differences as select * from known_differences")


def _attach(con: Any, ground: Ground, rule: BenefitRule) -> bool:
    """Make the tables of one benefit; False when the run has no receipts of it."""
    path = ground.receipts / f"{rule.benefit}.parquet"
    if not path.exists():
        return False
    receipts = f"read_parquet('{path}')"
    components = [name for name in pq.read_schema(path).names if name.startswith("c_")]
    places = {"benefit": rule.benefit, **_places(ground)}
    sums = [f", coalesce(sum(c.amount_fen) filter (c.component = '{c[2:]}'), 0)::bigint as f_{c}" for c in components]
    con.execute(IN_FORCE.format(components="".join(sums), **places))
    con.execute(_assessed_sql(ground, rule, receipts, components))
    differs = "".join(f" or f.f_{c} <> a.{c}" for c in components)
    con.execute(JOINED.format(differs=differs))
    unit = "p.household_id" if rule.pays == "household" else "null::bigint"
    subject = "p.household_id" if rule.pays == "household" else "p.person_id"
    con.execute(FILED.format(unit=unit, subject=subject, **places))
    return True


def _places(ground: Ground) -> dict[str, str]:
    """Return what stands in the statements: the county, the month's last day, and each table of the snapshot."""
    files = {name: f"read_parquet('{file}')" for name, file in ground.tables.items()}
    return {"county": ground.county, "last": month_end(ground.month).isoformat(), **files}


def _assessed_sql(ground: Ground, rule: BenefitRule, receipts: str, components: Sequence[str]) -> str:
    wanted = "".join(f", coalesce(r.{c}, 0) as {c}" for c in components)
    if rule.pays == "person":
        return ASSESSED.format(persons="[r.subject_id]", components=wanted, receipts=receipts, members="")
    file = ground.receipts / f"{rule.benefit}_members.parquet"
    members = (
        "left join (select household_id, list(person_id order by person_id) as who"
        f" from read_parquet('{file}') where counts group by household_id) m on m.household_id = r.subject_id"
    )
    return ASSESSED.format(persons="coalesce(m.who, [])", components=wanted, receipts=receipts, members=members)


def _compare_one(con: Any, ground: Ground, rule: BenefitRule, outcome: Outcome) -> None:
    if not rule.once:
        cause = "standard" if rule.benefit in ground.new_standards else "circumstance"
        rows = _rows(con, CHANGES.format(cause=cause)) + _rows(con, STOPS)
        if rule.moves == "apply":
            _refuse_mass_stop(con, rule, rows)
            outcome.moves += [
                Move(row["kind"], rule.benefit, row["grant_id"], row["subject_id"], row["cause"]) for row in rows
            ]
        else:
            outcome.drafts += [_draft(ground, rule, row) for row in rows]
        agreeing = "select grant_id from joined join differences using (grant_id)"
        agreeing += " where granted and not money_differs and not persons_differ"
        outcome.agreeing |= {row[0] for row in con.execute(agreeing).fetchall()}
    outcome.drafts += [_draft(ground, rule, row) for row in _rows(con, _answers(ground, rule))]
    count = con.execute(f"select count(*) from ({QUESTIONS})").fetchone()[0]
    if count:
        outcome.questions[rule.benefit] = count


def _answers(ground: Ground, rule: BenefitRule) -> str:
    patient = PATIENT.format(first=ground.month.isoformat()) if rule.starts == "month_after_birthday" else ""
    return ANSWERS.format(patient=patient)


def _rows(con: Any, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = con.execute(f"{sql} order by subject_id").to_arrow_table().to_pylist()
    return rows


def _draft(ground: Ground, rule: BenefitRule, row: dict[str, Any]) -> Draft:
    return Draft(
        county=ground.county,
        township=row["township"],
        month=ground.month,
        benefit=rule.benefit,
        kind=row["kind"],
        cause=row["cause"],
        assessment_run_id=ground.run_id,
        person_id=row["person_id"],
        household_id=row["household_id"],
        grant_id=row["grant_id"],
        application_id=row.get("application_id"),
        before_fen=row["before_fen"],
        after_fen=row["after_fen"],
        persons_before=row["persons_before"],
        persons_after=row["persons_after"],
        inputs_change_id=ground.mark.change_id if ground.mark else None,
        inputs_at=ground.mark.at if ground.mark else None,
    )


def _refuse_mass_stop(con: Any, rule: BenefitRule, rows: list[dict[str, Any]]) -> None:
    """A fifth of a benefit stopping at once is a wrong declaration or feed far sooner than the truth."""
    stops = sum(row["kind"] == "stop" for row in rows)
    total = con.execute("select count(*) from in_force").fetchone()[0]
    if stops > MASS_STOP_FEWEST and stops * 100 > total * MASS_STOP_PER_CENT:
        raise Refused(
            "cycle.mass_stop",
            f"{rule.title}在享 {total} 人，本月测算要自动停发 {stops} 人，超过百分之{MASS_STOP_PER_CENT}，已中止。",
            "请先核对政策声明和导入的数据；确需停发的，请把该待遇改为逐项办理(month: propose)。",
        )
