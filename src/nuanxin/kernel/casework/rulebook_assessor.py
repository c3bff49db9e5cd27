"""The rulebook as casework asks it."""

import datetime as dt
from functools import lru_cache

from nuanxin.kernel.casework.assessed import assessed_text, read_assessed, read_persons
from nuanxin.kernel.casework.values import Assessed, BenefitRule, Live
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.grants.values import Covered
from nuanxin.kernel.rulebook import selectors as rulebook
from nuanxin.kernel.rulebook import services
from nuanxin.kernel.rulebook.frozen import Frozen
from nuanxin.kernel.rulebook.records_read import law_moved


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

    def law_moved(self, release_id: str, county: str, month: dt.date, benefit: str) -> bool:
        """Tell whether the law of a benefit in a month is another now than in a release."""
        return law_moved(release_id, county, month, benefit)

    def assessed(self, run_id: int, benefit: str, subjects: list[int]) -> dict[int, Assessed]:
        """Return what a run found for subjects of a benefit."""
        run = rulebook.run_by_id(run_id)
        return read_assessed(rulebook.run_folder(run), self.rule(run.county, run.month, benefit), subjects)

    def persons(self, run_id: int, benefit: str, subjects: list[int]) -> dict[int, tuple[Covered, ...]]:
        """Return whom a run found a benefit pays what, by subject."""
        run = rulebook.run_by_id(run_id)
        return read_persons(rulebook.run_folder(run), self.rule(run.county, run.month, benefit), subjects)

    def documents(self, county: str, month: dt.date, benefit: str) -> list[str]:
        """Return the papers that a benefit names."""
        offered = rulebook.benefits(county, month).get(benefit)
        return list(offered.documents) if offered else []

    def live(self, county: str, month: dt.date, benefit: str, person_id: int | None, household_id: int | None) -> Live:
        """Return what the rules say of one subject now; nothing is stored."""
        frozen = services.assess_subject(
            county=county, month=month, benefit=benefit, person_id=person_id, household_id=household_id
        )
        return _live(frozen, self.rule(county, month, benefit), month)

    def keep(self, live: Live, county: str) -> str:
        """Store the release that a live assessment used and return its SM3; Refused while the law is not published."""
        services.refuse_loose_files(county=county)
        return services.keep_release_of(county=county, month=live.month, release_id=live.release_id)


def _live(frozen: Frozen, rule: BenefitRule, month: dt.date) -> Live:
    text = services.receipt_text(frozen.row) if frozen.row is not None else ""
    granted = False if frozen.row is None else frozen.row["granted"]
    return Live(
        rule.benefit, month, granted, assessed_text(text, rule), frozen.release_id, frozen.inputs, frozen.receipt
    )


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
            payee=one.payee,
            files=tuple((fact.circumstance, fact.of) for fact in rulebook.application_files(county, month, code)),
        )
        for code, one in rulebook.benefits(county, month).items()
    }
