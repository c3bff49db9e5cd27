"""What follows from an act of the register office: the life event of two people known here."""

from collections.abc import Sequence

import pyarrow as pa

from nuanxin.domains.civil.registers.marriage import MarriageRecord
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry import selectors as registry_reads
from nuanxin.kernel.registry import services as registry

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
    """Withdraw the events of these records."""
    for record in records:
        if not record.is_event or record.party_a_id is None:
            continue
        for event in registry_reads.events_of(record.party_a_id):
            same = (event.kind, event.on, event.source) == (record.kind, record.registered_on, SOURCE)
            if same and event.state == "confirmed":
                registry.withdraw_event(change=change, event_id=event.pk)
