"""The whole county of one seed: tables for the registry's loaders, and what each month brings."""

import datetime as dt
import random
from array import array
from dataclasses import dataclass

import pyarrow as pa

from nuanxin.demo.county import County, draw_county, draw_emergencies, fill_up
from nuanxin.demo.facts import Facts
from nuanxin.demo.happenings import Happenings, happen
from nuanxin.demo.needs import Needs, describe_needs
from nuanxin.demo.people import (
    Numbered,
    households_table,
    memberships_table,
    number,
    parents_table,
    people_table,
)
from nuanxin.demo.plan import plan_for
from nuanxin.demo.register_office import Registration, register_couples
from nuanxin.demo.resettlers import Resettled, draw_resettlers

URBAN = ("居委会", "社区")


@dataclass
class World:
    """A county of `people` drawn from `seed`; the same two give the same county."""

    people: int
    seed: int
    county: County
    needs: Needs
    months: list[Happenings]
    acts: list[Registration]
    numbered: Numbered
    person_tables: list[pa.Table]
    household_table: pa.Table
    membership_table: pa.Table
    parent_facts: pa.Table
    parent_relations: pa.Table
    resettled: list[Resettled]

    def forget_tables(self) -> None:
        """Give back the memory of the large tables once they are written."""
        empty = pa.table({})
        self.person_tables, self.household_table, self.membership_table = [], empty, empty

    def person_id(self, position: int) -> int:
        """Return the id of the person at a position."""
        return int(self.numbered.person[position])

    def household_id(self, household: int) -> int:
        """Return the id of a household."""
        return int(self.numbered.household[household])


def build_world(*, people: int, seed: int, villages: dict[str, str]) -> World:
    """Draw a county; `villages` are names by 12-digit code."""
    rng = random.Random(seed * 1_000_003 + people)
    county = draw_county(plan_for(people), rng)
    fill_up(county)
    draw_emergencies(county)
    needs = describe_needs(county)
    months = happen(county, needs)
    acts = register_couples(county)
    roll = county.roll
    numbered = number(roll, _weights(villages, rng), _homes(county, needs), rng)
    cards = {p: numbered.citizen_ids[p] + suffix for p, suffix in needs.cards.items()}
    tables = [people_table(roll, numbered, cards, rng)]
    parents = parents_table(county.children.parents, len(roll.sex) + 1, list(villages), rng)
    facts, relations = _parents(county, numbered, len(roll.sex) + 1)
    return World(
        people, seed, county, needs, months, acts, numbered, [*tables, parents],
        households_table(roll, numbered), memberships_table(roll, numbered), facts, relations,
        draw_resettlers(county, numbered, seed),
    )  # fmt: skip


def _weights(villages: dict[str, str], rng: random.Random) -> dict[str, float]:
    """Give each village a share of the people; communities in town hold about twice as many."""
    return {
        code: (2.2 if any(word in name for word in URBAN) else 1.0) * rng.lognormvariate(0, 0.35)
        for code, name in sorted(villages.items())
    }


def _homes(county: County, needs: Needs) -> set[int]:
    """Return the households of people who live in an institution."""
    rows = needs.opening.rows
    central = [f.person for f in rows if f.kind == "residence_care" and f.code == "central"]
    return {county.roll.household[p] for p in central if p is not None}


def _parents(county: County, numbered: Numbered, first_id: int) -> tuple[pa.Table, pa.Table]:
    """Return the circumstances and the relations of the children's absent parents."""
    facts = Facts()
    rows = []
    for i, parent in enumerate(county.children.parents):
        rows.append((numbered.person[parent.child], first_id + i))
        if parent.why == "lost_contact":
            facts.note("lost_contact", dt.date(2022, 1 + i % 12, 10), person=i, source="公安")
        if parent.why == "prison":
            until = dt.date(2027, 1 + i % 12, 1)
            facts.note(
                "prison_term_months", dt.date(2022, 5, 1), person=i, level=36 + i % 36, until=until, source="司法"
            )
    relations = pa.table(
        {
            "person_id": pa.array([child for child, _ in rows], pa.int64()),
            "other_id": pa.array([parent for _, parent in rows], pa.int64()),
            "kind": pa.repeat("parent", len(rows)),
            "valid_from": pa.repeat(dt.date(2019, 1, 1), len(rows)),
        }
    )
    shifted = Numbered(array("l", range(first_id, first_id + len(rows))), numbered.household, [], [], [])
    return facts.table(shifted), relations
