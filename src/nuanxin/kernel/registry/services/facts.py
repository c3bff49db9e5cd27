"""Circumstances and relations: dated, append-only, with standing and source."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import timeline
from nuanxin.kernel.registry.enums import RelationKind, Standing
from nuanxin.kernel.registry.events import PayeeKind, PayeeNotice, run_payee_handlers
from nuanxin.kernel.registry.models import Circumstance, Person, Relation
from nuanxin.kernel.registry.selectors.households import household_by_id
from nuanxin.kernel.registry.services.households import lock_people, lock_person
from nuanxin.kernel.registry.services.ranges import refuse_impossible
from nuanxin.kernel.registry.services.relation_checks import check_relation
from nuanxin.kernel.registry.services.timeline import clear_stretch, replace

Couple = tuple[int, int, dt.date]
RELATION_COLUMNS = ["person_id", "other_id", "kind", "valid_from", "recorded_at", "change_id"]

RECEIVING = (RelationKind.GUARDIAN, RelationKind.CARER, RelationKind.PAYEE)
"""Relations by which somebody may be paid for another."""


@transaction.atomic
def record_circumstance(
    *,
    change: Change,
    kind: str,
    valid_from: dt.date,
    person_id: int | None = None,
    household_id: int | None = None,
    valid_to: dt.date | None = None,
    amount_fen: int | None = None,
    level: int | None = None,
    code: str | None = None,
    standing: str = Standing.VERIFIED,
    source: str = "",
) -> Circumstance:
    """Record one fact `[valid_from, valid_to)`: of the same kind and standing, what stood in that time is superseded.

    An observed value never touches a verified one; the two stand side by side until a named officer verifies.
    """
    _check_dates(valid_from, valid_to)
    refuse_impossible(kind, valid_from, amount_fen=amount_fen, level=level, code=code)
    county = _county_of(person_id, household_id)
    rows = _current(kind, standing, person_id, household_id, valid_from, valid_to)
    moment = clear_stretch(rows, start=valid_from, end=valid_to, change=change)
    return Circumstance.objects.create(
        county=county,
        person_id=person_id,
        household_id=household_id,
        kind=kind,
        amount_fen=amount_fen,
        level=level,
        code=code,
        standing=Standing(standing),
        source=source or change.source[:80],
        valid_from=valid_from,
        valid_to=valid_to,
        recorded_at=moment,
        change=change,
    )


@transaction.atomic
def end_circumstance(
    *,
    change: Change,
    kind: str,
    on: dt.date,
    person_id: int | None = None,
    household_id: int | None = None,
    standing: str = Standing.VERIFIED,
) -> int:
    """End what stands of a kind from `on` (its first day without); return how many rows were ended."""
    _county_of(person_id, household_id)
    rows = _current(kind, standing, person_id, household_id, on, None)
    clear_stretch(rows, start=on, end=None, change=change)
    return len(rows)


def _check_dates(valid_from: dt.date, valid_to: dt.date | None) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise Refused("dates.order", f"截止日期 {valid_to} 应晚于起始日期 {valid_from}。", "请核对两个日期。")


def _county_of(person_id: int | None, household_id: int | None) -> str:
    """Return the subject's county, the subject locked; Refused unless there is exactly one subject."""
    if (person_id is None) == (household_id is None):
        raise Refused("circumstance.subject", "情况须属于一个人或一个家庭。", "请从居民或家庭页面登记。")
    if person_id is not None:
        return lock_person(person_id).county
    assert household_id is not None
    return household_by_id(household_id).county


def _current(
    kind: str,
    standing: str,
    person_id: int | None,
    household_id: int | None,
    start: dt.date,
    end: dt.date | None,
) -> list[Circumstance]:
    """Return the rows known now whose validity touches `[start, end)`."""
    subject = Q(person_id=person_id) if household_id is None else Q(household_id=household_id)
    when = timeline.overlapping(start, end)
    return list(Circumstance.objects.filter(subject, when, kind=kind, standing=standing, superseded_at__isnull=True))


