"""What was recorded about people and households since a day, for many at once: what a review looks at."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from nuanxin.kernel.registry.enums import EventState, Standing
from nuanxin.kernel.registry.models import Circumstance, LifeEvent, Membership
from nuanxin.kernel.registry.selectors.chosen import among
from nuanxin.kernel.registry.timeline import standing


@dataclass(frozen=True)
class Recorded:
    """Something recorded on a day that holds from another: `kind` of circumstance, of life event, or `member`."""

    subject: tuple[str, int]
    kind: str
    valid_from: dt.date
    recorded_on: dt.date


def _after(day: dt.date) -> dt.datetime:
    """Return the first moment after a day."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), timezone.get_current_timezone())


def _day(at: dt.datetime) -> dt.date:
    """Return the day of a moment here."""
    return at.astimezone(timezone.get_current_timezone()).date()


def circumstances_recorded(
    person_ids: Collection[int], household_ids: Collection[int], after: dt.date
) -> Iterator[Recorded]:
    """Yield the verified circumstances known now that were recorded after a day."""
    rows = Circumstance.objects.filter(
        standing=Standing.VERIFIED, superseded_at__isnull=True, recorded_at__gte=_after(after)
    )
    for column, ids in (("person_id", person_ids), ("household_id", household_ids)):
        values = rows.filter(**{f"{column}__in": among(ids)})
        for subject, kind, start, at in values.values_list(column, "kind", "valid_from", "recorded_at"):
            yield Recorded((column[:-3], subject), kind, start, _day(at))


def memberships_recorded(household_ids: Collection[int], after: dt.date) -> Iterator[Recorded]:
    """Yield who joined or left households, as recorded after a day."""
    rows = Membership.objects.filter(superseded_at__isnull=True, recorded_at__gte=_after(after))
    theirs = rows.filter(household_id__in=among(household_ids))
    for home, start, end, at in theirs.values_list("household_id", "valid_from", "valid_to", "recorded_at"):
        yield Recorded(("household", home), "left" if end else "joined", end or start, _day(at))


def events_recorded(person_ids: Collection[int], after: dt.date) -> Iterator[Recorded]:
    """Yield the life events of people that happened or were confirmed after a day and were not withdrawn."""
    rows = LifeEvent.objects.filter(Q(on__gt=after) | Q(confirmed_at__gte=_after(after))).exclude(
        state=EventState.WITHDRAWN
    )
    for person, kind, on in rows.filter(person_id__in=among(person_ids)).values_list("person_id", "kind", "on"):
        yield Recorded(("person", person), kind, on, on)


def observed_otherwise(
    person_ids: Sequence[int], household_ids: Sequence[int], on: dt.date
) -> dict[tuple[str, int], set[str]]:
    """Return by subject the kinds of which an observed value stands on a day beside a verified one, or beside none."""
    found: dict[tuple[str, int], dict[str, dict[str, set[tuple[object, ...]]]]] = {}
    rows = Circumstance.objects.filter(standing(on), standing__in=[Standing.VERIFIED, Standing.OBSERVED])
    for column, ids in (("person_id", person_ids), ("household_id", household_ids)):
        values = rows.filter(**{f"{column}__in": among(ids)})
        for subject, kind, how, *value in values.values_list(column, "kind", "standing", "amount_fen", "level", "code"):
            kinds = found.setdefault((column[:-3], subject), {})
            kinds.setdefault(kind, {}).setdefault(how, set()).add(tuple(value))
    return {
        subject: differing
        for subject, kinds in found.items()
        if (differing := {kind for kind, by in kinds.items() if _differs(by)})
    }


def _differs(by: dict[str, set[tuple[object, ...]]]) -> bool:
    observed = by.get(Standing.OBSERVED, set())
    return bool(observed - by.get(Standing.VERIFIED, set()))


@dataclass(frozen=True)
class EndingPaper:
    """A verified circumstance of a person that ends on `last_day` with nothing of its kind after it."""

    person_id: int
    kind: str
    last_day: dt.date


