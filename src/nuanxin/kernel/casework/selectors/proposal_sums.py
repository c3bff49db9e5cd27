"""The month's proposals by what they do to people: raises, cuts, stops and starts stand apart, with their sums."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from nuanxin.kernel.casework.enums import ProposalKind, Side
from nuanxin.kernel.casework.models import Proposal

SIDES: dict[Side, Q] = {
    Side.START: Q(kind=ProposalKind.START),
    Side.RAISE: Q(kind=ProposalKind.CHANGE, after_fen__gt=F("before_fen")),
    Side.SAME: Q(kind=ProposalKind.CHANGE, after_fen=F("before_fen")),
    Side.CUT: Q(kind=ProposalKind.CHANGE, after_fen__lt=F("before_fen")),
    Side.STOP: Q(kind=ProposalKind.STOP),
    Side.REFUSE: Q(kind=ProposalKind.REFUSE),
}
LOWERING = SIDES[Side.CUT] | SIDES[Side.STOP]
"""What takes money from people: never agreed to with “all that the filter leaves”."""


@dataclass(frozen=True)
class ProposalSum:
    """How many proposals of a side, benefit and main cause, and their money a month before and after, in fen."""

    side: Side
    benefit: str
    cause: str
    count: int
    before_fen: int
    after_fen: int

    @property
    def difference_fen(self) -> int:
        """Return what a month costs more (or less)."""
        return self.after_fen - self.before_fen


def side_of(proposal: Proposal) -> Side:
    """Return what a proposal does."""
    if proposal.kind != ProposalKind.CHANGE:
        return Side(proposal.kind)
    difference = proposal.after_fen - proposal.before_fen
    return Side.RAISE if difference > 0 else Side.CUT if difference < 0 else Side.SAME


def proposal_sums(rows: QuerySet[Proposal], *, by_cause: bool = True) -> list[ProposalSum]:
    """Return the sums of some proposals by side, benefit and main cause, in the order of sides."""
    names = ("benefit", "cause") if by_cause else ("benefit",)
    found = []
    for side, condition in SIDES.items():
        groups = rows.filter(condition).select_related(None).order_by(*names).values(*names)
        counted = groups.annotate(
            n=Count("pk"), before=Coalesce(Sum("before_fen"), 0), after=Coalesce(Sum("after_fen"), 0)
        )
        found += [ProposalSum(side, g["benefit"], g.get("cause", ""), g["n"], g["before"], g["after"]) for g in counted]
    return found


def total(sums: Iterable[ProposalSum]) -> tuple[int, int, int]:
    """Return (count, fen before, fen after) of some sums."""
    listed = list(sums)
    return sum(s.count for s in listed), sum(s.before_fen for s in listed), sum(s.after_fen for s in listed)


def causes_in(rows: QuerySet[Proposal]) -> list[str]:
    """Return the main causes among some proposals."""
    return sorted(set(rows.select_related(None).order_by().values_list("cause", flat=True).distinct()))
