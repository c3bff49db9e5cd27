"""From positions to numbers: ids in the order of villages, names, citizen ids, and the tables the registry loads."""

import datetime as dt
from array import array
from dataclasses import dataclass, field
from random import Random

import pyarrow as pa

from nuanxin.demo.children import Parent
from nuanxin.demo.names import Namer
from nuanxin.demo.roll import MAN, Roll

COUNTY = "340223"
# First six digits of numbers: today's code, the abandoned ones (芜湖县), neighbours and places of birth far away.
REGIONS = {COUNTY: 90, "340221": 4, "341802": 2, "341823": 2, "340202": 2}
ELSEWHERE = {"341823": 5, "341802": 4, "340881": 2, "330522": 2, "320114": 1, "411503": 1}
ETHNIC = {"01": 985, "03": 9, "06": 2, "15": 2, "22": 2}
EPOCH = dt.date(1970, 1, 1).toordinal()
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


def weigh(text: str, start: int) -> int:
    """Return the weighted sum of the digits of part of a citizen id that begins at `start` (GB 11643-1999)."""
    return sum(int(digit) * WEIGHTS[start + i] for i, digit in enumerate(text))


@dataclass
class Numbers:
    """Gives citizen ids: each region, day of birth and sex has its own sequence, so none is given twice."""

    given: dict[tuple[str, int], int] = field(default_factory=dict)
    days: dict[int, tuple[str, int]] = field(default_factory=dict)
    regions: dict[str, int] = field(default_factory=dict)
    sequences: list[tuple[str, int]] = field(
        default_factory=lambda: [(f"{i:03d}", weigh(f"{i:03d}", 14)) for i in range(1000)]
    )

    def next(self, region: str, birth: int, sex: int) -> str:
        """Return the next number of a region (6 digits) for a day of birth (ordinal) and sex (1 man, 2 woman)."""
        key = (region, birth * 2 + (sex == MAN))
        turn = self.given.get(key, (birth * 37) % 170)
        self.given[key] = turn + 1
        assert turn < 500 + (birth * 37) % 170, "a sequence of citizen ids is used up"
        day = self.days.get(birth)
        if day is None:
            text = dt.date.fromordinal(birth).strftime("%Y%m%d")
            day = self.days[birth] = (text, weigh(text, 6))
        if region not in self.regions:
            self.regions[region] = weigh(region, 0)
        sequence, weight = self.sequences[turn % 500 * 2 + (sex == MAN)]
        return f"{region}{day[0]}{sequence}{CHECKS[(self.regions[region] + day[1] + weight) % 11]}"


@dataclass
class Numbered:
    """Ids by position, the village of each household, and the plain columns of people."""

    person: array
    household: array
    village: list[str]
    names: list[str]
    citizen_ids: list[str]


