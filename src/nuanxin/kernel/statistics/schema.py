"""What an indicator file may say; unknown keys are refused."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from nuanxin.kernel.core.declarations import Declaration
from nuanxin.kernel.statistics.enums import LEAVES, Flow, Kind, Unit

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{2,59}$")]
Sentence = Annotated[str, StringConstraints(min_length=2, max_length=300)]

NEEDS: dict[Kind, set[str]] = {
    Kind.COUNT: {"over"},
    Kind.DISTINCT: {"over", "of"},
    Kind.SUM: {"over", "of"},
    Kind.STOCK: {"over"},
    Kind.RATIO: {"numerator", "denominator"},
    Kind.DERIVED: {"plus"},
    Kind.STANDARD: {"parameter"},
    Kind.TARGET: {"of"},
}
MAY: dict[Kind, set[str]] = {
    Kind.COUNT: {"flow", "where"},
    Kind.DISTINCT: {"flow", "where"},
    Kind.SUM: {"flow", "where"},
    Kind.STOCK: {"of", "where", "circumstances"},
    Kind.RATIO: set(),
    Kind.DERIVED: {"minus"},
    Kind.STANDARD: set(),
    Kind.TARGET: set(),
}
SHAPE = ("over", "flow", "of", "where", "circumstances", "numerator", "denominator", "plus", "minus", "parameter")


class Source(BaseModel):
    """The document that asks for the figure or defines it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: Sentence
    article: str = ""


class CircumstanceColumn(BaseModel):
    """A column read from the subject's verified circumstance at the month's end, frozen with the closed month."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Code
    take: Annotated[str, StringConstraints(pattern=r"^(level|code|amount|exists)$")]


class Indicator(Declaration):
    """One countable thing: what is counted, over which tally, in what unit, by whose definition."""

    indicator: Code
    title: Sentence
    unit: Unit
    kind: Kind
    over: Code | None = None
    flow: Flow | None = None
    of: Code | None = None
    where: str | None = None
    circumstances: dict[Code, CircumstanceColumn] = Field(default_factory=dict)
    numerator: Code | None = None
    denominator: Code | None = None
    plus: list[Code] = Field(default_factory=list)
    minus: list[Code] = Field(default_factory=list)
    parameter: Code | None = None
    definition: Sentence
    source: Source
    places: int | None = Field(default=None, ge=0, le=4)
    assumption: str = ""
    note: str = ""

    @property
    def leaf(self) -> bool:
        """Tell whether the figure is counted from tallies itself, not made of other indicators."""
        return self.kind in LEAVES

    @property
    def parts(self) -> list[str]:
        """Return the codes of the indicators this one is made of."""
        named = [self.numerator, self.denominator, self.of if self.kind is Kind.TARGET else None]
        return [code for code in named if code] + self.plus + self.minus

    @property
    def counted(self) -> list[str]:
        """Return the codes of what is counted for this one: itself, or its parts."""
        return [self.indicator] if self.leaf else self.parts

    @model_validator(mode="after")
    def check_shape(self) -> "Indicator":
        """Refuse keys that the kind does not read and ask for those it needs."""
        given = {name for name in SHAPE if getattr(self, name)}
        if missing := NEEDS[self.kind] - given:
            raise ValueError(f"{self.kind.value} 类指标还须写明 {'、'.join(sorted(missing))}")
        if strange := given - NEEDS[self.kind] - MAY[self.kind]:
            raise ValueError(f"{self.kind.value} 类指标不用 {'、'.join(sorted(strange))}, 请删去")
        return self


class Awaited(BaseModel):
    """A figure that bureaus report and these records cannot yield yet: shown as not yet counted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Sentence
    unit: Unit
    awaits: Sentence


class AwaitedFile(Declaration):
    """The awaited indicators of one domain, by code."""

    awaited: dict[Code, Awaited]
