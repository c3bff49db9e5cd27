"""Facts told late: whose months already paid they change is found by the system and put on somebody's desk."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db import transaction

from nuanxin.kernel.casework import reassessing
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.enums import ReassessmentState
from nuanxin.kernel.casework.models import Reassessment
from nuanxin.kernel.casework.models.reassessing import WAITING
from nuanxin.kernel.casework.reassessing import Reckoned
from nuanxin.kernel.casework.services.reassessing import OWNER
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.months import add_months, month_end, month_of
from nuanxin.kernel.grants.past import grants_paying_since
from nuanxin.kernel.grants.types import Grant
from nuanxin.kernel.payments.selectors import months_due
from nuanxin.kernel.registry.selectors import household_of, members_of
from nuanxin.kernel.registry.selectors.changed import ToldLate, told_late
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.work.services import open_tasks
from nuanxin.kernel.work.values import TaskDraft

DAYS_BACK = 92


def find_reassessments(*, county: str, author: Author, on: dt.date) -> int:
    """Open a reassessment with its task for each grant that facts told late would have paid otherwise; return how many.

    Months count from the one after the fact began, as a change counts from the month after it is decided; where it
    held when the grant began, from there. Looked at is what was recorded in the last three months; again, nothing new.
    """
    months = months_due(county)
    late = told_late(county, on - dt.timedelta(days=DAYS_BACK)) if months else []
    return sum(_open(author, on, grant, rows, months) for grant, rows in _concerned(county, late, on) if months)


def _concerned(county: str, late: Sequence[ToldLate], on: dt.date) -> Iterator[tuple[Grant, list[ToldLate]]]:
    """Yield the grants that a fact told late may concern, with these facts."""
    read = rulebook.circumstances_read(county, month_of(on)) if late else {}
    found: dict[int, tuple[Grant, list[ToldLate]]] = {}
    for row in late:
        for grant in grants_paying_since(county, _people(row, on), row.valid_from):
            if _concerns(row, grant, read.get(grant.benefit, frozenset())):
                found.setdefault(grant.pk, (grant, []))[1].append(row)
    yield from found.values()


def _concerns(row: ToldLate, grant: Grant, read: frozenset[str]) -> bool:
    """Tell whether a grant counts the household whose member came or went, or its benefit reads the circumstance."""
    return row.household_id == grant.household_id if row.what == "member" else row.kind in read


def _people(row: ToldLate, on: dt.date) -> list[int]:
    """Return whom a fact may concern: all of the household it is about, or in which its person lives."""
    home = row.household_id
    if home is None and (household := household_of(row.person_id or 0, on)) is not None:
        home = household.pk
    people = list(members_of(home, on).values_list("person_id", flat=True)) if home is not None else []
    return people or [row.person_id or 0]


def _open(author: Author, on: dt.date, grant: Grant, rows: Sequence[ToldLate], months: tuple[dt.date, dt.date]) -> int:
    key = f"{grant.pk}:late:{max((row.key for row in rows), key=lambda key: (len(key), key))}"
    known = Reassessment.objects.filter(key=key).exists()
    if known or Reassessment.objects.filter(grant_id=grant.pk, state__in=WAITING).exists():
        return 0
    first = max(months[0], min(_counts_from(grant, row) for row in rows))
    found = [one for one in reassessing.reckon(grant, first, months[1]) if _learned(grant, one)]
    if not found:
        return 0
    more, less = reassessing.totals(found)
    with transaction.atomic():
        change = open_change(author=author, verb="find_reassessments", reason="事实晚报", source=f"grant:{grant.pk}")
        one = Reassessment.objects.create(
            county=grant.county, township=grant.township, division_id=grant.division_id, benefit=grant.benefit,
            grant_id=grant.pk, person_id=grant.person_id, household_id=grant.household_id, first=found[0].month,
            last=found[-1].month, found=_told(rows), more_fen=more, less_fen=less, state=ReassessmentState.OPEN,
            key=key, change=change,
        )  # fmt: skip
        open_tasks(change=change, drafts=[_task(one, on)])
    return 1


def _counts_from(grant: Grant, row: ToldLate) -> dt.date:
    return grant.from_date if row.valid_from <= grant.from_date else add_months(month_of(row.valid_from), 1)


def _learned(grant: Grant, one: Reckoned) -> bool:
    """Tell whether a month differs, and its own run did not find so already: what stood then is no news."""
    if not one.differs or one.live.granted is None:
        return False
    run = rulebook.latest_run(grant.county, one.month)
    if run is None:
        return True
    subject = grant.household_id or grant.person_id or 0
    then = assessor().assessed(run.pk, grant.benefit, [subject]).get(subject)
    return then is None or then.amount_fen != one.live.amount_fen


def _told(rows: Sequence[ToldLate]) -> str:
    days: dict[tuple[str, str], dt.date] = defaultdict(lambda: dt.date.max)
    for row in rows:
        days[row.what, row.kind] = min(days[row.what, row.kind], row.valid_from)
    told = [{"what": what, "kind": kind, "on": day.isoformat()} for (what, kind), day in sorted(days.items())]
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _task(one: Reassessment, on: dt.date) -> TaskDraft:
    return TaskDraft(
        county=one.county, division_id=one.division_id, kind=OWNER,
        title=f"追溯核算：{one.first:%Y-%m} 至 {one.last:%Y-%m} 已发的与查明的事实不符", owner=(OWNER, one.pk),
        due_on=month_end(on), key=f"reassessment:{one.pk}", role="cases.make",
    )  # fmt: skip
