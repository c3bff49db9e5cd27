"""Engine and rulebook as the month asks them."""

import datetime as dt
from pathlib import Path

from nuanxin.kernel.casework.rulebook_assessor import RulebookAssessor
from nuanxin.kernel.casework.values import BenefitRule
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.engine.selectors import snapshot_by_id, snapshot_files
from nuanxin.kernel.engine.services import take_snapshot
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook.services import assess_county, settle_law


class RulebookAssessments:
    """Takes snapshots and assesses with the law as declared."""

    def settle_law(self, county: str, month: dt.date, author: Author) -> None:
        """Make sure that the county goes by a law it has adopted: published by two, upgrades looked through."""
        settle_law(county=county, month=month, author=author)

    def take_snapshot(self, county: str) -> int:
        """Freeze the county's tables."""
        return take_snapshot(county=county).pk

    def assess(self, county: str, month: dt.date, snapshot_id: int) -> int:
        """Assess everybody."""
        return assess_county(county=county, month=month, snapshot=snapshot_by_id(snapshot_id)).pk

    def rules(self, county: str, month: dt.date) -> dict[str, BenefitRule]:
        """Return what is declared of every benefit in force."""
        return RulebookAssessor().rules(county, month)

    def receipts(self, run_id: int) -> Path:
        """Return the folder of a run's receipts."""
        return rulebook.run_folder(rulebook.run_by_id(run_id))

    def tables(self, snapshot_id: int) -> dict[str, Path]:
        """Return the Parquet file of each table of a snapshot."""
        return snapshot_files(snapshot_by_id(snapshot_id))

    def new_standards(self, county: str, month: dt.date) -> frozenset[str]:
        """Return the benefits of which a parameter begins in the month, or that a standard just published changes."""
        return rulebook.published_benefits(county, month) | frozenset(
            benefit
            for benefit in self.rules(county, month)
            if any(value.since == month for value in rulebook.parameters(county, benefit, month))
        )
