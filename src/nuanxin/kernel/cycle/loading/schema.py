"""What a table of a load is: its sheet, its columns and what a cell may hold; declared in `tables.yaml`."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from nuanxin.kernel.core.declarations import load_declaration

Type = Literal[
    "own", "citizen", "other", "name", "choice", "date", "month", "money", "ethnic", "division", "county", "phone",
    "card", "household", "text", "code", "fact", "account", "uscc", "benefit",
]  # fmt: skip
NUMBERS = frozenset(
    {"own", "citizen", "other", "division", "county", "phone", "card", "household", "code", "account", "uscc"}
)
"""Types whose cells must be text: a number cell may have lost its last digits or its leading noughts."""
PERSON_KEYS = (("C", "citizen"), ("O", "other"), ("W", "own"))
"""How a person is named: identity number, other number, the bureau's own; the first that is filled counts."""


class ColumnSpec(BaseModel):
    """A column: `need` says that no cell may be empty, `key` that the table cannot do without the column."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    label: str
    type: Type
    need: bool = False
    key: bool = False
    most: int = 0
    choices: dict[str, str] = {}
    note: str = ""
    example: str = ""


class TableSpec(BaseModel):
    """A table: a sheet of a workbook, or a csv or Parquet file of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    note: str
    columns: tuple[ColumnSpec, ...]

    def column(self, name: str) -> ColumnSpec:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)

    def has(self, name: str) -> bool:
        """Tell whether the table has a column of this name."""
        return any(column.name == name for column in self.columns)

    @property
    def labels(self) -> dict[str, str]:
        """Return the columns' names by label; a file may also use the names themselves."""
        return {column.label: column.name for column in self.columns} | {c.name: c.name for c in self.columns}

    @property
    def keys(self) -> frozenset[str]:
        """Return the names of the columns the table cannot do without."""
        return frozenset(column.name for column in self.columns if column.key)


class TablesFile(BaseModel):
    """The file: the tables in the order in which they are loaded."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tables: dict[str, TableSpec]


@cache
def tables() -> dict[str, TableSpec]:
    """Return the declared tables by name, in loading order; the file is read once."""
    return load_declaration(Path(__file__).with_name("tables.yaml"), TablesFile).tables


def table_of_title(title: str) -> str | None:
    """Return the name of the table whose sheet is titled so, None when there is none."""
    return next((name for name, spec in tables().items() if spec.title == title), None)
