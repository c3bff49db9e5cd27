"""Row types that the room's verbs hand back, for annotations elsewhere."""

from nuanxin.kernel.rulebook.models import AssessmentRun

__all__ = ["AssessmentRun"]
