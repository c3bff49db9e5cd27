"""Open tasks of a village or township that was merged lie on the desks of the place it went into."""

from nuanxin.kernel.registry.events import DivisionNotice, register_division_handler
from nuanxin.kernel.work.enums import TaskState
from nuanxin.kernel.work.models import Task

TOWNSHIP = 9


def register_handlers() -> None:
    """Tell the registry what this room does when places are merged."""
    register_division_handler(follow_division)


def follow_division(notice: DivisionNotice) -> None:
    """Hand the open tasks over."""
    waiting = Task.objects.filter(division_id=notice.code, state=TaskState.OPEN)
    waiting.update(division_id=notice.into, township=notice.into[:TOWNSHIP], change=notice.change)
