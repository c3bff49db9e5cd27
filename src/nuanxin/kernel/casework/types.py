"""The row types that services and selectors of this room hand out, for annotations elsewhere."""

from nuanxin.kernel.casework.models import Application, Case, Decision, Proposal, Stage

__all__ = ["Application", "Case", "Decision", "Proposal", "Stage"]
