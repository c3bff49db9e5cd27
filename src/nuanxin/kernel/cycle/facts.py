"""The months assessed anew by the facts as now known, each by the law of that month, beside what was decided.

A **cell** is a benefit, a household (or person) and a month for which the two differ. What the rules owe counts for
whom there is a ground: a grant that two people decided or a list brought, or an application whose start does not wait
for a decision. Who never applied is owed nothing. `explaining` says of each cell why it stands.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from nuanxin.kernel.casework.selectors import approved_starts, open_applications
from nuanxin.kernel.casework.selectors.matters import Unit, decided_once
from nuanxin.kernel.casework.values import BenefitRule
from nuanxin.kernel.core.months import add_months, month_of, months_between
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.models import MonthRun, TakeoverList
from nuanxin.kernel.engine.duck import opened
from nuanxin.kernel.grants.selectors import KNOWN_DUE, decided_grants, grants_in

SPAN = "benefit varchar, subject_id bigint, first date, until date"
IN_FORCE = "in_force"
# The first month paid where it does not wait for a decision; "by birthday" is the month assessed.
ASKED_FIRST = {"month_of_application": 0, "month_after_application": 1}
# Subjects with a grant in force: the ground, and whether this is the last month of the grant or of one it covers.
STANDING = """
create or replace temp table standing as
select g.benefit, coalesce(g.household_id, g.person_id) as subject_id, min(g.id) as grant_id,
       bool_or(b.id is null) as grounded,
       bool_or(g.to_date = date '{next}' or exists (
         select 1 from grants_coverage c where c.grant_id = g.id and c.to_date = date '{next}')) as ends
  from grants_grant g left join baseless b using (id)
 where g.county = '{county}' and g.from_date <= date '{month}' and (g.to_date is null or g.to_date > date '{month}')
 group by all
"""
DECIDED = """
create or replace temp table decided as
select benefit, coalesce(household_id, person_id) as subject_id, fen
  from ({due}) t(benefit, household_id, person_id, fen)
"""
# Grounds without a grant in force in the month: asked and not answered, agreed and not granted, ended by nobody.
SUBJECTS = """
select benefit, subject_id, grant_id, grounded, ends from standing where benefit = '{benefit}'
union all
select benefit, subject_id, null, true, false from grounds g
 where benefit = '{benefit}' and first <= date '{month}' and (until is null or until > date '{month}')
   and not exists (select 1 from standing s where s.benefit = g.benefit and s.subject_id = g.subject_id)
 group by all
"""
CELLS = """
select s.subject_id, s.grant_id, s.grounded, s.ends, coalesce(d.fen, 0)::bigint as decided_fen,
       case when not s.grounded or r.subject_id is null or not r.granted then 0
            when r.granted then coalesce(r.amount_fen, 0) end as due_fen,
       r.subject_id is not null as asked,
       case when t.subject_id is null or not t.granted then 0 when t.granted then coalesce(t.amount_fen, 0) end
  from ({subjects}) s
  left join decided d using (benefit, subject_id)
  left join read_parquet('{receipts}') r using (subject_id)
  left join ({then}) t using (subject_id)
 where due_fen is distinct from decided_fen
 order by s.subject_id
