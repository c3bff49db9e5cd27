"""What follows from the welfare registers: the circumstances that the benefits read."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from nuanxin.domains.welfare.registers.burial import EcoBurial
from nuanxin.domains.welfare.registers.resettler import Resettler
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import services as registry

RESETTLER, BURIAL, MOVED = "resettler", "eco_burial", "eco_moved"
SCHEMA = pa.schema(
    {
        "county": pa.string(),
        "person_id": pa.int64(),
        "household_id": pa.int64(),
        "kind": pa.string(),
        "valid_from": pa.date32(),
        "valid_to": pa.date32(),
        "code": pa.string(),
        "source": pa.string(),
    }
)


def write_resettlers(*, records: Sequence[Resettler], change: Change) -> None:
    """Write that people are resettlers, from the day the move was complete until they are taken off."""
    rows = [
        _fact(one.county, one.person_id, RESETTLER, one.completed_on, "水库移民登记", until=one.removed_on)
        for one in records
    ]
    registry.load_circumstances(change=change, table=pa.Table.from_pylist(rows, schema=SCHEMA))


def end_resettlers(*, records: Sequence[Resettler], change: Change) -> None:
    """Take it back from the first day on."""
    for one in records:
        registry.end_circumstance(change=change, kind=RESETTLER, person_id=one.person_id, on=one.completed_on)


def write_burials(*, records: Sequence[EcoBurial], change: Change) -> None:
    """Write how and when the deceased were first laid to rest; one whose first is unknown here is marked as moved."""
    known = {
        *EcoBurial.objects.filter(deceased__in=[one.deceased_id for one in records], moved=False)
        .exclude(state="void")
        .values_list("deceased_id", flat=True)
    }
    rows = []
    for one in records:
        if one.moved and one.deceased_id in known:
            continue
        rows.append(_fact(one.county, one.deceased_id, BURIAL, one.buried_on, "安葬登记", code=one.method))
        if one.moved:
            rows.append(_fact(one.county, one.deceased_id, MOVED, one.buried_on, "安葬登记"))
    registry.load_circumstances(change=change, table=pa.Table.from_pylist(rows, schema=SCHEMA))


def end_burials(*, records: Sequence[EcoBurial], change: Change) -> None:
    """Take it back from the day of the burial on; the first burial stands when only a move is taken back."""
    for one in records:
        if not one.moved:
            registry.end_circumstance(change=change, kind=BURIAL, person_id=one.deceased_id, on=one.buried_on)
        registry.end_circumstance(change=change, kind=MOVED, person_id=one.deceased_id, on=one.buried_on)


def _fact(
    county: str, person_id: int, kind: str, since: dt.date, source: str, *, until: dt.date | None = None, code: str = ""
) -> dict[str, Any]:
    return {
        "county": county,
        "person_id": person_id,
        "household_id": None,
        "kind": kind,
        "valid_from": since,
        "valid_to": until,
        "code": code or None,
        "source": source,
    }
