"""Random households in the registry's words, without the registry: for tests that compare renderings."""

import datetime as dt
import random

from nuanxin.kernel.rulebook.law import LocalLaw
from nuanxin.kernel.rulebook.releases import local_law
from tests.kernel.rulebook.rows import Rows

MONEY = (0, 1, 99, 100_000, 924_000, 2_772_000, 3_600_000)


class World:
    """Households of one to six with every kind of circumstance that the dictionary knows, some of it missing."""

    def __init__(self, county: str, seed: int, chance: float = 0.12, unverified: float = 0.1) -> None:
        self.unverified = unverified
        self.county, self.random, self.rows = county, random.Random(seed), Rows()
        self.law: LocalLaw = local_law(county)
        self.people, self.chance = 0, chance

    def populate(self, households: int) -> Rows:
        """Add households and return all rows."""
        for number in range(1, households + 1):
            self.rows.household(number)
            self._circumstances("household", household=number)
            for _ in range(self.random.choice([1, 1, 2, 3, 4, 6])):
                self._person(number)
        return self.rows

    def _person(self, household: int) -> None:
        self.people += 1
        rare = self.random.random
        birth = None if rare() < 0.02 else self._day(dt.date(1920, 1, 1), dt.date(2024, 6, 30))
        death = self._day(dt.date(2023, 1, 1), dt.date(2024, 8, 1)) if rare() < 0.05 else None
        counted = None if rare() < 0.02 else rare() < 0.95
        hukou = None if rare() < 0.02 else self.random.choice([self.county] * 8 + ["330522"])
        self.rows.person(self.people, household, counted=counted, birth=birth, death=death, hukou_county=hukou)
        self._circumstances("person", person=self.people)
        for kind in ("parent", "parent", "guardian", "obligor"):
            if rare() < 0.4:
                other = self.random.randint(1, self.people + 1)
                self.rows.add("relation", person_id=self.people, other_id=other, kind=kind)
        if rare() < 0.15:
            benefit = self.random.choice(["dibao", "dibao_bianyuan", "tekun", "guer", "shishi_wuren"])
            self.rows.add("coverage", person_id=self.people, benefit=benefit)

    def _circumstances(self, of: str, person: int | None = None, household: int | None = None) -> None:
        facts = [p.item for p in self.law.facts.values() if p.item.of == of and p.item.circumstance]
        for kind in sorted({str(f.circumstance) for f in facts}):
            if self.random.random() < (
                0.7 if kind in ("assistance_file", "property_ok", "child_file") else self.chance
            ):
                codes = [c for f in facts if f.circumstance == kind for c in f.codes]
                self._record(kind, codes, person, household)

    def _record(self, kind: str, codes: list[str], person: int | None, household: int | None) -> None:
        pick, rare = self.random.choice, self.random.random
        start = self._day(dt.date(2023, 1, 1), dt.date(2024, 7, 31))
        end = self._day(dt.date(2024, 5, 1), dt.date(2024, 12, 31)) if rare() < 0.2 else None
        self.rows.note(
            kind, person, household, amount_fen=None if rare() < 0.05 else pick(MONEY),
            level=None if rare() < 0.05 else pick([0, 1, 1, 1, 2, 3, 4, 6, 7]),
            code=None if not codes or rare() < 0.05 else pick(codes), valid_from=start, valid_to=end,
            unverified=rare() < self.unverified,
        )  # fmt: skip

    def _day(self, first: dt.date, last: dt.date) -> dt.date:
        return first + dt.timedelta(days=self.random.randrange((last - first).days + 1))
