"""Which record a person goes by now: two records merged are one person, and either number leads to the one kept."""

from collections.abc import Iterable

from django.db.models import QuerySet

from nuanxin.kernel.registry.models import LifeEvent

CHUNK = 5000


def survivors_of(person_ids: Iterable[int]) -> dict[int, int]:
    """Return for each absorbed record among the ids the record it goes by now; all others are left out."""
    going = {person_id: person_id for person_id in person_ids}
    while step := _absorbed_into(set(going.values())):
        going = {first: step.get(last, last) for first, last in going.items()}
    return {first: last for first, last in going.items() if first != last}


def survivor_of(person_id: int) -> int:
    """Return the record a person goes by now: the id itself unless it was absorbed."""
    return survivors_of([person_id]).get(person_id, person_id)


def aliases_of(person_id: int) -> list[int]:
    """Return the records absorbed by a record, through every merger that stands."""
    found: list[int] = []
    waiting = [person_id]
    while waiting:
        rows = _mergers().filter(person_id__in=waiting).values_list("other_id", flat=True)
        waiting = [other for other in rows if other is not None and other not in found]
        found += waiting
    return sorted(found)


def _absorbed_into(person_ids: set[int]) -> dict[int, int]:
    listed, found = sorted(person_ids), {}
    for start in range(0, len(listed), CHUNK):
        rows = _mergers().filter(other_id__in=listed[start : start + CHUNK])
        found.update(dict(rows.values_list("other_id", "person_id")))
    return found


def _mergers() -> QuerySet[LifeEvent]:
    return LifeEvent.objects.filter(kind="merged", state="confirmed")
