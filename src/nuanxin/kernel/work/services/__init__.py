"""The only writers of the room."""

from nuanxin.kernel.work.services.tasks import assign_task, drop_tasks, finish_tasks, open_tasks

__all__ = [
    "assign_task",
    "drop_tasks",
    "finish_tasks",
    "open_tasks",
]
