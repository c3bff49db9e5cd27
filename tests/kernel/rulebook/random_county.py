"""A small county made at random over every fact of the dictionary, unknown values among them."""

import datetime as dt
import random

from nuanxin.kernel.rulebook.compilation.plan import FactWords
from nuanxin.kernel.rulebook.releases import Law
from tests.kernel.rulebook.rows import Rows

SIZES = (1, 1, 2, 2, 3, 4, 5)
LEVELS = {
    "property_ok": (0, 1, 1, 1),
    "no_obligor": (0, 1, 1),
    "self_care": range(7),
    "emergency": range(15),
    "prison_term_months": range(12),
}
OFTEN = {"assistance_file", "property_ok", "disability", "transfer_year"}


class RandomCounty:
    """Draws households, circumstances of every declared kind, coverages and parents."""

    def __init__(self, law: Law, seed: int) -> None:
        """`law` gives the kinds and their codes."""
        self.law, self.chance, self.rows = law, random.Random(seed), Rows()
        self.kinds: dict[str, dict[str, list[FactWords]]] = {"person": {}, "household": {}}
        for fact in law.plan.facts.values():
            if fact.circumstance:
                self.kinds[fact.of].setdefault(fact.circumstance, []).append(fact)

    def build(self, households: int) -> Rows:
        """Return the rows of so many households."""
        number = 0
        for household in range(1, households + 1):
            self.rows.household(household)
            self._circumstances("household", household)
            members = []
            for _ in range(self.chance.choice(SIZES)):
                number += 1
                members.append(number)
                self._person(number, household)
            if len(members) > 2 and self.chance.random() < 0.6:
                for parent in members[1:3]:
                    self.rows.add("relation", person_id=members[0], other_id=parent, kind="parent")
        return self.rows

    def _person(self, number: int, household: int) -> None:
        chance = self.chance
        birth = dt.date(1920, 1, 1) + dt.timedelta(days=chance.randrange(38_000))
        death = dt.date(2024, 5, 1) + dt.timedelta(days=chance.randrange(90)) if chance.random() < 0.06 else None
        hukou = chance.choice((self.law.county,) * 12 + ("999999", None))
        self.rows.person(
            number,
            household,
            counted=chance.choice((True,) * 18 + (False, None)),
            birth=None if chance.random() < 0.02 else birth,
            death=death,
            hukou_county=hukou,
        )
        self._circumstances("person", number, buried=death is not None)
        for benefit in ("dibao", "dibao_bianyuan", "tekun", "guer", "shishi_wuren"):
            if chance.random() < 0.15:
                self.rows.add("coverage", person_id=number, benefit=benefit)

    def _circumstances(self, of: str, subject: int, *, buried: bool = False) -> None:
        for kind, facts in self.kinds[of].items():
            likely = kind in OFTEN or (buried and kind.startswith(("cremation", "funeral")))
            if self.chance.random() < (0.7 if likely else 0.12):
                codes = [c for f in facts for c in f.codes if c not in ("0", "none")]
                self.rows.note(
                    kind, **{of: subject}, amount_fen=self._or_unknown(self.chance.randrange(2_500_000)),
                    level=self._or_unknown(self.chance.choice(LEVELS.get(kind, range(1, 5)))),
                    code=self.chance.choice(codes) if codes and self.chance.random() > 0.02 else None,
                    valid_from=dt.date(2023, 1, 1) + dt.timedelta(days=self.chance.randrange(540)),
                )  # fmt: skip

    def _or_unknown(self, value: int) -> int | None:
        return None if self.chance.random() < 0.02 else value
