"""What may be counted and copied of this room's tables."""

from nuanxin.kernel.core.snapshots import SnapshotTable, register_snapshot_table
from nuanxin.kernel.core.tallies import StockTally, register_tally

STOCKS = (
    StockTally(
        name="grant",
        title="在享待遇(户或人)",
        table="grants_grant",
        from_month_column="booked_from",
        to_month_column="booked_to",
        subject_column="id",
        columns={
            "benefit": "benefit",
            "pays": "pays",
            "basis": "basis",
            "end_cause": "end_cause",
            "person_id": "person_id",
            "household_id": "household_id",
        },
    ),
    StockTally(
        name="coverage",
        title="待遇覆盖的人",
        table="grants_coverage",
        from_month_column="booked_from",
        to_month_column="booked_to",
        subject_column="person_id",
        columns={"benefit": "benefit", "grant_id": "grant_id", "end_cause": "end_cause"},
    ),
)
TABLES = (
    SnapshotTable(
        name="grant",
        table="grants_grant",
        columns=(
            "id", "county", "township", "division_id", "benefit", "pays", "person_id", "household_id", "from_date",
            "to_date", "booked_from", "booked_to", "held_since", "basis", "takeover_list_id", "decision_id",
        ),
        county_column="county",
        order_by="id",
    ),
    SnapshotTable(
        name="coverage",
        table="grants_coverage",
        columns=(
            "id", "grant_id", "county", "township", "benefit", "person_id", "from_date", "to_date", "booked_from",
            "booked_to",
        ),
        county_column="county",
        order_by="id",
    ),
    SnapshotTable(
        name="share",
        table="grants_share",
        columns=(
            "id", "coverage_id", "component", "amount_fen", "payee_id", "from_date", "to_date", "superseded_at",
            "assessment_run_id", "recorded_at", "change_id",
        ),
        county_column=None,
        order_by="id",
    ),
)  # fmt: skip


def declare() -> None:
    """Register the room's tallies and snapshot tables."""
    for stock in STOCKS:
        register_tally(stock)
    for table in TABLES:
        register_snapshot_table(table)
