"""The only writers of the room."""

from nuanxin.kernel.work.services.attachments import (
    add_attachment,
    largest_attachment,
    open_attachment,
    refuse_size,
    void_attachment,
)
from nuanxin.kernel.work.services.letters import issue_letters, mark_delivered, queue_letters, void_letter
from nuanxin.kernel.work.services.printing import PRINTED_AT_ONCE, check_fonts, letter_file, letters_file
from nuanxin.kernel.work.services.standins import (
    HandingOver,
    begin_stand_in,
    end_stand_in,
    hand_over,
    register_handover,
)
from nuanxin.kernel.work.services.tasks import assign_task, drop_tasks, finish_tasks, open_tasks
from nuanxin.kernel.work.services.visits import amend_visit, record_visit, sign_visit

__all__ = [
    "PRINTED_AT_ONCE",
    "HandingOver",
    "add_attachment",
    "amend_visit",
    "assign_task",
    "begin_stand_in",
    "check_fonts",
    "drop_tasks",
    "end_stand_in",
    "finish_tasks",
    "hand_over",
    "issue_letters",
    "largest_attachment",
    "letter_file",
    "letters_file",
    "mark_delivered",
    "open_attachment",
    "open_tasks",
    "queue_letters",
    "record_visit",
    "refuse_size",
    "register_handover",
    "sign_visit",
    "void_attachment",
    "void_letter",
]
