"""What waits on somebody's desk, or was decided, about benefits of some subjects: for who asks why money stands."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from nuanxin.kernel.casework.enums import ApplicationState, Outcome, ProposalState
from nuanxin.kernel.casework.models import Application, Case, Decision, Proposal, Reassessment, Review

BATCH = 400
Unit = tuple[str, int | None, int | None]


@dataclass(frozen=True)
class Matter:
    """A proposal, case, review, application or reassessment; amounts in fen a month.

    `from_month` where two people have agreed; a reassessment is about the months `[month, until]`.
    """

    kind: str
    id: int
    state: str
    act: str = ""
    month: dt.date | None = None
    before_fen: int = 0
    after_fen: int = 0
    from_month: dt.date | None = None
    until: dt.date | None = None


@dataclass
class Matters:
    """What is known about one benefit of one subject, each in the order of writing."""

    proposals: list[Matter] = field(default_factory=list)
    cases: list[Matter] = field(default_factory=list)
    reviews: list[Matter] = field(default_factory=list)
    applications: list[Matter] = field(default_factory=list)
    reassessments: list[Matter] = field(default_factory=list)


def matters_of(county: str, units: Iterable[Unit]) -> dict[Unit, Matters]:
    """Return by (benefit, household, person without one): every proposal, and the open cases, reviews, applications."""
    found: dict[Unit, Matters] = defaultdict(Matters)
    wanted = set(units)
    for part, home in _parts(wanted):
        subject = "household_id" if home else "person_id"
        about = Q(**{f"{subject}__in": part}, **({} if home else {"household_id": None}))
        for unit, matter in [*_proposals(county, about), *_cases(county, about), *_reviews(county, about),
                             *_applications(county, about), *_reassessments(county, about)]:  # fmt: skip
            if unit in wanted:
                getattr(found[unit], f"{matter.kind}s").append(matter)
    return found


def decided_once(county: str, first: dt.date, last: dt.date, benefits: Sequence[str]) -> list[Decision]:
    """Return the approved starts of benefits paid once that count from a month in `[first, last]`, by id."""
    rows = Decision.objects.filter(
        county=county, benefit__in=list(benefits), kind="start", outcome=Outcome.APPROVED,
        effective_from__gte=first, effective_from__lte=last,
    )  # fmt: skip
    return list(rows.select_related("proposal__application").order_by("id"))


def _parts(units: set[Unit]) -> Iterator[tuple[list[int], bool]]:
    homes = sorted({home for _, home, _ in units if home is not None})
    persons = sorted({person for _, home, person in units if home is None and person is not None})
    for ids, home in ((homes, True), (persons, False)):
        for start in range(0, len(ids), BATCH):
            yield ids[start : start + BATCH], home


def _unit(benefit: str, household: int | None, person: int | None) -> Unit:
    return benefit, household, None if household is not None else person


def _proposals(county: str, about: Q) -> Iterator[tuple[Unit, Matter]]:
    rows = Proposal.objects.filter(about, county=county).order_by("id")
    columns = ("id", "benefit", "household_id", "person_id", "state", "kind", "month", "before_fen", "after_fen")
    for pk, benefit, home, person, state, kind, month, before, after, effective in rows.values_list(
        *columns, "decision__effective_from"
    ):
        agreed = effective if state == ProposalState.APPROVED else None
        yield _unit(benefit, home, person), Matter("proposal", pk, state, kind, month, before, after, agreed)


def _cases(county: str, about: Q) -> Iterator[tuple[Unit, Matter]]:
    rows = Case.objects.filter(about, county=county, closed_on=None).order_by("id")
    for pk, benefit, home, person, state, kind in rows.values_list(
        "id", "benefit", "household_id", "person_id", "state", "kind"
    ):
        yield _unit(benefit, home, person), Matter("case", pk, state, kind)


def _reviews(county: str, about: Q) -> Iterator[tuple[Unit, Matter]]:
    rows = Review.objects.filter(about, county=county, closed_on=None, changed=True).order_by("id")
    columns = ("id", "benefit", "household_id", "person_id", "state", "kind", "month", "paid_fen", "assessed_fen")
    for pk, benefit, home, person, state, kind, month, paid, assessed in rows.values_list(*columns):
        yield _unit(benefit, home, person), Matter("review", pk, state, kind, month, paid, assessed or 0)


def _applications(county: str, about: Q) -> Iterator[tuple[Unit, Matter]]:
    rows = Application.objects.filter(about, county=county, state=ApplicationState.FILED).order_by("id")
    for pk, benefit, home, person, filed in rows.values_list("id", "benefit", "household_id", "person_id", "filed_on"):
        yield _unit(benefit, home, person), Matter("application", pk, "filed", month=filed.replace(day=1))


def _reassessments(county: str, about: Q) -> Iterator[tuple[Unit, Matter]]:
    rows = Reassessment.objects.filter(about, county=county).order_by("id")
    columns = ("id", "benefit", "household_id", "person_id", "state", "pursuit", "first", "last")
    for pk, benefit, home, person, state, pursuit, first, last in rows.values_list(*columns):
        yield _unit(benefit, home, person), Matter("reassessment", pk, state, pursuit, first, until=last)
