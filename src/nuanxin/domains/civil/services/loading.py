"""Many records of a register from a table, with the checks of a form; for takeovers and the demo."""

from typing import Any

import pyarrow as pa
from django.db import transaction

from nuanxin.domains.civil.registers.cremation import CHARGE_COLUMNS, Cremation
from nuanxin.domains.civil.registers.marriage import MarriageRecord
from nuanxin.kernel.core.booking import months_asked_once
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.register import Register, spec_of
from nuanxin.kernel.registry.services.record_checks import build_records
from nuanxin.kernel.registry.services.records import write_records
from nuanxin.kernel.registry.services.tables import Columns, conform

CREMATIONS = Columns(
    needed={"county": pa.string(), "deceased_id": pa.int64(), "died_on": pa.date32(), "cremated_on": pa.date32()},
    optional={"parlour": pa.string(), "applicant_id": pa.int64(), **dict.fromkeys(CHARGE_COLUMNS, pa.int64())},
    defaults={"parlour": "", **dict.fromkeys(CHARGE_COLUMNS, 0)},
)
MARRIAGES = Columns(
    needed={
        "county": pa.string(),
        "division": pa.string(),
        "kind": pa.string(),
        "registered_on": pa.date32(),
        "party_a_name": pa.string(),
        "party_b_name": pa.string(),
    },
    optional={
        "party_a_id": pa.int64(),
        "party_b_id": pa.int64(),
        "cross_region": pa.bool_(),
        "quality_passed": pa.bool_(),
        "certificate_no": pa.string(),
    },
    defaults={"cross_region": False, "quality_passed": True, "certificate_no": ""},
)


def load_cremations(*, change: Change, table: pa.Table) -> int:
    """Record cremations, confirm the deaths and write the charges; all or none. Returns how many."""
    rows = conform(table, CREMATIONS).to_pylist()
    for row in rows:
        row.update({name: row[name] or 0 for name in CHARGE_COLUMNS}, parlour=row["parlour"] or "")
    return _load(Cremation, rows, change)


def load_marriages(*, change: Change, table: pa.Table) -> int:
    """Record acts of the register office, with the life events of people known here; all or none. Returns how many."""
    return _load(MarriageRecord, conform(table, MARRIAGES).to_pylist(), change)


@transaction.atomic
@months_asked_once()
def _load(model: type[Register], rows: list[dict[str, Any]], change: Change) -> int:
    """Write the rows through the register's own checks; Refused names the first faulty row."""
    values = [{_field(name): value for name, value in row.items() if name != "county"} for row in rows]
    spec, numbers = spec_of(model), range(1, len(rows) + 1)
    records, faults = build_records(spec=spec, rows=values, numbers=numbers, account=None)
    faults = [fault for fault in faults if not fault.question]  # the office that keeps the file has looked at these
    if faults:
        first = min(faults, key=lambda fault: fault.row)
        raise Refused("record.fault", f"第 {first.row} 行：{first.message}", first.todo)
    for record, row in zip(records, rows, strict=True):
        if record.county != row["county"]:
            raise Refused("record.county", f"登记对象不在县区 {row['county']}。", "请核对名单。")
    write_records(spec=spec, records=records, change=change)
    return len(records)


def _field(name: str) -> str:
    return name.removesuffix("_id")
