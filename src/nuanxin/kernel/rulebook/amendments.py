"""From which day two sets of declarations differ."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from nuanxin.kernel.rulebook.law import LocalLaw
from nuanxin.kernel.rulebook.laws import facts_differ, plain

EVER = dt.date(1900, 1, 1)


def first_difference(before: LocalLaw, after: LocalLaw) -> dt.date | None:
    """Return the first day on which something in force differs, None when nothing ever does.

    Facts have no dates: another way to read them counts from ever.
    """
    if facts_differ(before, after):
        return EVER
    days = [EVER, *sorted(_days(before) | _days(after))]
    return next((day for day in days if _on(before, day) != _on(after, day)), None)


def masked(after: LocalLaw, since: dt.date, names: Iterable[str]) -> list[str]:
    """Return in Chinese the values of wider layers, later than a day, that nearer ones shut out: easily overlooked."""
    told = []
    for name in names:
        parameter = after.parameters[name]
        for rank, value in parameter.values:
            held = parameter.on(value.from_)
            nearer = next((r for r, other in parameter.values if other is held), rank)
            if value.from_ > since and nearer > rank and held is not None:
                label = parameter.declared.label
                told.append(f"{label}：上级 {value.from_} 起的取值会被本县 {held.from_} 起的取值盖住")
    return told


def changed_parameters(before: LocalLaw, after: LocalLaw) -> list[str]:
    """Return the parameters that have other values."""
    return [
        name
        for name, parameter in after.parameters.items()
        if name not in before.parameters
        or [plain(v) for _, v in parameter.values] != [plain(v) for _, v in before.parameters[name].values]
    ]


def _days(law: LocalLaw) -> set[dt.date]:
    values = {d for p in law.parameters.values() for _, v in p.values for d in (v.from_, v.to) if d}
    return values | set(law.dates_of_change())


def _on(law: LocalLaw, day: dt.date) -> tuple[dict[str, Any], dict[str, Any], list[Any]]:
    """Return what is in force on a day, without the words that pay nobody."""
    parameters = {name: _bare(p.on(day)) for name, p in law.parameters.items()}
    benefits = {code: plain(placed.item) for code, placed in law.benefits_on(day).items()}
    return parameters, benefits, _sorted(plain(placed.item) for placed in law.exclusions_on(day))


def _bare(value: Any) -> Any:
    return value and (value.value, value.bands, value.table)


def _sorted(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=lambda item: str(item["id"]))
