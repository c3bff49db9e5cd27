"""What may be counted and copied of this room's tables."""

from nuanxin.kernel.core.snapshots import SnapshotTable, register_snapshot_table
from nuanxin.kernel.core.tallies import Tally, register_tally

TALLIES = (
    Tally(
        name="payment",
        title="到账明细",
        table="payments_line",
        date_column="paid_on",
        month_column="paid_month",
        subject_column="person_id",
        where="state = 'paid'",
        columns={
            "benefit": "benefit",
            "amount_fen": "amount_fen",
            "household_id": "household_id",
            "run_id": "run_id",
        },
    ),
    Tally(
        name="due",
        title="应发金额",
        table="payments_due",
        date_column="entitlement_month",
        month_column="booked_month",
        subject_column="person_id",
        where="state = 'live' and kind not in ('recovery', 'returned')",
        columns={
            "benefit": "benefit",
            "component": "component",
            "kind": "kind",
            "cause": "cause",
            "amount_fen": "amount_fen",
            "household_id": "household_id",
            "grant_id": "grant_id",
            "decision_id": "decision_id",
            "line_id": "line_id",
            "entitlement_month": "entitlement_month",
        },
    ),
    Tally(
        name="reserve_payment",
        title="备用金支付",
        table="payments_reserveentry",
        date_column="on",
        month_column="booked_month",
        subject_column="person_id",
        where="counted_fen <> 0",
        columns={"benefit": "benefit", "kind": "kind", "amount_fen": "counted_fen"},
    ),
    Tally(
        name="help_first",
        title="先行救助",
        table="payments_helpfirst",
        date_column="paid_on",
        month_column="booked_month",
        subject_column="entry_id",
        where="outcome <> 'reversed'",
        columns={"outcome": "outcome", "completed_on": "completed_on", "due_on": "due_on"},
    ),
)
TABLES = (
    SnapshotTable(
        name="due",
        table="payments_due",
        columns=(
            "id", "county", "township", "benefit", "component", "kind", "person_id", "household_id", "grant_id",
            "entitlement_month", "booked_month", "amount_fen", "state", "decision_id", "line_id",
        ),
        county_column="county",
        order_by="id",
    ),
    SnapshotTable(
        name="line",
        table="payments_line",
        columns=(
            "id", "run_id", "seq", "county", "township", "benefit", "person_id", "household_id", "amount_fen", "state",
            "paid_month", "paid_on",
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
