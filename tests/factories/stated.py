"""An assessment that knows no receipts: what was taken over stands as stated."""

from pathlib import Path

from nuanxin.kernel.casework.assessed import use_assessor
from nuanxin.kernel.casework.values import BenefitRule
from nuanxin.kernel.cycle.assessing import use_assessments
from tests.factories.month import RULES, Receipts


def use_stated(receipts: Receipts, benefits: tuple[str, ...]) -> None:
    """Let these person benefits be declared, and every assessment come out empty."""
    for code in benefits:
        RULES.setdefault(
            code, BenefitRule(code, code, "person", "apply", "month", "month_of_application", False, ("amount",))
        )
    empty = receipts.home / "none"
    empty.mkdir(parents=True, exist_ok=True)

    def folder(run_id: int) -> Path:
        return empty

    receipts.receipts = folder  # type: ignore[method-assign]
    receipts.write = lambda: 1  # type: ignore[method-assign]
    use_assessor(receipts)
    use_assessments(receipts)
