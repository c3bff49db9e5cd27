"""Cells of a list written fast: how a column is written is found out once for a list, not once for every cell."""

import inspect
from collections.abc import Callable
from html import escape
from typing import Any

from django.utils.html import conditional_escape
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


def shown(value: Any) -> str:
    """Return a cell's value as HTML: what `conditional_escape` does, without asking whether a plain text is lazy."""
    kind = type(value)
    if kind is SafeString:
        return str(value)
    return escape(value) if kind is str else conditional_escape(value)


def row_html(cells: list[Cell], record: Any, url: str | None) -> str:
    """Return one row; with an address it can be opened by mouse and keyboard."""
    texts = [shown(cell(record)) for cell in cells]
    opens = ""
    if url is not None:
        opens = f' data-href="{escape(url)}" tabindex="0"'
        _link(texts, escape(url))
    inner = "".join([f"{cell.open}{text}</td>" for cell, text in zip(cells, texts, strict=True)])
    return f"<tr{opens}>{inner}</tr>"


def _link(texts: list[str], url: str) -> None:
    """Make the first plain cell of a row a link, for who has no script or opens rows in windows of their own."""
    for place, text in enumerate(texts):
        if text and "<a" not in text and "<input" not in text:
            texts[place] = f'<a class="row-link" href="{url}" tabindex="-1">{text}</a>'
            return


def rows_html(table: Any, records: list[Any]) -> SafeString:
    """Return the rows of a page."""
    cells = cells_of(table, list(table.columns), "render")
    return mark_safe("\n".join([row_html(cells, one, table.row_url(one)) for one in records]))
