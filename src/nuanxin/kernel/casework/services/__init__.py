"""The only writers of applications, proposals and decisions."""

from nuanxin.kernel.casework.services.applications import file_application, load_applications, withdraw_application
from nuanxin.kernel.casework.services.checking import check_decision, check_decisions, return_decision
from nuanxin.kernel.casework.services.making import make_decision, make_decisions
from nuanxin.kernel.casework.services.proposals import supersede_proposals, write_proposals

__all__ = [
    "check_decision",
    "check_decisions",
    "file_application",
    "load_applications",
    "make_decision",
    "make_decisions",
    "return_decision",
    "supersede_proposals",
    "withdraw_application",
    "write_proposals",
]