"""
NEVER = "select null::bigint as subject_id, false as granted, 0::bigint as amount_fen where false"


@dataclass(frozen=True)
class Cell:
    """A month in which the rules by the facts now known do not give what was decided; `due_fen` None: not known.

    `then_fen` is what the month's own run found (None: a question then, too); `ends` the last month of a grant or of a
    person it covers; not `grounded`: nobody decided it, no list brought it; not `granted`: no grant is in force.
    """

    unit: Unit
    month: dt.date
    decided_fen: int
    due_fen: int | None
    then_fen: int | None
    moves: str
    grant_id: int | None = None
    grounded: bool = True
    ends: bool = False
    asked: bool = True
    once: bool = False
    last: bool = False

    @property
    def fen(self) -> int:
        """Return what is due beyond what was decided, below nought what is too much; 0 when it is not known."""
        return 0 if self.due_fen is None else self.due_fen - self.decided_fen


def cells_of(county: str, first: dt.date, last: dt.date, folder: Path) -> list[Cell]:
    """Return every cell of the months; `folder` takes the county's tables and receipts: the caller clears it."""
    source = assessments()
    place = folder / "tables"
    place.mkdir(parents=True)
    tables = source.copy_aside(county, place)
    newest = MonthRun.objects.filter(county=county, assessment_run_id__isnull=False).order_by("-month").first()
    found: list[Cell] = []
    with opened(scanner=False) as con:
        for name in ("grant", "coverage", "share"):
            con.execute(f"create temp view grants_{name} as select * from read_parquet('{tables[name]}')")
        _ground(con, county, first, last)
        for month in months_between(first, last):
            receipts = folder / f"{month:%Y-%m}"
            receipts.mkdir()
            source.assess_aside(county, month, tables, receipts)
            look = _Month(con, county, month, receipts, newest is not None and month == newest.month)
            found += look.cells()
    return found


class _Month:
    """One month looked at: what is in force and decided, the receipts of now and those of the month's own run."""

    def __init__(self, con: Any, county: str, month: dt.date, receipts: Path, last: bool) -> None:
        self.con, self.county, self.month, self.receipts, self.last = con, county, month, receipts, last
        run = MonthRun.objects.filter(county=county, month=month).first()
        known = run is not None and run.assessment_run_id is not None
        self.then = assessments().receipts(run.assessment_run_id) if known else None  # type: ignore[union-attr, arg-type]

    def cells(self) -> Iterator[Cell]:
        """Yield the cells of every benefit."""
        dates = {"month": self.month.isoformat(), "next": add_months(self.month, 1).isoformat()}
        self.con.execute(STANDING.format(county=self.county, **dates))
        self.con.execute(DECIDED.format(due=KNOWN_DUE.replace("%s", "?")), [self.county, *[self.month] * 6])
        rules = assessments().rules(self.county, self.month)
        for rule in rules.values():
            path = self.receipts / f"{rule.benefit}.parquet"
            if path.exists():
                yield from self._once(rule, path) if rule.once else self._monthly(rule, path)

    def _monthly(self, rule: BenefitRule, path: Path) -> Iterator[Cell]:
        subjects = SUBJECTS.format(benefit=rule.benefit, month=self.month.isoformat())
        rows = self.con.execute(CELLS.format(subjects=subjects, receipts=path, then=self._then(rule))).fetchall()
        for subject, grant, grounded, ends, decided, due, asked, then in rows:
            yield Cell(
                _unit(rule, subject), self.month, decided, due, then, rule.moves, grant, grounded, ends, asked,
                last=self.last,
            )  # fmt: skip

    def _then(self, rule: BenefitRule) -> str:
        path = self.then / f"{rule.benefit}.parquet" if self.then is not None else None
        return f"select * from read_parquet('{path}')" if path is not None and path.exists() else NEVER

    def _once(self, rule: BenefitRule, path: Path) -> Iterator[Cell]:
        """Yield what was decided once and the rules would not give; what a decision froze is what was found then."""
        decisions = decided_once(self.county, self.month, self.month, [rule.benefit])
        if not decisions:
            return
        subjects = {one.pk: _subject_once(one) for one in decisions}
        query = f"select subject_id, granted, coalesce(amount_fen, 0) from read_parquet('{path}')"
        query += f" where subject_id in ({', '.join(map(str, sorted(set(subjects.values()))))})"
        known = {subject: (granted, fen) for subject, granted, fen in self.con.execute(query).fetchall()}
        for one in decisions:
            granted, fen = known.get(subjects[one.pk], (False, 0))
            frozen = frozen_fen(one.receipt)
            due = None if granted is None else fen if granted else 0
            due = due if one.proposal.month == self.month else frozen
            if due != one.amount_fen:
                unit = _unit(rule, subjects[one.pk])
                yield Cell(unit, self.month, one.amount_fen, due, frozen, rule.moves, once=True)


