"""What the registry lets a snapshot copy and an indicator count: keys, dates and codes, never names or numbers."""

from nuanxin.kernel.core.sealed import SealedColumn, register_sealed_column
from nuanxin.kernel.core.snapshots import SnapshotTable, register_snapshot_table
from nuanxin.kernel.core.tallies import Tally, register_tally
from nuanxin.kernel.registry.register import all_registers, tallies_of

TIMES = ("valid_from", "valid_to", "superseded_at", "change_id")
CIRCUMSTANCE = ("id", "person_id", "household_id", "kind", "amount_fen", "level", "code", "standing", *TIMES)
SNAPSHOTS = (
    SnapshotTable(
        name="person",
        table="registry_person",
        columns=("id", "division_id", "sex", "birth", "death", "hukou_county", "change_id"),
        county_column="county",
        order_by="id",
    ),
    SnapshotTable(
        name="household",
        table="registry_household",
        columns=("id", "division_id", "opened", "closed"),
        county_column="county",
        order_by="id",
    ),
    SnapshotTable(
        name="membership",
        table="registry_membership",
        columns=("id", "household_id", "person_id", "role", "counted", *TIMES),
        county_column=None,
        order_by="household_id, person_id, id",
    ),
    SnapshotTable(
        name="relation",
        table="registry_relation",
        columns=("id", "person_id", "other_id", "kind", *TIMES),
        county_column=None,
        order_by="person_id, id",
    ),
    SnapshotTable(
        name="circumstance",
        table="registry_circumstance",
        columns=CIRCUMSTANCE,
        county_column="county",
        order_by="person_id, household_id, id",
    ),
)
EVENT = Tally(
    name="event",
    title="已确认的生命事件",
    table="registry_lifeevent",
    date_column="on",
    month_column="booked_month",
    subject_column="person_id",
    where="state = 'confirmed'",
    columns={"kind": "kind"},
)


def declare() -> None:
    """Register the tables, the sealed columns, and the tallies of this room and of every declared register."""
    for table in SNAPSHOTS:
        register_snapshot_table(table)
    register_tally(EVENT)
    for name in ("registry_personidentifier", "registry_bankaccount"):
        register_sealed_column(SealedColumn(name))
    for spec in all_registers():
        for tally in tallies_of(spec):
            register_tally(tally)
