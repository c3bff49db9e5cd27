"""Which benefits shut each other out: `refuse`, `top_up` or `highest`, each dated and with its basis.

exclusions:
  - {id: tekun_care, how: refuse, drop: canji_huli, keep: tekun, says: 特困人员不享受护理补贴, from: 2016-01-01,
     basis: [{document: 国发〔2015〕52号, assumption: true}]}
  - {id: child_top_up, how: top_up, drop: guer, keep: canji_shenghuo, says: 补差, from: 2020-01-01, basis: […]}
  - {id: care, how: highest, among: [hulibutie, canji_huli], says: 就高, from: 2020-01-01, basis: […]}
"""

import datetime as dt
from typing import Literal, Self

from pydantic import Field, model_validator

from nuanxin.kernel.rulebook.schema.common import Basis, Declared, File, Label, Name


class Exclusion(Declared):
    """One cell of the matrix: `drop` gives way to `keep`, or the largest `among` several is paid."""

    id: Name
    how: Literal["refuse", "top_up", "highest"]
    says: Label
    drop: Name | None = None
    keep: Name | None = None
    among: list[Name] = []
    reads: Literal["assessed", "in_force"] = "assessed"
    from_: dt.date = Field(alias="from")
    to: dt.date | None = None
    basis: list[Basis] = Field(min_length=1)

    @model_validator(mode="after")
    def _shape(self) -> Self:
        pair, group = self.drop is not None and self.keep is not None, len(self.among) > 1
        if (self.how == "highest") != group or (self.how != "highest") != pair:
            raise ValueError("refuse 与 top_up 写 drop 和 keep; highest 写 among(至少两个)")
        if self.drop is not None and self.drop == self.keep:
            raise ValueError("drop 与 keep 不能是同一个待遇")
        if self.to is not None and self.to <= self.from_:
            raise ValueError("to 须晚于 from")
        return self


class ExclusionFile(File):
    """The matrix of a domain or a county (a county's cell with the same id replaces the one below)."""

    exclusions: list[Exclusion]
