"""Reading the parts of decisions that are paid in stages: which there are, which month each is for, which are due."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from nuanxin.kernel.casework.enums import Outcome, ProposalKind, StageState
from nuanxin.kernel.casework.limits import Asked
from nuanxin.kernel.casework.models import Decision, Proposal, Stage
from nuanxin.kernel.core.errors import Fault
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.registry.selectors.chosen import among


@dataclass(frozen=True)
class Part:
    """What of a decision paid once falls to a month, in fen; `before_fen` is the sum of the parts before it."""

    decision: Decision
    month: dt.date
    number: int
    amount_fen: int
    before_fen: int


@dataclass(frozen=True)
class Parts:
    """A decision with its parts, as pages and statements show them."""

    decision: Decision
    rows: tuple[tuple[dt.date | None, Stage], ...]

    @property
    def next(self) -> Stage | None:
        """Return the part to be looked at next, None when none waits or a stop is proposed."""
        waiting = [one for _, one in self.rows if one.state in (StageState.PLANNED, StageState.STOPPING)]
        return waiting[0] if waiting and waiting[0].state == StageState.PLANNED else None

    @property
    def stopping(self) -> Stage | None:
        """Return the first part whose stop waits for a second person."""
        return next((one for _, one in self.rows if one.state == StageState.STOPPING), None)


def stages_of(decision_id: int) -> QuerySet[Stage]:
    """Return the parts of a decision in their order."""
    rows = Stage.objects.filter(decision_id=decision_id).select_related("decision__proposal__case__handled_in")
    return rows.order_by("number")


def month_of_stage(decision: Decision, number: int) -> dt.date:
    """Return the month that a part of a decision in effect is for; Fault before it took effect."""
    if decision.effective_from is None:
        raise Fault(f"decision {decision.pk} has not taken effect")
    return add_months(decision.effective_from, number - 1)


def parts_of(decision: Decision) -> Parts | None:
    """Return a decision's parts with their months (None before it takes effect); None when it is paid in one sum."""
    rows = Stage.objects.filter(decision=decision).select_related("looked_by", "checked_by").order_by("number")
    start = decision.effective_from
    found = tuple((add_months(start, one.number - 1) if start else None, one) for one in rows)
    return Parts(decision, found) if found else None


def staged_for(*, household_id: int | None, person_ids: Iterable[int], year: int) -> list[Parts]:
    """Return the approved decisions on a household or people that are paid in stages from a year on."""
    people = Decision.objects.filter(person_id__in=list(person_ids), household__isnull=True)
    rows = people | Decision.objects.filter(household_id=household_id) if household_id is not None else people
    rows = rows.filter(outcome=Outcome.APPROVED, stages__isnull=False, effective_from__year__in=[year - 1, year])
    found = [parts_of(one) for one in rows.distinct().order_by("id")]
    return [one for one in found if one is not None and any(month and month.year == year for month, _ in one.rows)]


def still_to_pay(starts: QuerySet[Decision], booked: Callable[[int, dt.date, int], bool]) -> QuerySet[Decision]:
    """Return those of decisions in effect that are paid in stages, or whose one sum is not `booked` in its month yet.

    Decisions that paid once pile up year after year: only these are worth reading whole.
    """
    staged = set(Stage.objects.filter(decision__in=starts.values("pk")).values_list("decision_id", flat=True))
    rows = starts.values_list("pk", "effective_from")
    wanted = [pk for pk, month in rows if month is not None and (pk in staged or not booked(pk, month, 1))]
    return starts.filter(pk__in=among(wanted))


def parts_due(decisions: Iterable[Decision], until: dt.date) -> list[Part]:
    """Return what decisions that pay once pay for months up to `until`: whole, or the parts that may be paid.

    A part that waits for the look, or was stopped, is not due.
    """
    known = [one for one in decisions if one.effective_from is not None]
    staged: dict[int, list[Stage]] = {}
    for stage in Stage.objects.filter(decision__in=[one.pk for one in known]).order_by("number"):
        staged.setdefault(stage.decision_id, []).append(stage)
    found: list[Part] = []
    for one in known:
        if one.pk in staged:
            found += _parts(one, staged[one.pk], until)
        else:
            found.append(Part(one, month_of_stage(one, 1), 1, one.amount_fen, 0))
    return found


def _parts(decision: Decision, stages: list[Stage], until: dt.date) -> list[Part]:
    found, before = [], 0
    for stage in stages:
        month = month_of_stage(decision, stage.number)
        if stage.state == StageState.CONFIRMED and month <= until:
            found.append(Part(decision, month, stage.number, stage.amount_fen, before))
        before += stage.amount_fen
    return found


def granted_since(proposals: Iterable[Proposal], since: dt.date) -> list[Proposal]:
    """Return those of some proposals of one benefit on whose subject an approved decision pays once from a month on."""
    listed = list(proposals)
    homes, people = {one.household_id for one in listed}, {one.person_id for one in listed if one.household_id is None}
    rows = Decision.objects.filter(
        Q(household_id__in=homes - {None}) | Q(person_id__in=people - {None}, household__isnull=True),
        benefit__in={one.benefit for one in listed}, kind=ProposalKind.START, outcome=Outcome.APPROVED,
        effective_from__gte=since,
    )  # fmt: skip
    found = set(rows.values_list("household_id", "person_id"))
    known = {(home, None if home is not None else person) for home, person in found}
    return [one for one in listed if (one.household_id, None if one.household_id else one.person_id) in known]


def granted_before(asked: Asked, since: dt.date) -> list[tuple[Decision, int]]:
    """Return the approved decisions on a subject that pay once from a month on, with their fen less what was stopped.

    That of the same case is left out: it is the one being decided.
    """
    subject = {"household_id": asked.household_id} if asked.household_id else {"person_id": asked.person_id}
    rows = Decision.objects.filter(
        **subject, benefit=asked.benefit, kind=ProposalKind.START, outcome=Outcome.APPROVED, effective_from__gte=since
    )
    if asked.case_id is not None:
        rows = rows.exclude(proposal__case_id=asked.case_id)
    stopped = Q(stages__state=StageState.STOPPED)
    rows = rows.annotate(stopped_fen=Sum("stages__amount_fen", filter=stopped, default=0)).select_related("proposal")
    return [(one, one.amount_fen - one.stopped_fen) for one in rows.order_by("id")]
