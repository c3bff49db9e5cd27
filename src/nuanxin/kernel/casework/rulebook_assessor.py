"""The rulebook as casework asks it."""

import datetime as dt
from functools import lru_cache

from nuanxin.kernel.casework.assessed import read_assessed
from nuanxin.kernel.casework.values import Assessed, BenefitRule
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.rulebook import selectors as rulebook


class RulebookAssessor:
    """Answers from the declared benefits and the receipts of assessment runs."""

    def rules(self, county: str, month: dt.date) -> dict[str, BenefitRule]:
        """Return what is declared of every benefit in force in a county and month."""
        return _rules(county, month)

    def rule(self, county: str, month: dt.date, benefit: str) -> BenefitRule:
        """Return what is declared of a benefit; Refused when it is not in force."""
        found = self.rules(county, month).get(benefit)
        if found is None:
            raise Refused("casework.benefit", f"{month:%Y-%m} 没有待遇“{benefit}”。", "请核对待遇代码。")
        return found

    def release_of(self, run_id: int) -> str:
        """Return the SM3 of the release a run used."""
        return rulebook.run_by_id(run_id).release_id

    def assessed(self, run_id: int, benefit: str, subjects: list[int]) -> dict[int, Assessed]:
        """Return what a run found for subjects of a benefit."""
        run = rulebook.run_by_id(run_id)
        return read_assessed(rulebook.run_folder(run), self.rule(run.county, run.month, benefit), subjects)


@lru_cache(maxsize=64)
def _rules(county: str, month: dt.date) -> dict[str, BenefitRule]:
    return {
        code: BenefitRule(
            benefit=code,
            title=one.title,
            pays=one.pays,
            moves=one.month,
            period=one.period,
            starts=one.starts,
            recognises=one.recognises,
            components=tuple(component for component, _ in one.components),
        )
        for code, one in rulebook.benefits(county, month).items()
    }
