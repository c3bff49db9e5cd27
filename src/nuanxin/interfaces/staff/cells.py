"""Cells of a list written fast: how a column is written is found out once for a list, not once for every cell."""

import inspect
from collections.abc import Callable
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django_tables2.columns import BoundColumn, Column

NOTHING = (None, "")


class Cell:
    """One column of one table: takes a record, gives what is shown (`render`) or exported (`value`)."""

    def __init__(self, table: Any, bound: BoundColumn, how: str) -> None:
        """Find the writing verb: the table's own `render_<name>`, else the column's."""
        self.table, self.bound, self.path = table, bound, str(bound.accessor).replace("__", ".").split(".")
        self.verb = self._verb(how)
        self.wants = tuple(
            name for name in inspect.signature(self.verb).parameters if name in ("value", "record", "table")
        )
        self.always = bound.column.empty_values == ()
        self.default = "" if how == "value" else bound.default
        cell = bound.attrs["td"].as_html()
        self.open = mark_safe(f"<td {cell}>" if cell else "<td>")

    def _verb(self, how: str) -> Callable[..., Any]:
        own = getattr(self.table, f"{how}_{self.bound.name}", None)
        if own is None and how == "value" and type(self.bound.column).value is Column.value:
            own = getattr(self.table, f"render_{self.bound.name}", None) or self.bound.column.render
        return own or getattr(self.bound.column, how)

    def __call__(self, record: Any) -> Any:
        """Return the cell of a record."""
        value = None if self.always else self._resolve(record)
        if value in NOTHING and not self.always:
            return self.default
        given = {"value": value, "record": record, "table": self.table}
        return self.verb(**{name: given[name] for name in self.wants})

    def _resolve(self, record: Any) -> Any:
        for name in self.path:
            record = getattr(record, name, None)
            if record is None:
                return None
        return record


def cells_of(table: Any, columns: list[BoundColumn], how: str) -> list[Cell]:
    """Return the cells of some columns of a table."""
    return [Cell(table, column, how) for column in columns]


def row_html(cells: list[Cell], record: Any, url: str | None) -> SafeString:
    """Return one row; with an address it can be opened by mouse and keyboard."""
    inner = mark_safe("".join(f"{cell.open}{conditional_escape(cell(record))}</td>" for cell in cells))
    if url is None:
        return format_html("<tr>{}</tr>", inner)
    return format_html('<tr data-href="{}" tabindex="0">{}</tr>', url, inner)


def rows_html(table: Any, records: list[Any]) -> SafeString:
    """Return the rows of a page."""
    cells = cells_of(table, list(table.columns), "render")
    return format_html_join("\n", "{}", ((row_html(cells, one, table.row_url(one)),) for one in records))
