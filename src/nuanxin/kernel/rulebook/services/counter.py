"""What the rules say of one subject now, frozen for a case; `recomputing` computes it again from what was frozen."""

import datetime as dt
import json
from typing import Any

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.rulebook.frozen import Frozen, freeze_rows
from nuanxin.kernel.rulebook.releases import law_of
from nuanxin.kernel.rulebook.services.runs import keep_release


def assess_subject(
    *, county: str, month: dt.date, benefit: str, person_id: int | None, household_id: int | None
) -> Frozen:
    """Return today's assessment of one benefit for one subject, nothing stored; Refused when it is not offered.

    `household_id` is the subject's household (for a benefit of persons: the one the person lives in), None when none.
    """
    law = law_of(county, month)
    if benefit not in law.plan.benefits:
        reason = law.plan.skipped.get(benefit, f"{month:%Y-%m} 没有待遇“{benefit}”")
        raise Refused("benefit.not_offered", f"{reason}。", "请核对待遇代码和本县参数。")
    return freeze_rows(law, month, benefit, person_id, household_id)


def keep_release_of(*, county: str, month: dt.date, release_id: str) -> str:
    """Store the release that an assessment used and return its SM3; Refused when the law changed in between."""
    law = law_of(county, month)
    if law.sm3 != release_id:
        raise Refused("benefit.law_changed", "测算之后政策声明有改动。", "请重新打开案件，核对新的测算结果。")
    return str(keep_release(law=law).sm3)


def receipt_text(row: dict[str, Any]) -> str:
    """Return a receipt's row as the canonical text that decisions keep."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
