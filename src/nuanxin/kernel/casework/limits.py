"""Limits over several decisions: a domain says for a benefit what is too much, and every way to decide asks it."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
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
Concerned = Callable[[Sequence[Proposal]], Iterable[Proposal]]
_limits: dict[str, tuple[Limit, Concerned]] = {}


def register_limit(benefit: str, limit: Limit, concerned: Concerned) -> None:
    """Let a benefit's starts be held against what was granted before; the limit returns why one is too much.

    `concerned` tells of many at once those for whom there is anything before: only these are asked one by one.
    """
    _limits[benefit] = limit, concerned


def is_limited(proposal: Proposal) -> bool:
    """Tell whether somebody registered a limit for what is proposed."""
    return proposal.kind == ProposalKind.START and proposal.benefit in _limits


def concerned_by_limits(proposals: Iterable[Proposal]) -> set[int]:
    """Return the ids of those proposals that may be beyond a limit."""
    groups: dict[str, list[Proposal]] = defaultdict(list)
    for proposal in proposals:
        if is_limited(proposal):
            groups[proposal.benefit].append(proposal)
    return {one.pk for benefit, group in groups.items() for one in _limits[benefit][1](group)}


def beyond_limit(proposal: Proposal, receipt: str) -> Refused | None:
    """Return why granting what is proposed, by this receipt, is too much; None when it is not."""
    if not is_limited(proposal):
        return None
    asked = Asked(
        proposal.county, proposal.month, proposal.benefit, proposal.person_id, proposal.household_id, proposal.case_id,
        proposal.after_fen, json.loads(receipt or "{}"),
    )  # fmt: skip
    return _limits[proposal.benefit][0](asked)
