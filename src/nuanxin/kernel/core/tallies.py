"""What may be counted: each room declares the countable events of its own tables here, at start."""

from dataclasses import dataclass, field

from nuanxin.kernel.core.errors import Fault


@dataclass(frozen=True)
class Tally:
    """A countable event: one row of `table` per event, booked in `month_column`, with `county` and `township` columns.

    `columns` maps each name an indicator may use to its SQL column; `where` narrows the table by a SQL condition.
    """

    name: str
    title: str
    table: str
    date_column: str
    month_column: str
    subject_column: str
    where: str | None = None
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StockTally:
    """Something that stands from a booked month (inclusive) to another (exclusive, null while it lasts)."""

    name: str
    title: str
    table: str
    from_month_column: str
    to_month_column: str
    subject_column: str
    columns: dict[str, str] = field(default_factory=dict)


_registered: dict[str, Tally | StockTally] = {}


def register_tally(tally: Tally | StockTally) -> None:
    """Add a tally; the same one twice changes nothing, another of the same name is our fault."""
    held = _registered.setdefault(tally.name, tally)
    if held != tally:
        raise Fault(f"two different tallies are called {tally.name}")


def all_tallies() -> dict[str, Tally | StockTally]:
    """Return every tally by its name, in the order of names."""
    return dict(sorted(_registered.items()))
