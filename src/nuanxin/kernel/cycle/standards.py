"""What a new standard does to grants in force: both laws' receipts of one snapshot beside the shares of a month."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuanxin.kernel.casework.values import BenefitRule
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.grants.values import Restatement

# Subjects granted under both laws whose result differs; `standing` when they have the benefit in the month.
CHANGED = """
create or replace temp table changed as
select a.subject_id, coalesce(b.amount_fen, 0) as before_fen, coalesce(a.amount_fen, 0) as after_fen,
       a.granted as after_granted, b.granted as before_granted
  from read_parquet('{after}') a join read_parquet('{before}') b using (subject_id)
 where coalesce(a.amount_fen, 0) <> coalesce(b.amount_fen, 0) or a.granted is distinct from b.granted
"""
STANDING = """
create or replace temp table standing as
select g.id as grant_id, c.id as coverage_id, coalesce(g.household_id, g.person_id) as subject_id, c.person_id,
       g.household_id, c.township
  from read_parquet('{grant}') g join read_parquet('{coverage}') c on c.grant_id = g.id
 where g.benefit = '{benefit}' and g.county = '{county}'
   and g.from_date <= date '{month}' and (g.to_date is null or g.to_date > date '{month}')
   and c.from_date <= date '{month}' and (c.to_date is null or c.to_date > date '{month}')
"""
PAID = """
create or replace temp table paid as
select s.coverage_id, s.component, sum(s.amount_fen)::bigint as fen, max(coalesce(s.to_date, date '9999-01-01')) as ends
  from read_parquet('{share}') s join standing using (coverage_id)
 where s.superseded_at is null and s.from_date <= date '{month}' and (s.to_date is null or s.to_date > date '{month}')
 group by 1, 2
"""
PERSONS = "select r.subject_id, r.subject_id as person_id, {components} from read_parquet('{after}') r"
MEMBERS = (
    "select r.household_id as subject_id, r.person_id, {components} from read_parquet('{members}') r where r.counts"
)
# What every covered person of a changed subject should have had, whole and as it was paid.
WANTED = """
select s.grant_id, s.person_id, c.before_fen, c.after_fen, {listed},
       coalesce((select sum(p.fen) from paid p where p.coverage_id = s.coverage_id), 0)::bigint as was,
       (select min(p.ends) from paid p where p.coverage_id = s.coverage_id) as ends
  from changed c join standing s using (subject_id) join wanted w using (subject_id, person_id)
 where c.after_granted and c.before_granted
 order by 1, 2
"""
SUBJECTS = """
select s.grant_id, min(s.person_id) as person_id, min(s.household_id) as household_id, c.subject_id, c.before_fen,
       c.after_fen
  from changed c join standing s using (subject_id) where c.after_granted and c.before_granted
 group by s.grant_id, c.subject_id, c.before_fen, c.after_fen order by 1
"""


@dataclass(frozen=True)
class Sides:
    """A month under two laws: folders of receipts, the run that keeps the later one, tables of the snapshot."""

    county: str
    month: dt.date
    before: Path
    after: Path
    run_id: int
    tables: dict[str, Path]


@dataclass(frozen=True)
class Affected:
    """A grant in force whose amount a new standard changes; fen a month."""

    benefit: str
    grant_id: int
    person_id: int
    household_id: int | None
    subject_id: int
    before_fen: int
    after_fen: int


def affected(sides: Sides, rules: Iterable[BenefitRule]) -> list[Affected]:
    """Return the grants in force in the month whose amount the new law changes."""
    found: list[Affected] = []
    with opened(scanner=False) as con:
        for rule in rules:
            if _attach(con, sides, rule):
                rows = con.execute(SUBJECTS).fetchall()
                found += [Affected(rule.benefit, *row) for row in rows]
    return found


def changed_subjects(sides: Sides, rules: Iterable[BenefitRule]) -> set[tuple[str, int]]:
    """Return (benefit, subject) of everybody whose result differs, in force or not."""
    found: set[tuple[str, int]] = set()
    with opened(scanner=False) as con:
        for rule in rules:
            if _attach(con, sides, rule):
                rows = con.execute("select subject_id from changed").fetchall()
                found |= {(rule.benefit, row[0]) for row in rows}
    return found


def restatements(sides: Sides, rules: Iterable[BenefitRule], *, lasting: bool, only_more: bool) -> list[Restatement]:
    """Return what the month's shares should be under the new law, where it differs from what they are.

    `lasting` reaches as far as the share in force in the month. `only_more` leaves a person alone who would get less:
    a standard that lowers does not reach back into months that have passed.
    """
    made: list[Restatement] = []
    with opened(scanner=False) as con:
        for rule in rules:
            if _attach(con, sides, rule):
                made += _restatements(con, sides, rule, lasting=lasting, only_more=only_more)
    return made


def _attach(con: Any, sides: Sides, rule: BenefitRule) -> bool:
    before, after = (folder / f"{rule.benefit}.parquet" for folder in (sides.before, sides.after))
    if not (before.exists() and after.exists()):
        return False
    places = {"county": sides.county, "month": sides.month.isoformat(), "benefit": rule.benefit, **sides.tables}
    con.execute(CHANGED.format(before=before, after=after))
    con.execute(STANDING.format(**places))
    return True


def _restatements(
    con: Any, sides: Sides, rule: BenefitRule, *, lasting: bool, only_more: bool
) -> Iterable[Restatement]:
    con.execute(PAID.format(month=sides.month.isoformat(), **sides.tables))
    names = [f"c_{name}" for name in rule.components]
    columns = ", ".join(f"coalesce(r.{name}, 0)::bigint as {name}" for name in names)
    source = PERSONS if rule.pays == "person" else MEMBERS
    folder = sides.after
    rows = source.format(
        components=columns, after=folder / f"{rule.benefit}.parquet", members=folder / f"{rule.benefit}_members.parquet"
    )
    con.execute(f"create or replace temp table wanted as {rows}")
    listed = ", ".join(f"w.{name}" for name in names)
    for row in con.execute(WANTED.format(listed=listed)).to_arrow_table().to_pylist():
        shares = _shares(row, rule.components)
        if only_more and sum(fen for _, fen in shares) <= row["was"]:
            continue
        yield Restatement(
            grant_id=row["grant_id"],
            person_id=row["person_id"],
            from_date=sides.month,
            to_date=_end(sides.month, row["ends"], lasting=lasting),
            shares=shares,
            assessment_run_id=sides.run_id,
        )


def _shares(row: dict[str, Any], components: Sequence[str]) -> tuple[tuple[str, int], ...]:
    return tuple((name, row[f"c_{name}"]) for name in components if row[f"c_{name}"])


def _end(month: dt.date, ends: dt.date | None, *, lasting: bool) -> dt.date | None:
    if not lasting:
        return add_months(month, 1)
    return None if ends is None or ends.year == dt.date.max.year else ends
