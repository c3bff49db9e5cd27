"""Shapes of letter declarations: dated wording, the values it needs, remedies with their clause."""

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from nuanxin.kernel.core.declarations import Declaration

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,29}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
# what every wording may name without a value being handed in
GIVEN = frozenset({"issuer", "bureau", "county", "county_title", "government", "prefix", "series", "year", "number"})


class Part(BaseModel):
    """A part of a declaration: unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ValueSpec(Part):
    """A value a letter takes: money in fen, dates and months in ISO form, a list one item to the line."""

    label: Text
    type: Literal["text", "money", "date", "month", "list"] = "text"
    optional: bool = False


class Wording(Part):
    """What a letter says from a date on; `{name}` stands for a value, a paragraph with an absent one is left out."""

    from_: dt.date = Field(alias="from")
    title: Text
    to: Text = "{name}："
    paragraphs: tuple[Text, ...] = Field(min_length=1)
    remedy: Name | None = None
    closing: str = "特此通知。"
    number: Text = "{prefix}{series}〔{year}〕{number}号"


class Changed(Part):
    """What an area says differently from a date on; what is not named stays as it is above."""

    from_: dt.date = Field(alias="from")
    title: Text | None = None
    to: Text | None = None
    paragraphs: tuple[Text, ...] | None = None
    remedy: Name | None = None
    closing: str | None = None
    number: Text | None = None


class LetterFile(Declaration):
    """A kind of letter: its series of numbers, its values, its wording by date."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    letter: Name
    label: Text
    series: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    values: dict[Name, ValueSpec]
    versions: tuple[Wording, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _known_words(self) -> "LetterFile":
        """Refuse placeholders that are no value, and values that nothing says."""
        said: set[str] = set()
        for version in self.versions:
            said |= words_in(version.title, version.to, version.number, version.closing, *version.paragraphs)
        unknown = said - set(self.values) - GIVEN
        if unknown:
            raise ValueError(f"文中的 {_braced(unknown)} 没有在 values 里声明。请声明，或改正写法。")
        unsaid = set(self.values) - said - {"issuer"}
        if unsaid:
            raise ValueError(f"values 里的 {_braced(unsaid)} 文中没有用到。请用上，或删除。")
        return self


class LetterOverlay(Declaration):
    """An area's own wording of a letter declared above."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    letter: Name
    versions: tuple[Changed, ...] = Field(min_length=1)


class Remedy(Part):
    """How one may object, from a date on, with the clause; `assumption` where no text was at hand."""

    from_: dt.date = Field(alias="from")
    review_days: int = Field(ge=1)
    suit_months: int = Field(ge=1)
    text: Text
    document: Text
    article: str = ""
    assumption: bool = False
    note: str = ""


class RemedyFile(Declaration):
    """Every remedy paragraph by its name, each dated."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    remedies: dict[Name, tuple[Remedy, ...]]


def words_in(*texts: str) -> set[str]:
    """Return the names of the placeholders in texts."""
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


def _braced(names: set[str]) -> str:
    return "、".join(f"{{{name}}}" for name in sorted(names))
