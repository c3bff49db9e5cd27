"""Where the month gets its snapshot and assessment from: engine and rulebook in life, a folder in tests."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from nuanxin.kernel.casework.values import BenefitRule, Draft
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.cycle.compare import Ground


class Assessments(Protocol):
    """What the month asks of engine and rulebook."""

    def settle_law(self, county: str, month: dt.date, author: Author) -> None:
        """Make sure that the county goes by a law it has adopted; Refused otherwise."""
        ...

    def take_snapshot(self, county: str) -> int:
        """Freeze the county's tables and return the snapshot's id."""
        ...

    def assess(self, county: str, month: dt.date, snapshot_id: int) -> int:
        """Assess everybody and return the run's id."""
        ...

    def rules(self, county: str, month: dt.date) -> dict[str, BenefitRule]:
        """Return what is declared of every benefit in force."""
        ...

    def receipts(self, run_id: int) -> Path:
        """Return the folder of a run's receipts."""
        ...

    def tables(self, snapshot_id: int) -> dict[str, Path]:
        """Return the Parquet file of each table of a snapshot."""
        ...

    def copy_aside(self, county: str, folder: Path) -> dict[str, Path]:
        """Copy the county's tables as they are now to a folder that is no snapshot."""
        ...

    def assess_aside(self, county: str, month: dt.date, tables: dict[str, Path], folder: Path) -> None:
        """Write a month's receipts by the law adopted now to a folder that belongs to no run."""
        ...

    def causes(self, ground: Ground, drafts: Sequence[Draft]) -> dict[int, list[tuple[str, int]]]:
        """Return by place in `drafts` what changed an amount and by how many fen; empty where it cannot be told."""
        ...

    def new_standards(self, county: str, month: dt.date) -> frozenset[str]:
        """Return the benefits of which a parameter begins in the month, or that a standard just published changes."""
        ...


_used: list[Assessments] = []


def assessments() -> Assessments:
    """Return who assesses: the rulebook, or whom `use_assessments` named."""
    if not _used:
        from nuanxin.kernel.cycle.rulebook_assessments import RulebookAssessments

        _used.append(RulebookAssessments())
    return _used[0]


def use_assessments(other: Assessments | None) -> None:
    """Let somebody else assess; None brings the rulebook back."""
    _used[:] = [other] if other else []