def _subject_once(one: Any) -> int:
    applicant = one.proposal.application.person_id if one.proposal.application else None
    return int(one.household_id or one.person_id or applicant or 0)


def _unit(rule: BenefitRule, subject: int) -> Unit:
    return (rule.benefit, subject, None) if rule.pays == "household" else (rule.benefit, None, subject)


def _ground(con: Any, county: str, first: dt.date, last: dt.date) -> None:
    """Lay down which grants have no ground, and the grounds that have no grant."""
    rules = assessments().rules(county, last)
    starts = {
        one.pk: one for one in approved_starts(county, [code for code, rule in rules.items() if not rule.once], last)
    }
    lists = set(TakeoverList.objects.filter(county=county, state=IN_FORCE).values_list("id", flat=True))
    columns = ("id", "benefit", "household_id", "person_id", "from_date", "basis", "decision_id", "takeover_list_id")
    rows = grants_in(county).filter(from_date__lte=last).exclude(to_date__lt=first).values_list(*columns)
    baseless = [pk for pk, *row in rows.iterator() if not _has_ground(tuple(row), starts, lists)]
    con.register("baseless_ids", pa.table({"id": pa.array(baseless, pa.int64())}))
    con.execute("create or replace temp table baseless as select * from baseless_ids")
    granted = decided_grants(list(starts))
    spans = [*_asked(county, rules), *_ended_by_nobody(county, first, last)]
    spans += [
        (one.benefit, one.household_id or one.person_id or 0, one.effective_from, None)
        for pk, one in starts.items() if pk not in granted
    ]  # fmt: skip
    con.execute(f"create or replace temp table grounds ({SPAN})")
    if spans:
        con.executemany("insert into grounds values (?, ?, ?, ?)", spans)


def _has_ground(grant: tuple[Any, ...], starts: dict[int, Any], lists: set[int]) -> bool:
    """Tell whether a grant stands on a decision on the same benefit and subject from its month, or on a list."""
    benefit, home, person, since, basis, decision, taken = grant
    if basis == "takeover":
        return taken in lists
    if basis != "decision":
        return True  # made of a grant by a life event, or by two records becoming one
    start = starts.get(decision)
    if start is None or start.effective_from != since or start.benefit != benefit:
        return False
    return bool(start.household_id == home if home is not None else start.person_id == person)


def _asked(county: str, rules: dict[str, BenefitRule]) -> Iterator[tuple[Any, ...]]:
    """Yield who asked and was not answered, from the month that an approval would reach back to."""
    for one in open_applications(county).order_by("id"):
        rule = rules.get(one.benefit)
        if rule is not None and rule.starts in ASKED_FIRST:
            subject = one.household_id if rule.pays == "household" else one.person_id
            yield one.benefit, subject or 0, add_months(month_of(one.filed_on), ASKED_FIRST[rule.starts]), None


def _ended_by_nobody(county: str, first: dt.date, last: dt.date) -> Iterable[tuple[Any, ...]]:
    """Return the subjects whose grant ended without a cause: no service ends one so."""
    rows = grants_in(county).filter(to_date__lte=last, end_cause="").order_by("id")
    for benefit, home, person, end in rows.values_list("benefit", "household_id", "person_id", "to_date"):
        yield benefit, home or person or 0, max(first, end or first), None


def frozen_fen(receipt: str) -> int | None:
    """Return the amount that a decision's frozen receipt gives, None when it gives none."""
    row: dict[str, Any] = json.loads(receipt or "{}")
    return int(row.get("amount_fen") or 0) if row.get("granted") else None
