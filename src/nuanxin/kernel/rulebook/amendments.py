"""From which day two sets of declarations differ."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from nuanxin.kernel.rulebook.law import LocalLaw

EVER = dt.date(1900, 1, 1)


def first_difference(before: LocalLaw, after: LocalLaw) -> dt.date | None:
    """Return the first day on which something in force differs, None when nothing ever does.

    Facts have no dates: another way to read them counts from ever.
    """
    known = {name: placed.item for name, placed in before.facts.items()}
    now = {name: placed.item for name, placed in after.facts.items()}
    if any(now.get(name) != fact for name, fact in known.items()):
        return EVER
    days = [EVER, *sorted(_days(before) | _days(after))]
    return next((day for day in days if _on(before, day) != _on(after, day)), None)


def _days(law: LocalLaw) -> set[dt.date]:
    values = {d for p in law.parameters.values() for _, v in p.values for d in (v.from_, v.to) if d}
    return values | set(law.dates_of_change())


def _on(law: LocalLaw, day: dt.date) -> tuple[dict[str, Any], dict[str, Any], list[Any]]:
    """Return what is in force on a day, without the words that pay nobody."""
    parameters = {name: _bare(p.on(day)) for name, p in law.parameters.items()}
    benefits = {code: placed.item for code, placed in law.benefits_on(day).items()}
    return parameters, benefits, _sorted(placed.item for placed in law.exclusions_on(day))


def _bare(value: Any) -> Any:
    return value and (value.value, value.bands, value.table)


def _sorted(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=lambda item: item.id)
