"""What callers hand to the services: awards, changes and ends, plain and frozen."""

import datetime as dt
from dataclasses import dataclass

Shares = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Covered:
    """A covered person and what each component pays a month for them, in fen; no shares for a status without money."""

    person_id: int
    shares: Shares = ()

    @property
    def amount_fen(self) -> int:
        """Return the person's money a month."""
        return sum(fen for _, fen in self.shares)


@dataclass(frozen=True)
class Award:
    """A grant to be made; exactly one of `person_id` and `household_id` is the subject.

    `booked_from` overrides the booking month (takeover: the month before the first one run).
    """

    county: str
    township: str
    division: str
    benefit: str
    pays: str
    from_date: dt.date
    persons: tuple[Covered, ...]
    basis: str
    person_id: int | None = None
    household_id: int | None = None
    payee_id: int | None = None
    decision_id: int | None = None
    takeover_list_id: int | None = None
    takeover_row: int | None = None
    assessment_run_id: int | None = None
    booked_from: dt.date | None = None


@dataclass(frozen=True)
class GrantChange:
    """What a grant shall be from a month on: all its covered persons with all their shares."""

    grant_id: int
    from_date: dt.date
    persons: tuple[Covered, ...]
    assessment_run_id: int | None = None
    cause: str = "left"


@dataclass(frozen=True)
class GrantEnd:
    """A grant's last act: `to_date` is the first day of the first month no longer paid."""

    grant_id: int
    to_date: dt.date
    cause: str
    decision_id: int | None = None


@dataclass(frozen=True)
class Restatement:
    """What a covered person's shares should have been in the months `[from_date, to_date)`, as known now.

    Components not named paid nothing; `to_date` None is for good. One for each period of a standard.
    """

    grant_id: int
    person_id: int
    from_date: dt.date
    to_date: dt.date | None
    shares: Shares
    assessment_run_id: int | None = None
