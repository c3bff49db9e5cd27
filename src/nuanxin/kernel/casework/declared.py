"""What may be counted and copied of this room's tables."""

from nuanxin.kernel.core.snapshots import SnapshotTable, register_snapshot_table
from nuanxin.kernel.core.tallies import Tally, register_tally

TALLIES = (
    Tally(
        name="decision",
        title="决定",
        table="casework_decision",
        date_column="decided_on",
        month_column="booked_month",
        subject_column="person_id",
        where="outcome <> 'pending'",
        columns={
            "benefit": "benefit",
            "kind": "kind",
            "outcome": "outcome",
            "amount_fen": "amount_fen",
            "persons": "persons",
            "household_id": "household_id",
            "effective_from": "effective_from",
        },
    ),
    Tally(
        name="application",
        title="申请",
        table="casework_application",
        date_column="filed_on",
        month_column="booked_month",
        subject_column="person_id",
        columns={"benefit": "benefit", "state": "state", "source": "source", "household_id": "household_id"},
    ),
)
TABLES = (
    SnapshotTable(
        name="application",
        table="casework_application",
        columns=(
            "id", "county", "township", "benefit", "person_id", "household_id", "filed_on", "state", "booked_month",
        ),
        county_column="county",
        order_by="id",
    ),
)  # fmt: skip


def declare() -> None:
    """Register the room's tallies and snapshot tables."""
    for tally in TALLIES:
        register_tally(tally)
    for table in TABLES:
        register_snapshot_table(table)
