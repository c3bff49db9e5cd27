"""One record walked down: bank file and batch, due, grant, decision or takeover row, receipt, clauses, facts."""

from nuanxin.kernel.statistics.lineage.steps import Reader, TraceStep
from nuanxin.kernel.statistics.lineage.walk import walk_record

__all__ = ["Reader", "TraceStep", "walk_record"]
