"""Which tables and columns a snapshot copies: each room declares its own, at start."""

from dataclasses import dataclass

from nuanxin.kernel.core.errors import Fault


@dataclass(frozen=True)
class SnapshotTable:
    """One table of a snapshot: never a column that holds a name, a number or an account.

    `county_column` narrows the copy to one county; None copies the whole table.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    county_column: str | None
    order_by: str


_registered: dict[str, SnapshotTable] = {}


def register_snapshot_table(table: SnapshotTable) -> None:
    """Add a table; the same one twice changes nothing, another of the same name is our fault."""
    held = _registered.setdefault(table.name, table)
    if held != table:
        raise Fault(f"two different snapshot tables are called {table.name}")


def all_snapshot_tables() -> dict[str, SnapshotTable]:
    """Return every table by its name, in the order of names."""
    return dict(sorted(_registered.items()))
