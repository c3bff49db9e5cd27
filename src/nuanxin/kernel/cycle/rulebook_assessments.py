"""Engine and rulebook as the month asks them."""

import datetime as dt
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from nuanxin.kernel.casework.rulebook_assessor import RulebookAssessor
from nuanxin.kernel.casework.values import BenefitRule, Draft
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.snapshots import all_snapshot_tables
from nuanxin.kernel.cycle.causes import Laws, Parts, attribute
from nuanxin.kernel.cycle.compare import Ground
from nuanxin.kernel.cycle.models import TakeoverDifference
from nuanxin.kernel.engine.copying import copy_tables
from nuanxin.kernel.engine.selectors import snapshot_by_id, snapshot_files
from nuanxin.kernel.engine.services import take_snapshot
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook.assessing import assess_files
from nuanxin.kernel.rulebook.laws import kept_law_in
from nuanxin.kernel.rulebook.releases import Law, read_release
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

    def copy_aside(self, county: str, folder: Path) -> dict[str, Path]:
        """Copy the county's tables as they are now to a folder that is no snapshot."""
        tables = all_snapshot_tables()
        copy_tables(tables.values(), county, folder)
        return {name: folder / f"{name}.parquet" for name in tables}

    def assess_aside(self, county: str, month: dt.date, tables: dict[str, Path], folder: Path) -> None:
        """Write a month's receipts by the law adopted now to a folder that belongs to no run."""
        law = rulebook.adopted(county)
        if law is None:
            raise Refused("audit.no_law", f"{county} 还没有采用任何政策规则。", "请先办理月度，再按事实核对。")
        assess_files(kept_law_in(law.law_sm3, month), tables, month, folder)

    def causes(self, ground: Ground, drafts: Sequence[Draft]) -> dict[int, Parts]:
        """Return by place in `drafts` what changed an amount and by how many fen."""
        adopted = list(rulebook.adopted_laws(ground.county))
        if not adopted:
            return {}

        def earlier(change_id: int, month: dt.date) -> Law:
            standing = [law for at, law in adopted if at <= change_id]
            return kept(standing[-1] if standing else adopted[0][1], month)

        kept = cache(kept_law_in)
        laws = Laws(read_release(rulebook.run_by_id(ground.run_id).release_id), earlier)
        imported = TakeoverDifference.objects.filter(list__county=ground.county).values_list("grant_id", flat=True)
        return attribute(drafts, ground.tables, ground.month, laws, imported)

    def new_standards(self, county: str, month: dt.date) -> frozenset[str]:
        """Return the benefits of which a parameter begins in the month, or that a standard just published changes."""
        return rulebook.published_benefits(county, month) | frozenset(
            benefit
            for benefit in self.rules(county, month)
            if any(value.since == month for value in rulebook.parameters(county, benefit, month))
        )
