"""What may be counted of this room's tables."""

from nuanxin.kernel.core.tallies import Tally, register_tally

TALLIES = (
    Tally(
        name="task",
        title="办结任务",
        table="work_task",
        date_column="finished_on",
        month_column="booked_month",
        subject_column="owner_id",
        where="state = 'done'",
        columns={"kind": "kind", "role": "role", "owner_kind": "owner_kind", "due_on": "due_on"},
    ),
    Tally(
        name="visit",
        title="入户调查",
        table="work_visit",
        date_column="visited_on",
        month_column="booked_month",
        subject_column="household_id",
        where="state = 'signed'",
        columns={"owner_kind": "owner_kind", "person_id": "person_id"},
    ),
    Tally(
        name="letter",
        title="文书",
        table="work_letter",
        date_column="issued_on",
        month_column="booked_month",
        subject_column="person_id",
        where="issued_on is not null and state <> 'void'",
        columns={"kind": "kind", "state": "state", "owner_kind": "owner_kind", "household_id": "household_id"},
    ),
)


def declare() -> None:
    """Register the room's tallies."""
    for tally in TALLIES:
        register_tally(tally)
