"""The roll of the county while it is drawn up: people and households as plain columns, before numbers are given."""

import datetime as dt
import math
import random
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

MAN, WOMAN = 1, 2
YEAR = 365.2425
NEW_YEAR = dt.date(2024, 1, 1).toordinal()
# Nobody outside the planned groups turns 80 before July 2024: ordinary people are born from here on.
YOUNGEST_OF_OLD = dt.date(1944, 7, 1).toordinal()
HOLDER_BORN_BEFORE = dt.date(1943, 12, 1).toordinal()

# Of people of 80 and over, by five years from 80 (seventh national census, 2020).
VERY_OLD = (0.570, 0.302, 0.102, 0.023, 0.003)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a household to be: sex, birth (ordinal day) and role towards the head."""

    sex: int
    birth: int
    role: str


@dataclass
class Roll:
    """Columns of people, and the groups in which the plan keeps them (positions in the columns)."""

    rng: random.Random
    sex: array = field(default_factory=lambda: array("b"))
    birth: array = field(default_factory=lambda: array("l"))
    household: array = field(default_factory=lambda: array("l"))
    role: list[str] = field(default_factory=list)
    local: array = field(default_factory=lambda: array("b"))
    households: int = 0
    start: array = field(default_factory=lambda: array("l"))

    def add(self, members: Iterable[Member], *, local: bool = True) -> range:
        """Add one household and return the positions of its members; `local` says whether their hukou is here."""
        first = len(self.sex)
        for member in members:
            self.sex.append(member.sex)
            self.birth.append(member.birth)
            self.role.append(member.role)
            self.household.append(self.households)
            self.local.append(local)
        self.households += 1
        self.start.append(first)
        return range(first, len(self.sex))

    def members(self, household: int) -> range:
        """Return the positions of a household's people."""
        end = self.start[household + 1] if household + 1 < self.households else len(self.sex)
        return range(self.start[household], end)

    def age(self, position: int) -> int:
        """Return the whole years on New Year's Day 2024, near enough for choosing."""
        return int((NEW_YEAR - self.birth[position]) / YEAR)

    def coin(self, share: float) -> bool:
        """Return true in `share` of the cases."""
        return self.rng.random() < share

    def either_sex(self) -> int:
        """Return a sex; slightly more boys are born."""
        return MAN if self.rng.random() < 0.512 else WOMAN

    def born(self, low: float, high: float) -> int:
        """Return a birth day of somebody aged from `low` to under `high` years on New Year's Day 2024."""
        return NEW_YEAR - 1 - int((low + self.rng.random() * (high - low)) * YEAR)

    def born_old(self) -> int:
        """Return a birth day of somebody from 60 to not yet 80 at the end of June 2024, fewer with age."""
        share = (1 - math.sqrt(1 - self.rng.random() * 0.75)) * 2
        return NEW_YEAR - 1 - int(60 * YEAR) - int(share * (NEW_YEAR - int(60 * YEAR) - YOUNGEST_OF_OLD))

    def bounded(self, birth: int) -> int:
        """Return the birth day, or one in the five years after the limit where it would make 80 unplanned."""
        return birth if birth >= YOUNGEST_OF_OLD else YOUNGEST_OF_OLD + int(self.rng.random() * 5 * YEAR)

    def born_very_old(self) -> int:
        """Return a birth day of somebody who was 80 by November 2023, by five-year groups of the census."""
        draw, low = self.rng.random(), 0
        for share in VERY_OLD:
            draw -= share
            if draw < 0:
                break
            low += 5
        years = min(low, 20) + 5 * (1 - math.sqrt(1 - self.rng.random()))
        return HOLDER_BORN_BEFORE - 1 - int(years * YEAR)