def ending_papers(county: str, kinds: Iterable[str], first: dt.date, last: dt.date) -> list[EndingPaper]:
    """Return a county's verified circumstances of the kinds whose last day lies in `[first, last]`, not renewed yet."""
    day = dt.timedelta(days=1)
    rows = Circumstance.objects.filter(
        county=county, kind__in=list(kinds), standing=Standing.VERIFIED, superseded_at__isnull=True,
        person__isnull=False,
    )  # fmt: skip
    ending = rows.filter(valid_to__gt=first, valid_to__lte=last + day).order_by("person_id", "kind", "valid_to")
    listed = list(ending.values_list("person_id", "kind", "valid_to"))
    later: dict[tuple[int, str], dt.date] = {}
    people = {person for person, _, _ in listed if person}
    for person, kind, end in rows.filter(person_id__in=among(people)).values_list("person_id", "kind", "valid_to"):
        later[person or 0, kind] = max(later.get((person or 0, kind), dt.date.min), end or dt.date.max)
    return [
        EndingPaper(person, kind, end - day)
        for person, kind, end in listed
        if person is not None and end is not None and later[person, kind] <= end
    ]


def papers_over(person_ids: Collection[int], kinds: Iterable[str], on: dt.date) -> dict[int, dt.date]:
    """Return those of the people whose verified papers of the kinds have all ended by a day, with the first day
    without."""
    ends: dict[int, dt.date] = {}
    rows = Circumstance.objects.filter(kind__in=list(kinds), standing=Standing.VERIFIED, superseded_at__isnull=True)
    for person, end in rows.filter(person_id__in=among(person_ids)).values_list("person_id", "valid_to"):
        ends[person or 0] = max(ends.get(person or 0, dt.date.min), end or dt.date.max)
    return {person: end for person, end in ends.items() if end <= on}


def papers_held(person_ids: Collection[int], kinds: Iterable[str], on: dt.date) -> dict[int, dt.date]:
    """Return those of the people who hold a verified paper of the kinds on a day, with the start of the newest."""
    found: dict[int, dt.date] = {}
    rows = Circumstance.objects.filter(standing(on), kind__in=list(kinds), standing=Standing.VERIFIED)
    for person, start in rows.filter(person_id__in=among(person_ids)).values_list("person_id", "valid_from"):
        found[person or 0] = max(found.get(person or 0, dt.date.min), start)
    return found


@dataclass(frozen=True)
class ToldLate:
    """What holds from a month before the one it was recorded in: a verified circumstance, or a member who came or went.

    `key` names the record; `what` is `circumstance` or `member`.
    """

    key: str
    person_id: int | None
    household_id: int | None
    kind: str
    valid_from: dt.date
    what: str = "circumstance"


def told_late(county: str, after: dt.date) -> list[ToldLate]:
    """Return what was recorded in a county after a day about months that had passed by then, in order of writing."""
    rows = Circumstance.objects.filter(
        county=county, standing=Standing.VERIFIED, superseded_at__isnull=True, recorded_at__gte=_after(after)
    )
    columns = ("id", "person_id", "household_id", "kind", "valid_from", "recorded_at")
    found = [
        ToldLate(f"c{pk}", person, home, kind, start)
        for pk, person, home, kind, start, at in rows.order_by("id").values_list(*columns)
        if _late(start, at)
    ]
    return found + list(_members_late(county, after))


def _late(start: dt.date, at: dt.datetime) -> bool:
    return (start.year, start.month) < (_day(at).year, _day(at).month)


def _members_late(county: str, after: dt.date) -> Iterator[ToldLate]:
    rows = Membership.objects.filter(
        household__county=county, superseded_at__isnull=True, recorded_at__gte=_after(after)
    )
    columns = ("id", "person_id", "household_id", "valid_from", "valid_to", "recorded_at")
    for pk, person, home, start, end, at in rows.order_by("id").values_list(*columns):
        if _late(end or start, at):
            yield ToldLate(f"m{pk}", person, home, "left" if end else "joined", end or start, "member")
