"""What may be counted and copied of this room's tables."""

from nuanxin.kernel.core.sealed import SealedColumn, register_sealed_column
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
    Tally(
        name="case",
        title="案件",
        table="casework_case",
        date_column="opened_on",
        month_column="booked_month",
        subject_column="person_id",
        columns={
            "kind": "kind",
            "benefit": "benefit",
            "workflow": "workflow",
            "state": "state",
            "urgent": "urgent",
            "near_relative": "near_relative",
            "closed_on": "closed_on",
            "whole_due_on": "whole_due_on",
            "household_id": "household_id",
        },
    ),
    Tally(
        name="notice",
        title="公示",
        table="casework_publicnotice",
        date_column="opened_on",
        month_column="booked_month",
        subject_column="person_id",
        columns={"benefit": "benefit", "state": "state", "members": "members", "amount_fen": "amount_fen"},
    ),
    Tally(
        name="hearing",
        title="听取意见",
        table="casework_hearing",
        date_column="held_on",
        month_column="booked_month",
        subject_column="person_id",
        where="held_on IS NOT NULL",
        columns={"benefit": "benefit", "outcome": "outcome"},
    ),
    Tally(
        name="review",
        title="复核",
        table="casework_review",
        date_column="closed_on",
        month_column="booked_month",
        subject_column="person_id",
        where="closed_on IS NOT NULL AND state = 'done'",
        columns={
            "benefit": "benefit",
            "kind": "kind",
            "changed": "changed",
            "sampled": "sampled",
            "household_id": "household_id",
        },
    ),
    Tally(
        name="appeal",
        title="申诉投诉",
        table="casework_appeal",
        date_column="received_on",
        month_column="booked_month",
        subject_column="person_id",
        columns={"kind": "kind", "benefit": "benefit", "state": "state", "outcome": "outcome", "due_on": "due_on"},
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
    """Register the room's tallies, snapshot tables and sealed columns."""
    register_sealed_column(SealedColumn("casework_appeal"))
    for tally in TALLIES:
        register_tally(tally)
    for table in TABLES:
        register_snapshot_table(table)
