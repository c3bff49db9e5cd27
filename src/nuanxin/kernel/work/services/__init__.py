"""The only writers of the room."""

from nuanxin.kernel.work.services.letters import issue_letters, mark_delivered, queue_letters, void_letter
from nuanxin.kernel.work.services.tasks import assign_task, drop_tasks, finish_tasks, open_tasks

__all__ = [
    "assign_task",
    "drop_tasks",
    "finish_tasks",
    "issue_letters",
    "mark_delivered",
    "open_tasks",
    "queue_letters",
    "void_letter",
]
