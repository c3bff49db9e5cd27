"""What other rooms hand in: drafts of tasks and letters, and the owner of a row."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

Owner = tuple[str, int]  # ("case", 7), ("grant", 3), ("appeal", 2), ("publication", 4)


@dataclass(frozen=True)
class TaskDraft:
    """A task to be opened: `key` makes it once; `role` is a role's or a permission's code while nobody holds it.

    `due_on` is the caller's (working days: core.workdays). Without assignee and role nobody would see it: refused.
    """

    county: str
    division_id: str
    kind: str
    title: str
    owner: Owner
    due_on: dt.date
    key: str
    role: str = ""
    assignee_id: int | None = None


def holder_of(assignee_id: int | None, role: str) -> str:
    """Return how a task's column `holder` names an account, or a role or permission while nobody has it."""
    return f"a{assignee_id}" if assignee_id is not None else f"r:{role}"


@dataclass(frozen=True)
class LetterDraft:
    """A letter to be queued: `kind` of LetterKind, `values` fill the placeholders of its wording as plain text."""

    county: str
    division_id: str
    kind: str
    owner: Owner
    person_id: int | None
    household_id: int | None
    values: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
