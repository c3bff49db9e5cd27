"""Limits over several decisions: a domain says for a benefit what is too much, and every way to decide asks it."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nuanxin.kernel.casework.enums import ProposalKind
from nuanxin.kernel.casework.models import Proposal
from nuanxin.kernel.core.errors import Refused


@dataclass(frozen=True)
class Asked:
    """What is about to be granted: money in fen, the receipt's row (steps by name, facts as `f_…`), the case if any."""

    county: str
    month: dt.date
    benefit: str
    person_id: int | None
    household_id: int | None
    case_id: int | None
    amount_fen: int
    receipt: Mapping[str, Any]


Limit = Callable[[Asked], Refused | None]
_limits: dict[str, Limit] = {}


def register_limit(benefit: str, limit: Limit) -> None:
    """Let a benefit's starts be held against what was granted before; the limit returns why one is too much."""
    _limits[benefit] = limit


def is_limited(proposal: Proposal) -> bool:
    """Tell whether somebody registered a limit for what is proposed."""
    return proposal.kind == ProposalKind.START and proposal.benefit in _limits


def beyond_limit(proposal: Proposal, receipt: str) -> Refused | None:
    """Return why granting what is proposed, by this receipt, is too much; None when it is not."""
    if not is_limited(proposal):
        return None
    asked = Asked(
        proposal.county, proposal.month, proposal.benefit, proposal.person_id, proposal.household_id, proposal.case_id,
        proposal.after_fen, json.loads(receipt or "{}"),
    )  # fmt: skip
    return _limits[proposal.benefit](asked)
