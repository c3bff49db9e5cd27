"""Shapes that several declarations share."""

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nuanxin.kernel.core.declarations import Declaration

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Declared(BaseModel):
    """A part of a declaration: unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class File(Declaration):
    """A whole declaration file; it knows its document, so that faults name their line."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Basis(Declared):
    """A clause: document, article and the date since which it is in force."""

    document: Label
    article: str = ""
    effective: dt.date | None = None
    assumption: bool = False
    note: str = ""


class Period(Declared):
    """From a date (inclusive) to a date (exclusive); no `to` means until further notice."""

    from_: dt.date = Field(alias="from")
    to: dt.date | None = None

    def covers(self, date: dt.date) -> bool:
        """Tell whether the date lies within."""
        return self.from_ <= date and (self.to is None or date < self.to)
