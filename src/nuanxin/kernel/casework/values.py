"""What callers hand to the services of casework."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Protocol

from nuanxin.kernel.grants.values import Covered


@dataclass(frozen=True)
class Draft:
    """A proposal as the month's comparison found it; amounts in fen a month (or once), persons counted."""

    county: str
    township: str
    month: dt.date
    benefit: str
    kind: str
    cause: str
    assessment_run_id: int
    person_id: int | None = None
    household_id: int | None = None
    grant_id: int | None = None
    application_id: int | None = None
    before_fen: int = 0
    after_fen: int = 0
    persons_before: int = 0
    persons_after: int = 0
    causes: str = "[]"
    inputs_change_id: int | None = None
    inputs_at: dt.datetime | None = None
    again: str = ""

    @property
    def key(self) -> str:
        """Return what makes the proposal the same when it is found again."""
        subject = f"h{self.household_id}" if self.household_id is not None else f"p{self.person_id}"
        case = f"{self.application_id or ''}{self.again}"
        return f"{self.county}:{self.month:%Y-%m}:{self.benefit}:{self.kind}:{subject}:{case}"


@dataclass(frozen=True)
class BenefitRule:
    """What deciding needs to know of a benefit in a month."""

    benefit: str
    title: str
    pays: str
    moves: str
    period: str
    starts: str
    recognises: bool
    components: tuple[str, ...]
    payee: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    """Kinds of circumstance that an application opens, each with whose it is: `person` or `household`."""

    @property
    def payees(self) -> tuple[str, ...]:
        """Return whose account it may be paid to, in the order of preference (PayeeRule)."""
        return self.payee or (("head", "own") if self.pays == "household" else ("own",))

    @property
    def once(self) -> bool:
        """Tell whether it is paid once by decision, without a grant."""
        return self.period == "once"


@dataclass(frozen=True)
class Assessed:
    """What an assessment found for a subject: the receipt as frozen text, and whom it pays how much."""

    receipt: str
    amount_fen: int
    persons: tuple[Covered, ...]


@dataclass(frozen=True)
class Live:
    """What the rules say of one subject at this moment, before anybody decided; `granted` None: questions are open.

    `inputs` are the rows laid under the program (keys and dates, no names), `shown` the receipt with its words and
    questions where the rulebook answered.
    """

    benefit: str
    month: dt.date
    granted: bool | None
    assessed: Assessed | None
    release_id: str
    inputs: str = ""
    shown: Any = None

    @property
    def amount_fen(self) -> int:
        """Return the money it would pay a month (or once), 0 when nothing."""
        return self.assessed.amount_fen if self.granted and self.assessed else 0

    @property
    def persons(self) -> tuple[Covered, ...]:
        """Return whom it would cover."""
        return self.assessed.persons if self.granted and self.assessed else ()

    @property
    def questions(self) -> tuple[Any, ...]:
        """Return what must be known before anybody can decide."""
        return tuple(self.shown.questions) if self.shown is not None else ()


class Assessor(Protocol):
    """Who can say what an assessment run found; the rulebook in life, a folder of receipts in tests."""

    def rules(self, county: str, month: dt.date) -> dict[str, BenefitRule]:
        """Return what is declared of every benefit in force."""
        ...

    def rule(self, county: str, month: dt.date, benefit: str) -> BenefitRule:
        """Return what is declared of a benefit."""
        ...

    def release_of(self, run_id: int) -> str:
        """Return the SM3 of the release a run used."""
        ...

    def law_moved(self, release_id: str, county: str, month: dt.date, benefit: str) -> bool:
        """Tell whether the law of a benefit in a month is another now than in a release."""
        ...

    def assessed(self, run_id: int, benefit: str, subjects: list[int]) -> dict[int, Assessed]:
        """Return what a run found for subjects of a benefit."""
        ...

    def persons(self, run_id: int, benefit: str, subjects: list[int]) -> dict[int, tuple[Covered, ...]]:
        """Return whom a run found a benefit pays what, by subject."""
        ...

    def documents(self, county: str, month: dt.date, benefit: str) -> list[str]:
        """Return the papers that a benefit names."""
        ...

    def live(self, county: str, month: dt.date, benefit: str, person_id: int | None, household_id: int | None) -> Live:
        """Return what the rules say of one subject now; nothing is stored."""
        ...

    def keep(self, live: Live, county: str) -> str:
        """Store the release that a live assessment used and return its SM3."""
        ...
