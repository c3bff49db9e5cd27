"""Who was resettled for a reservoir: people of ordinary households in two villages of the largest township."""

import datetime as dt
from dataclasses import dataclass
from random import Random

from nuanxin.demo.county import County
from nuanxin.demo.people import COUNTY, Numbered

TOWNSHIP = f"{COUNTY}100"
VILLAGES, SHARE, FEWEST = 2, 48, 3  # how many villages; people of each in the full county, and at least
RESERVOIR, FROM = "青山水库", "青山库区石门村"
COMPLETED = dt.date(2009, 10, 20)


@dataclass(frozen=True, slots=True)
class Resettled:
    """A resettled person by id, with the village of today, the reservoir and the day on which the move was complete."""

    person_id: int
    village: str
    reservoir: str
    moved_from: str
    completed_on: dt.date


def draw_resettlers(county: County, numbered: Numbered, seed: int) -> list[Resettled]:
    """Return people born before the move, village by village; nothing else that is planned happens to them.

    A source of chance of their own: whoever else is drawn stays the same with or without them.
    """
    rng, wanted = Random(f"resettlers {seed}"), max(FEWEST, county.plan.part(SHARE))
    roll, busy = county.roll, set(county.deaths)
    by_village: dict[str, list[int]] = {}
    for household in range(county.ordinary, roll.households):
        village = numbered.village[household]
        if village.startswith(TOWNSHIP):
            grown = [
                one
                for one in roll.members(household)
                if roll.local[one] and one not in busy and dt.date.fromordinal(roll.birth[one]) < COMPLETED
            ]
            by_village.setdefault(village, []).extend(grown)
    largest = sorted(by_village, key=lambda code: (-len(by_village[code]), code))[:VILLAGES]
    return [
        Resettled(int(numbered.person[one]), village, RESERVOIR, FROM, COMPLETED)
        for village in sorted(largest)
        for one in sorted(rng.sample(by_village[village], min(wanted, len(by_village[village]))))
    ]
