"""The only writers of applications, proposals and decisions."""

from nuanxin.kernel.casework.limits import Asked, register_limit
from nuanxin.kernel.casework.move_effects import Acting, known_effects, register_move_effect
from nuanxin.kernel.casework.services.appeals import assign_appeal, decide_appeal, disclose_complainant, receive_appeal
from nuanxin.kernel.casework.services.applications import file_application, load_applications, withdraw_application
from nuanxin.kernel.casework.services.cases import accept_application, open_case
from nuanxin.kernel.casework.services.certificates import warn_certificates
from nuanxin.kernel.casework.services.checking import check_decision, check_decisions, return_decision
from nuanxin.kernel.casework.services.looking_back import find_reassessments
from nuanxin.kernel.casework.services.making import make_decision, make_decisions
from nuanxin.kernel.casework.services.moving import (
    assign_cases,
    close_due_notices,
    mark_near_relative,
    move_case,
    take_case,
    transfer_case,
)
from nuanxin.kernel.casework.services.payees import name_payee
from nuanxin.kernel.casework.services.phase_out import propose_phase_out
from nuanxin.kernel.casework.services.proposal_cases import open_lowering_cases
from nuanxin.kernel.casework.services.proposals import supersede_proposals, write_proposals
from nuanxin.kernel.casework.services.raised import raise_review
from nuanxin.kernel.casework.services.reassessing import check_reassessment, look_back, propose_reassessment
from nuanxin.kernel.casework.services.renewals import CAUSE as CARD_EXPIRED
from nuanxin.kernel.casework.services.renewals import ended_papers, resume_renewed
from nuanxin.kernel.casework.services.reviews import (
    check_reviews,
    close_cases_reviews,
    confirm_reviews,
    finish_review,
    open_review_case,
    propose_reviews,
)
from nuanxin.kernel.casework.services.samples import draw_samples, record_sample
from nuanxin.kernel.casework.services.stages import check_stage_stop, confirm_stage, propose_stage_stop
from nuanxin.kernel.casework.services.unfit import unchecked_reasons, unmade_reasons

__all__ = [
    "CARD_EXPIRED",
    "Acting",
    "Asked",
    "accept_application",
    "assign_appeal",
    "assign_cases",
    "check_decision",
    "check_decisions",
    "check_reassessment",
    "check_reviews",
    "check_stage_stop",
    "close_cases_reviews",
    "close_due_notices",
    "confirm_reviews",
    "confirm_stage",
    "decide_appeal",
    "disclose_complainant",
    "draw_samples",
    "ended_papers",
    "file_application",
    "find_reassessments",
    "finish_review",
    "known_effects",
    "load_applications",
    "look_back",
    "make_decision",
    "make_decisions",
    "mark_near_relative",
    "move_case",
    "name_payee",
    "open_case",
    "open_lowering_cases",
    "open_review_case",
    "propose_phase_out",
    "propose_reassessment",
    "propose_reviews",
    "propose_stage_stop",
    "raise_review",
    "receive_appeal",
    "record_sample",
    "register_limit",
    "register_move_effect",
    "resume_renewed",
    "return_decision",
    "supersede_proposals",
    "take_case",
    "transfer_case",
    "unchecked_reasons",
    "unmade_reasons",
    "warn_certificates",
    "withdraw_application",
    "write_proposals",
]