def number(roll: Roll, villages: dict[str, float], homes: set[int], rng: Random) -> Numbered:
    """Place every household in a village (`homes`: those in an institution) and number people in that order."""
    codes = list(villages)
    places = rng.choices(range(len(codes)), list(villages.values()), k=roll.households)
    institutions = list(range(0, len(codes), max(1, len(codes) // 14)))
    for i, home in enumerate(sorted(homes)):
        places[home] = institutions[i % len(institutions)]
    order = sorted(range(roll.households), key=lambda h: places[h])
    person, household = array("l", [0]) * len(roll.sex), array("l", [0]) * roll.households
    at = 1
    for rank, h in enumerate(order):
        household[h] = rank + 1
        for position in roll.members(h):
            person[position] = at
            at += 1
    names, ids = _call(roll, rng), _identify(roll, rng)
    return Numbered(person, household, [codes[i] for i in places], names, ids)


def _call(roll: Roll, rng: Random) -> list[str]:
    """Name everybody; children bear the family's name, spouses and mothers their own."""
    namer, names = Namer(rng), []
    year_of = {day: dt.date.fromordinal(day).year for day in set(roll.birth)}
    at, family = -1, ""
    for household, role, sex, birth in zip(roll.household, roll.role, roll.sex, roll.birth, strict=True):
        if household != at:
            at, family = household, namer.surname()
        own = role == "spouse" or (role == "parent" and sex != MAN)
        names.append((namer.surname() if own else family) + namer.given_name(sex, year_of[birth]))
    return names


def _identify(roll: Roll, rng: Random) -> list[str]:
    numbers = Numbers()
    here = rng.choices(list(REGIONS), list(REGIONS.values()), k=len(roll.sex))
    away = rng.choices(list(ELSEWHERE), list(ELSEWHERE.values()), k=len(roll.sex))
    columns = zip(here, away, roll.local, roll.birth, roll.sex, strict=True)
    return [numbers.next(h if local else a, birth, sex) for h, a, local, birth, sex in columns]


def people_table(roll: Roll, numbered: Numbered, cards: dict[int, str], rng: Random) -> pa.Table:
    """Return the people for `load_people`, in the order of ids; `cards` are disability card numbers by position."""
    count = len(roll.sex)
    by_id = sorted(range(count), key=numbered.person.__getitem__)
    ethnic = rng.choices(list(ETHNIC), list(ETHNIC.values()), k=count)
    return pa.table(
        {
            "id": pa.array([numbered.person[p] for p in by_id], pa.int64()),
            "county": pa.repeat(COUNTY, count),
            "division": [numbered.village[roll.household[p]] for p in by_id],
            "name": [numbered.names[p] for p in by_id],
            "sex": pa.array([roll.sex[p] for p in by_id], pa.int16()),
            "birth": pa.array([roll.birth[p] - EPOCH for p in by_id], pa.int32()).cast(pa.date32()),
            "hukou_county": [COUNTY if roll.local[p] else numbered.citizen_ids[p][:6] for p in by_id],
            "ethnic": [ethnic[p] for p in by_id],
            "citizen_id": [numbered.citizen_ids[p] for p in by_id],
            "disability_card": pa.array([cards.get(p) for p in by_id], pa.string()),
        }
    )


def parents_table(parents: list[Parent], first_id: int, villages: list[str], rng: Random) -> pa.Table:
    """Return the absent parents for `load_people`: the dead with a day of death, all without a household."""
    namer, numbers = Namer(rng), Numbers()
    rows = []
    for i, parent in enumerate(parents):
        birth = dt.date.fromordinal(parent.birth)
        death = dt.date(2016 + i % 7, 1 + i % 12, 1 + i % 27) if parent.why == "dead" else None
        name = namer.surname() + namer.given_name(parent.sex, birth.year)
        number_ = numbers.next("342524", parent.birth, parent.sex)
        rows.append((first_id + i, COUNTY, villages[i % len(villages)], name, parent.sex, birth, death, number_))
    names = ["id", "county", "division", "name", "sex", "birth", "death", "citizen_id"]
    types = [pa.int64(), pa.string(), pa.string(), pa.string(), pa.int16(), pa.date32(), pa.date32(), pa.string()]
    columns = zip(*rows, strict=True) if rows else [[] for _ in names]
    return pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})


def households_table(roll: Roll, numbered: Numbered) -> pa.Table:
    """Return the households for `load_households`, in the order of ids."""
    by_id = sorted(range(roll.households), key=numbered.household.__getitem__)
    return pa.table(
        {
            "id": pa.array([numbered.household[h] for h in by_id], pa.int64()),
            "county": pa.repeat(COUNTY, len(by_id)),
            "division": [numbered.village[h] for h in by_id],
            "address": [f"{numbered.household[h] % 40 + 1}组{numbered.household[h] % 97 + 1}号" for h in by_id],
            "opened": pa.repeat(dt.date(2019, 1, 1), len(by_id)),
        }
    )


def memberships_table(roll: Roll, numbered: Numbered) -> pa.Table:
    """Return who lives where for `load_memberships`; everybody counts since the day of birth or of the register."""
    since = dt.date(2019, 1, 1).toordinal()
    by_id = sorted(range(len(roll.sex)), key=numbered.person.__getitem__)
    start = [max(roll.birth[p], since) - EPOCH for p in by_id]
    return pa.table(
        {
            "household_id": pa.array([numbered.household[roll.household[p]] for p in by_id], pa.int64()),
            "person_id": pa.array([numbered.person[p] for p in by_id], pa.int64()),
            "role": [roll.role[p] for p in by_id],
            "valid_from": pa.array(start, pa.int32()).cast(pa.date32()),
        }
    )
