"""What each kind of circumstance is called, by the facts that read it."""

from dataclasses import dataclass, field

from nuanxin.kernel.rulebook.books import open_books


@dataclass
class CircumstanceKind:
    """A kind of circumstance: its label, units by what is taken of it, and the labels of its codes."""

    kind: str
    label: str = ""
    units: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    yes_no: bool = False


def circumstance_kinds() -> dict[str, CircumstanceKind]:
    """Return every kind of circumstance that a declared fact reads, by kind."""
    found: dict[str, CircumstanceKind] = {}
    for _, placed in open_books().facts:
        fact = placed.item
        if fact.circumstance is None:
            continue
        kind = found.setdefault(fact.circumstance, CircumstanceKind(fact.circumstance))
        if not kind.label or fact.take == "amount":
            kind.label = fact.label
        if fact.take:
            kind.units.setdefault(fact.take, fact.unit)
        kind.codes.update(fact.codes)
        kind.yes_no = kind.yes_no or (fact.take == "level" and fact.type == "yesno")
    return found
