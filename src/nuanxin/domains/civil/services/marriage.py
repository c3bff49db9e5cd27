"""What follows from an act of the register office: the life event of two people known here."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa
from django.db.models import Q

from nuanxin.domains.civil.registers.marriage import ACTS, MarriageKind, MarriageRecord
from nuanxin.domains.civil.services.couples import Act, Marriage, object_to_couples
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.names import normal_name
from nuanxin.kernel.registry import selectors as registry_reads
from nuanxin.kernel.registry import services as registry
from nuanxin.kernel.registry.register import VOID, RecordObjection

CHUNK = 2000
SOURCE = "婚姻登记"


def confirm_marriages(*, records: Sequence[MarriageRecord], change: Change) -> None:
    """Confirm a marriage or divorce for each record of two people known here."""
    rows = [
        {
            "kind": one.kind,
            "person_id": one.party_a_id,
            "other_id": one.party_b_id,
            "on": one.registered_on,
            "source": SOURCE,
        }
        for one in records
        if one.is_event
    ]
    if rows:
        registry.confirm_events(change=change, table=pa.Table.from_pylist(rows))


def withdraw_marriages(*, records: Sequence[MarriageRecord], change: Change) -> None:
    """Withdraw the events of these records, unless another record of the same act stands."""
    for record in records:
        if not record.is_event or record.party_a_id is None:
            continue
        act = (record.kind, record.registered_on, record.party_a_id, record.party_b_id)
        if MarriageRecord.of_couple(*act).exists():
            continue
        couple = {record.party_a_id, record.party_b_id}
        for event in registry_reads.events_of(record.party_a_id):
            same = (event.kind, event.on, event.source) == (record.kind, record.registered_on, SOURCE)
            if same and {event.person_id, event.other_id} == couple and event.state == "confirmed":
                registry.withdraw_event(change=change, event_id=event.pk)


def object_to_records(records: Sequence[MarriageRecord]) -> list[RecordObjection]:
    """Return what speaks against records not yet written: the bars of the law, and the same act a second time."""
    places = [index for index, record in enumerate(records) if record.kind in ACTS]
    chosen = [records[index] for index in places]
    acts = [
        Act(one.kind, one.registered_on, one.party_a, one.party_b, one.party_a_name, one.party_b_name) for one in chosen
    ]
    found = [
        RecordObjection(places[one.index], _column(records[places[one.index]]), one.message, one.todo, one.question)
        for one in object_to_couples(acts, _half_known(chosen))
    ]
    against = {one.index for one in found}
    return found + _twice([(index, records[index]) for index in places if index not in against])


def _column(record: MarriageRecord) -> str:
    return "party_b" if record.party_a_id is None else "party_a"


def _half_known(records: Sequence[MarriageRecord]) -> dict[int, list[Marriage]]:
    """Return, by person, the marriages of which the register knows one party only: the other lives elsewhere."""
    people = sorted({one for record in records for one in (record.party_a_id, record.party_b_id) if one is not None})
    found: dict[int, list[Marriage]] = defaultdict(list)
    for start in range(0, len(people), CHUNK):
        part = people[start : start + CHUNK]
        half = Q(party_a__in=part, party_b=None) | Q(party_b__in=part, party_a=None)
        rows = MarriageRecord.objects.filter(half, kind__in=ACTS).exclude(state=VOID)
        for row in rows.order_by("registered_on", "id"):
            person, name = (
                (row.party_a_id, row.party_b_name) if row.party_a_id is not None else (row.party_b_id, row.party_a_name)
            )
            assert person is not None
            if row.kind == MarriageKind.MARRIAGE:
                found[person].append(Marriage(None, name, row.registered_on, sure=False))
            else:
                _end(found[person], name, row.registered_on)
    return found


def _end(marriages: list[Marriage], name: str, on: dt.date) -> None:
    for one in marriages:
        if one.until is None and normal_name(one.name) == normal_name(name):
            one.until = on


def _twice(placed: list[tuple[int, MarriageRecord]]) -> list[RecordObjection]:
    """Ask about the same names on one day, in either order, with other certificates or people unknown here."""
    days = sorted({record.registered_on for _, record in placed})
    seen: dict[Key, MarriageRecord] = {}
    for start in range(0, len(days), CHUNK):
        rows = MarriageRecord.objects.filter(registered_on__in=days[start : start + CHUNK], kind__in=ACTS)
        seen.update({_key(row): row for row in rows.exclude(state=VOID)})
    found = []
    for index, record in placed:
        before = seen.setdefault(_key(record), record)
        if before is record or _told_apart(before, record):
            continue
        where = f"第 {before.pk} 号记录" if before.pk else "本表另一行"
        said = (
            f"{record.party_a_name}与{record.party_b_name}在 {record.registered_on} 已有一条"
            f"{record.get_kind_display()}（{where}，证书字号 {before.certificate_no or '未填'}）。"
        )
        todo = "同一对当事人只登记一次：重复的请删去；确是同名的另一对，请写明核实情况后登记。"
        certain = record.is_event and before.is_event
        found.append(RecordObjection(index, "party_a_name", said, todo, question=not certain))
    return found


Key = tuple[str, dt.date, tuple[str, ...]]


def _key(record: MarriageRecord) -> Key:
    names = sorted((normal_name(record.party_a_name), normal_name(record.party_b_name)))
    return record.kind, record.registered_on, tuple(names)


def _told_apart(one: MarriageRecord, other: MarriageRecord) -> bool:
    """Tell whether two acts with the same names are of different people, as far as they are known here."""
    if not (one.is_event and other.is_event):
        return False
    return {one.party_a_id, one.party_b_id} != {other.party_a_id, other.party_b_id}
