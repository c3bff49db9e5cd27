"""What may be counted of this room's tables."""

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


def declare() -> None:
    """Register the room's tallies."""
    for tally in TALLIES:
        register_tally(tally)
