"""The room's tables: the walk from application to decision; cases, reviews and appeals beside it."""

from nuanxin.kernel.casework.models.walk import Application, Decision, Proposal

__all__ = ["Application", "Decision", "Proposal"]
