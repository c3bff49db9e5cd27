"""The room's tables: the walk from application to decision; cases, stages, reviews and appeals beside it."""

from nuanxin.kernel.casework.models.appeals import Appeal
from nuanxin.kernel.casework.models.cases import (
    Case,
    CaseMove,
    CaseTransfer,
    Hearing,
    Objection,
    PublicNotice,
)
from nuanxin.kernel.casework.models.reassessing import ReassessedMonth, ReassessedShare, Reassessment
from nuanxin.kernel.casework.models.reviews import Draw, Review, Sample
from nuanxin.kernel.casework.models.stages import Stage
from nuanxin.kernel.casework.models.walk import Application, Decision, Proposal

__all__ = [
    "Appeal",
    "Application",
    "Case",
    "CaseMove",
    "CaseTransfer",
    "Decision",
    "Draw",
    "Hearing",
    "Objection",
    "Proposal",
    "PublicNotice",
    "ReassessedMonth",
    "ReassessedShare",
    "Reassessment",
    "Review",
    "Sample",
    "Stage",
]
