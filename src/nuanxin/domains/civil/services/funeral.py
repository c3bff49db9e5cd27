"""What follows from a cremation: the confirmed death, and the charges as circumstances of the deceased."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from nuanxin.domains.civil.registers.cremation import CHARGES, Cremation
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import selectors as registry_reads
from nuanxin.kernel.registry import services as registry

SOURCE = "火化登记"
CREMATION = "cremation"
KINDS = {item: f"funeral_{item}_fen" for item in CHARGES}


def record_funerals(*, records: Sequence[Cremation], change: Change) -> None:
    """Confirm the deaths (those already confirmed stay) and write the charges."""
    deaths = [
        {"kind": "death", "person_id": one.deceased_id, "on": one.died_on, "source": SOURCE}
        for one in records
        if one.deceased.death != one.died_on
    ]
    if deaths:
        registry.confirm_events(change=change, table=pa.Table.from_pylist(deaths))
    record_charges(records=records, change=change)


def record_charges(*, records: Sequence[Cremation], change: Change) -> None:
    """Write that each was cremated and what was really charged for each item, from the day of the cremation on."""
    rows: list[dict[str, Any]] = []
    for one in records:
        rows.append(_fact(one, CREMATION, None))
        rows += [_fact(one, KINDS[item], fen) for item, fen in one.charges.items()]
    schema = pa.schema(
        {
            "county": pa.string(),
            "person_id": pa.int64(),
            "household_id": pa.int64(),
            "kind": pa.string(),
            "valid_from": pa.date32(),
            "amount_fen": pa.int64(),
            "source": pa.string(),
        }
    )
    registry.load_circumstances(change=change, table=pa.Table.from_pylist(rows, schema=schema))


def _fact(one: Cremation, kind: str, amount_fen: int | None) -> dict[str, Any]:
    return {
        "county": one.county,
        "person_id": one.deceased_id,
        "household_id": None,
        "kind": kind,
        "valid_from": one.cremated_on,
        "amount_fen": amount_fen,
        "source": SOURCE,
    }


def end_charges(*, record: Cremation, change: Change) -> None:
    """Take back every fact that the record wrote."""
    for kind in (CREMATION, *KINDS.values()):
        registry.end_circumstance(change=change, kind=kind, person_id=record.deceased_id, on=record.cremated_on)


def undo_funerals(*, records: Sequence[Cremation], change: Change) -> None:
    """Take back the charges, and withdraw the deaths of which these records are the source."""
    for record in records:
        end_charges(record=record, change=change)
        for event in registry_reads.events_of(record.deceased_id):
            if event.kind == "death" and event.source == SOURCE and event.state == "confirmed":
                registry.withdraw_event(change=change, event_id=event.pk)
