"""The facts of the dictionary that a load may state: those a circumstance holds, by label and by code."""

from dataclasses import dataclass
from typing import ClassVar

from nuanxin.kernel.rulebook.releases import local_law


@dataclass(frozen=True)
class KnownFact:
    """A fact as a row of the check: `word` is its label or its code; bounds are whole numbers or fen, empty: none."""

    COLUMNS: ClassVar = (
        "word",
        "fact",
        "label",
        "kind",
        "subject",
        "take",
        "type",
        "unit",
        "codes",
        "least",
        "most",
        "certificate",
    )
    word: str
    fact: str
    label: str
    kind: str
    subject: str
    take: str
    type: str
    unit: str
    codes: str = ""
    least: str = ""
    most: str = ""
    certificate: str = ""

    @property
    def row(self) -> tuple[str, ...]:
        """Return it as a row."""
        return tuple(getattr(self, name) for name in self.COLUMNS)


def known_facts(county: str) -> list[KnownFact]:
    """Return the county's facts that are recorded as circumstances, each by its label and by its code."""
    found = []
    for name, placed in sorted(local_law(county).facts.items()):
        fact = placed.item
        if not fact.circumstance:
            continue
        least, most = ["" if bound is None else str(bound) for bound in fact.bounds]
        for word in dict.fromkeys((fact.label, name)):
            found.append(
                KnownFact(
                    word=word,
                    fact=name,
                    label=fact.label,
                    kind=fact.circumstance,
                    subject=fact.of,
                    take=str(fact.take),
                    type=fact.type,
                    unit=fact.unit,
                    codes="|".join(f"{c}={text}" for c, text in fact.codes.items()),
                    least=least,
                    most=most,
                    certificate=fact.certificate or "",
                )
            )
    return found
