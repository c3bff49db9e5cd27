"""Papers that end: the holder and the township are told 90, 60 and 30 days before (dated parameters)."""

import datetime as dt

from django.db import transaction

from nuanxin.kernel.access.selectors import masked_name
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.standing import benefits_covering
from nuanxin.kernel.registry.selectors import people_by_ids
from nuanxin.kernel.registry.selectors.changed import EndingPaper, ending_papers
from nuanxin.kernel.registry.types import Person
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.work.selectors import tasks_of
from nuanxin.kernel.work.services import drop_tasks, open_tasks, queue_letters
from nuanxin.kernel.work.values import LetterDraft, TaskDraft

THRESHOLDS = "certificate_warning_days"
OWNER = "person"
BATCH = 500


def warn_certificates(*, county: str, on: dt.date, author: Author) -> int:
    """Open a task and queue a letter for each paper of a benefit's holder that ends soon; returns the new warnings.

    Each threshold warns once (by person, paper and end), the nearest one reached; a paper renewed meanwhile warns no
    more. The task of an earlier threshold is dropped when the next one opens.
    """
    days = sorted(int(str(value)) for value in rulebook.numbers(county, THRESHOLDS, on).values() if value is not None)
    names = rulebook.circumstance_certificates(county)
    if not days or not names:
        return 0
    papers = ending_papers(county, names, on, on + dt.timedelta(days=days[-1]))
    covered = benefits_covering(county, (paper.person_id for paper in papers))
    titles = {code: one.title for code, one in rulebook.benefits(county, on.replace(day=1)).items()}
    read = rulebook.circumstances_read(county, on.replace(day=1))
    affected = {
        paper: [code for code in covered.get(paper.person_id, ()) if paper.kind in read.get(code, ())]
        for paper in papers
    }
    listed = [paper for paper in papers if affected[paper]]
    warned = 0
    for start in range(0, len(listed), BATCH):
        part = listed[start : start + BATCH]
        people = people_by_ids(paper.person_id for paper in part)
        drafts = [
            _Warning(paper, people[paper.person_id], names[paper.kind], _threshold(paper, on, days)) for paper in part
        ]
        words = {paper: "、".join(titles[code] for code in affected[paper]) for paper in part}
        warned += _warn(county, author, drafts, words)
    return warned


def _threshold(paper: EndingPaper, on: dt.date, days: list[int]) -> int:
    """Return the nearest threshold that has been reached: 59 days before the end it is 60."""
    left = (paper.last_day - on).days
    return next(one for one in days if left <= one)


class _Warning:
    """One paper, its holder and the threshold reached."""

    def __init__(self, paper: EndingPaper, person: Person, name: str, threshold: int) -> None:
        self.paper, self.person, self.name, self.threshold = paper, person, name, threshold

    @property
    def key(self) -> str:
        """Return what makes the warning once."""
        return f"cert:{self.paper.person_id}:{self.paper.kind}:{self.paper.last_day}:{self.threshold}"

    @property
    def kind(self) -> str:
        """Return the kind of task, by paper: an earlier threshold's is found by it."""
        return f"cert_{self.paper.kind}"[:30]

    def task(self, county: str) -> TaskDraft:
        """Return the township's task."""
        return TaskDraft(
            county=county,
            division_id=self.person.division_id,
            kind=self.kind,
            title=f"{masked_name(self.person.name)} {self.name} {self.paper.last_day} 到期，提醒续办",
            owner=(OWNER, self.person.pk),
            due_on=self.paper.last_day,
            key=self.key,
            role="people.write",
        )

    def letter(self, county: str, benefits: str) -> LetterDraft:
        """Return the letter to the holder."""
        values = {"name": self.person.name, "document": self.name, "ends_on": self.paper.last_day.isoformat()}
        return LetterDraft(
            county=county,
            division_id=self.person.division_id,
            kind="expiry",
            owner=(OWNER, self.person.pk),
            person_id=self.person.pk,
            household_id=None,
            values={**values, "benefit": benefits},
            key=self.key,
        )


def _warn(county: str, author: Author, warnings: list[_Warning], benefits: dict[EndingPaper, str]) -> int:
    with transaction.atomic():
        change = open_change(
            author=author, verb="warn_certificates", reason="证件到期提醒", source="certificates", rows=len(warnings)
        )
        fresh = queue_letters(change=change, drafts=[one.letter(county, benefits[one.paper]) for one in warnings])
        if fresh:
            _open_tasks(county, change, warnings)
    return fresh


def _open_tasks(county: str, change: Change, warnings: list[_Warning]) -> None:
    """Open the tasks whose threshold is new; the same paper's earlier task makes way."""
    for one in warnings:
        known = tasks_of((OWNER, one.person.pk), open_only=False)
        if not known.filter(key=one.key).exists():
            drop_tasks(change=change, owner=(OWNER, one.person.pk), kind=one.kind)
    open_tasks(change=change, drafts=[one.task(county) for one in warnings])