@transaction.atomic
def record_relation(
    *,
    change: Change,
    person_id: int,
    other_id: int,
    kind: str,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
) -> Relation:
    """Record what `other` is to `person`; a marriage is recorded for both. Refused for a second spouse at one time."""
    _check_dates(valid_from, valid_to)
    if person_id == other_id:
        raise Refused("relation.self", "不能与本人建立关系。", "请重新选择另一方。")
    people = lock_people(sorted((person_id, other_id)))
    check_relation(people[person_id], people[other_id], kind, valid_from)
    pairs = [(person_id, other_id)]
    if kind == RelationKind.SPOUSE:
        pairs.append((other_id, person_id))
        _check_spouses(pairs, valid_from, valid_to)
    standing = [row for one, other in pairs for row in _standing_relations(one, other, kind, valid_from, valid_to)]
    moment = clear_stretch(standing, start=valid_from, end=valid_to, change=change)
    made = [
        Relation.objects.create(
            person_id=one,
            other_id=other,
            kind=RelationKind(kind),
            valid_from=valid_from,
            valid_to=valid_to,
            recorded_at=moment,
            change=change,
        )
        for one, other in pairs
    ]
    return made[0]


def record_marriages(*, change: Change, couples: Sequence[Couple]) -> dt.datetime:
    """Record marriages of people who are all different, each for both; return the moment they are recorded at.

    The same as `record_relation` for one couple after the other, with the same refusals.
    """
    pairs = [pair for one, other, start in couples for pair in ((one, other, start), (other, one, start))]
    lock_people(sorted({one for one, _, _ in pairs}))
    spouses: dict[int, list[Relation]] = defaultdict(list)
    for row in timeline.current_rows(Relation, "person_id", [one for one, _, _ in pairs]):
        if row.kind == RelationKind.SPOUSE:
            spouses[row.person_id].append(row)
    standing = []
    for one, other, start in pairs:
        reaching = [row for row in spouses[one] if row.valid_to is None or row.valid_to > start]
        if one == other:
            raise Refused("relation.self", "不能与本人建立关系。", "请重新选择另一方。")
        if any(row.other_id != other for row in reaching):
            raise _married(one)
        standing += [(row, timeline.cut_out((row.valid_from, row.valid_to), start, None)) for row in reaching]
    moment = replace(standing, change=change)
    rows = [(one, other, RelationKind.SPOUSE.value, start, moment, change.pk) for one, other, start in pairs]
    bulk_insert(model=Relation, columns=RELATION_COLUMNS, rows=rows)
    return moment


def _married(person_id: int) -> Refused:
    name = Person.objects.values_list("name", flat=True).get(pk=person_id)
    return Refused("relation.married", f"{name}在这段时间已有配偶。", "请先登记离婚或丧偶，再登记结婚。")


def _standing_relations(
    person_id: int, other_id: int, kind: str, start: dt.date, end: dt.date | None
) -> list[Relation]:
    when = timeline.overlapping(start, end)
    rows = Relation.objects.filter(when, person_id=person_id, other_id=other_id, kind=kind, superseded_at__isnull=True)
    return list(rows)


def _check_spouses(pairs: list[tuple[int, int]], start: dt.date, end: dt.date | None) -> None:
    for one, other in pairs:
        when = timeline.overlapping(start, end)
        rows = Relation.objects.filter(when, person_id=one, kind=RelationKind.SPOUSE, superseded_at__isnull=True)
        if rows.exclude(other_id=other).exists():
            raise _married(one)


@transaction.atomic
def end_relation(
    *, change: Change, person_id: int, kind: str, on: dt.date, other_id: int | None = None
) -> dt.datetime | None:
    """End relations of a kind (to one other, or all) from `on`, a marriage for both; return when recorded."""
    both = Q(person_id=person_id)
    if kind == RelationKind.SPOUSE:
        both |= Q(other_id=person_id)
    if other_id is not None:
        both &= Q(person_id=other_id) | Q(other_id=other_id)
    rows = Relation.objects.filter(both, timeline.overlapping(on, None), kind=kind, superseded_at__isnull=True)
    standing = list(rows)
    if not standing:
        return None
    recorded = clear_stretch(standing, start=on, end=None, change=change)
    for row in standing:
        tell_receiving(row, on, change)
    return recorded


def tell_receiving(row: Relation, on: dt.date, change: Change) -> None:
    """Tell the rooms above that somebody is no longer a guardian or carer from a day on, if that is what they were."""
    if row.kind in RECEIVING:
        run_payee_handlers(PayeeNotice(PayeeKind.GUARDIAN, change, on, person_id=row.other_id, other_id=row.person_id))
