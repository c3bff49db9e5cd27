"""How many people, events and applications the county must hold: published counts, scaled to the size asked for."""

import datetime as dt
from dataclasses import dataclass

FULL = 550_000
OPENING = dt.date(2023, 12, 31)
MONTHS = tuple(dt.date(2024, m, 1) for m in range(1, 7))

# The bureau's published counts of January to June 2024; heads are stocks at the end of June.
PUBLISHED = {
    "dibao_households": 12_920,
    "dibao_persons": 18_285,
    "dibao_households_in": 415,
    "dibao_persons_in": 522,
    "dibao_households_out": 441,
    "dibao_persons_out": 1_064,
    "tekun": 3_894,
    "tekun_in": 124,
    "tekun_out": 91,
    "linshi_persons": 1_038,
    "gaoling": 16_600,
    "jujia_person_times": 8_258,
    "cremations": 1_954,
    "cremations_relieved": 1_902,
    "children": 205,
    "canji_shenghuo": 7_342,
    "canji_huli": 8_962,
    "marriages": 880,
    "marriages_cross": 7,
    "divorce_applications": 846,
    "divorces": 499,
    "divorces_cross": 9,
    "marriage_reissues": 185,
    "divorce_reissues": 78,
}
CENTRAL_RATE = 6_947  # of 10,000 tekun with a failed self-care item, in an institution
CANJI_RISE = (0.9785, 0.9815, 0.986, 0.990, 0.9935, 0.997, 1.0)  # stock of the two allowances, December to June


def scaled(count: int, people: int) -> int:
    """Return a published count for a county of `people`: rounded half up, at least 1 where something was published."""
    return max(1, (2 * count * people + FULL) // (2 * FULL)) if count else 0


def spread(total: int, weights: list[float]) -> list[int]:
    """Split a whole number by weights, by largest remainder; the parts add up to `total`."""
    whole = sum(weights)
    exact = [total * w / whole for w in weights]
    parts = [int(e) for e in exact]
    order = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


@dataclass(frozen=True)
class Plan:
    """The whole numbers of one county; `n` holds the scaled published counts."""

    people: int
    n: dict[str, int]

    def part(self, count: int) -> int:
        """Scale a count that nobody published (no minimum)."""
        return (2 * count * self.people + FULL) // (2 * FULL)

    @property
    def dibao_opening(self) -> tuple[int, int]:
        """Households and persons in force on the takeover day: closing - in + out."""
        n = self.n
        return (
            n["dibao_households"] - n["dibao_households_in"] + n["dibao_households_out"],
            n["dibao_persons"] - n["dibao_persons_in"] + n["dibao_persons_out"],
        )

    @property
    def dibao_exits(self) -> tuple[int, int, int, int]:
        """Return households ended by a lone death, households over the line, their persons, members leaving others."""
        households, persons = self.n["dibao_households_out"], self.n["dibao_persons_out"]
        lone = round(households * 0.59)
        over = households - lone
        over_persons = min(max(over, round(over * 2.5)), persons - lone)
        return lone, over, over_persons, persons - lone - over_persons

    @property
    def tekun_opening(self) -> int:
        """Persons in force on the takeover day."""
        return self.n["tekun"] - self.n["tekun_in"] + self.n["tekun_out"]

    @property
    def tekun_care(self) -> tuple[int, int]:
        """Return how many of the closing stock fail a self-care item, and how many of those live in an institution."""
        stock = self.n["tekun"]
        wish = max(1, round(stock * 0.3))

        def miss(total: int) -> tuple[float, int]:
            return abs(round(total * CENTRAL_RATE / 10_000) / total - CENTRAL_RATE / 10_000) > 5e-5, abs(total - wish)

        total = min(range(1, stock + 1), key=miss)
        return total, round(total * CENTRAL_RATE / 10_000)

    @property
    def deaths(self) -> int:
        """Registered deaths: one more than cremations, so that the rate stays above 99.9 %."""
        return self.n["cremations"] + (1 if self.n["cremations"] >= 1000 else 0)

    @property
    def outsiders_dead(self) -> int:
        """The dead whose hukou is elsewhere: cremated without relief."""
        return self.n["cremations"] - self.n["cremations_relieved"]

    @property
    def jujia_stocks(self) -> list[int]:
        """Monthly credits January to June; they add up to the published person-times."""
        low, more = divmod(self.n["jujia_person_times"], len(MONTHS))
        return [low + (1 if i >= len(MONTHS) - more else 0) for i in range(len(MONTHS))]

    def canji_stocks(self, benefit: str) -> list[int]:
        """Stock of a disability allowance at the end of December and of each month to June."""
        return [round(self.n[benefit] * share) for share in CANJI_RISE]


def plan_for(people: int) -> Plan:
    """Return the plan of a county of `people`."""
    return Plan(people=people, n={name: scaled(count, people) for name, count in PUBLISHED.items()})
