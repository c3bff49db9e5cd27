"""Figures a bureau published: numbers only, kept to be compared with; nothing is ever computed from them."""

import csv
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path

from django.conf import settings

import nuanxin
from nuanxin.kernel.core.errors import DeclarationError, DeclarationFault
from nuanxin.kernel.statistics.enums import Unit
from nuanxin.kernel.statistics.periods import Period

COUNTIES = Path(nuanxin.__file__).parent / "counties"
HEADER = ["id", "indicator", "number", "qualifier", "unit", "period"]
QUALIFIERS = ("exact", "about", "at_least", "at_most")


@dataclass(frozen=True)
class Published:
    """One published number in the unit it is printed in; `period` is what it speaks of: `2024H1`, a target's year."""

    id: str
    indicator: str
    number: Decimal
    qualifier: str
    unit: Unit
    period: str


@dataclass(frozen=True)
class Scale:
    """A demo county smaller than the real one: `people` of `of`."""

    people: int
    of: int

    @property
    def ratio(self) -> Fraction:
        """Return the share of the real county's people."""
        return Fraction(self.people, self.of)


def read_published(county: str, period: Period) -> list[Published]:
    """Return the published figures of a county's report, in its order; none where there is no file."""
    name = Path("counties") / county / "published" / f"{period.text.lower()}.csv"
    for path in (Path(settings.NUANXIN_HOME) / name, COUNTIES.parent / name):
        if path.exists():
            return read_file(path)
    return []


def read_file(path: Path) -> list[Published]:
    """Return the rows of one file; DeclarationError carries every faulty line."""
    rows: list[Published] = []
    faults: list[DeclarationFault] = []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != HEADER:
            raise DeclarationError([DeclarationFault(str(path), 1, f"表头须是 {','.join(HEADER)}。")])
        for line, row in enumerate(reader, start=2):
            try:
                rows.append(_row(row))
            except (ValueError, InvalidOperation) as error:
                faults.append(DeclarationFault(str(path), line, f"这一行读不懂: {error}。请检查数字、单位和限定词。"))
    if faults:
        raise DeclarationError(faults)
    return rows


def _row(row: dict[str, str]) -> Published:
    if row["qualifier"] not in QUALIFIERS:
        raise ValueError(f"限定词“{row['qualifier']}”")
    number, unit = Decimal(row["number"]), Unit(row["unit"])
    return Published(row["id"], row["indicator"], number, row["qualifier"], unit, row["period"])


def scale(county: str) -> Scale | None:
    """Return how much smaller a demo county is than the real one, None when it is full size or real."""
    path = Path(settings.NUANXIN_HOME) / "demo.json"
    if not path.exists():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    if told.get("county", county) != county or told["people"] == told["of"]:
        return None
    return Scale(int(told["people"]), int(told["of"]))
