"""The only writers of applications, proposals and decisions."""

from nuanxin.kernel.casework.services.applications import file_application, load_applications, withdraw_application
from nuanxin.kernel.casework.services.cases import accept_application, open_case
from nuanxin.kernel.casework.services.checking import check_decision, check_decisions, return_decision
from nuanxin.kernel.casework.services.effects import Acting, known_effects, register_move_effect
from nuanxin.kernel.casework.services.making import make_decision, make_decisions
from nuanxin.kernel.casework.services.moving import (
    assign_cases,
    close_due_notices,
    hold_hearing,
    move_case,
    object_to_notice,
    take_case,
    transfer_case,
)
from nuanxin.kernel.casework.services.proposals import supersede_proposals, write_proposals

__all__ = [
    "Acting",
    "accept_application",
    "assign_cases",
    "check_decision",
    "check_decisions",
    "close_due_notices",
    "file_application",
    "hold_hearing",
    "known_effects",
    "load_applications",
    "make_decision",
    "make_decisions",
    "move_case",
    "object_to_notice",
    "open_case",
    "register_move_effect",
    "return_decision",
    "supersede_proposals",
    "take_case",
    "transfer_case",
    "withdraw_application",
    "write_proposals",
]
