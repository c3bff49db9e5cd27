"""Who is married to whom and who descends from whom, for many people at once, as the relations say now."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from nuanxin.kernel.registry.models import Relation
from nuanxin.kernel.registry.timeline import CHUNK


@dataclass(frozen=True)
class Spouse:
    """A marriage as one party sees it, `[since, until)`; `until` None while it lasts."""

    person_id: int
    name: str
    since: dt.date
    until: dt.date | None


def spouses_of(person_ids: Iterable[int]) -> dict[int, list[Spouse]]:
    """Return every marriage known now of some people, past ones too; those without one are left out."""
    found: dict[int, list[Spouse]] = defaultdict(list)
    for row in _relations("spouse", person_ids):
        found[row.person_id].append(Spouse(row.other_id, row.other.name, row.valid_from, row.valid_to))
    return dict(found)


def ancestors_of(person_ids: Iterable[int], generations: int) -> dict[int, dict[int, int]]:
    """Return the known ancestors of each person with how many generations they lie back (a parent: 1)."""
    found: dict[int, dict[int, int]] = {one: {} for one in person_ids}
    level: dict[int, set[int]] = {one: {one} for one in found}
    for back in range(1, generations + 1):
        parents: dict[int, set[int]] = defaultdict(set)
        for row in _relations("parent", {child for children in level.values() for child in children}):
            parents[row.person_id].add(row.other_id)
        level = {one: {p for child in children for p in parents[child]} for one, children in level.items()}
        for one, reached in level.items():
            for ancestor in reached:
                found[one].setdefault(ancestor, back)
    return found


def _relations(kind: str, person_ids: Iterable[int]) -> Iterable[Relation]:
    listed = sorted(set(person_ids))
    for start in range(0, len(listed), CHUNK):
        rows = Relation.objects.filter(
            kind=kind, person_id__in=listed[start : start + CHUNK], superseded_at__isnull=True
        )
        yield from rows.select_related("other")
