"""The reads of the room, for every room above it."""

from nuanxin.kernel.work.selectors.files import attachment_seen, attachments_of, visit_seen, visits_of
from nuanxin.kernel.work.selectors.letters import (
    letter_seen,
    letter_words,
    letters_by_ids,
    letters_in,
    letters_of,
    letters_seen,
    queued_keys,
)
from nuanxin.kernel.work.selectors.tasks import (
    TaskCounts,
    hand_overs_among,
    in_area_of,
    keys_of,
    may_arrange,
    open_tasks_of,
    own_tasks,
    stand_ins_among,
    stood_in_for,
    task_counts,
    tasks_of,
    waiting_tasks,
)

__all__ = [
    "TaskCounts",
    "attachment_seen",
    "attachments_of",
    "hand_overs_among",
    "in_area_of",
    "keys_of",
    "letter_seen",
    "letter_words",
    "letters_by_ids",
    "letters_in",
    "letters_of",
    "letters_seen",
    "may_arrange",
    "open_tasks_of",
    "own_tasks",
    "queued_keys",
    "stand_ins_among",
    "stood_in_for",
    "task_counts",
    "tasks_of",
    "visit_seen",
    "visits_of",
    "waiting_tasks",
]
