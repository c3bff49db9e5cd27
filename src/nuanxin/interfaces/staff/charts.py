"""Charts as data: names, series and their rows as a table."""

from collections.abc import Sequence
from typing import Any


def chart(
    kind: str,
    unit: str,
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | int | None]]],
    **options: Any,
) -> dict[str, Any]:
    """Return a chart (`bar` or `line`) that the script draws and the table beside it repeats; `links` open each bar."""
    rows = [(name, [values[place] for _, values in series]) for place, name in enumerate(names)]
    listed = [{"name": name, "values": list(values)} for name, values in series]
    return {"kind": kind, "unit": unit, "names": list(names), "series": listed, "rows": rows, **options}
