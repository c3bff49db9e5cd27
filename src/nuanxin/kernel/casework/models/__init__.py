"""The room's tables: the walk from application to decision; cases, reviews and appeals beside it."""

from nuanxin.kernel.casework.models.cases import (
    Case,
    CaseMove,
    CaseTransfer,
    Hearing,
    Objection,
    PublicNotice,
)
from nuanxin.kernel.casework.models.walk import Application, Decision, Proposal

__all__ = [
    "Application",
    "Case",
    "CaseMove",
    "CaseTransfer",
    "Decision",
    "Hearing",
    "Objection",
    "Proposal",
    "PublicNotice",
]
