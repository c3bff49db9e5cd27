"""Parameters: the law's numbers, dated, with document and article; the nearest division wins, then the latest start.

    # domains/eldercare/parameters/gaoling.yaml: name, label and type are declared once, with or without national values
    parameters:
      dibao_standard:
        {label: 最低生活保障标准, type: money, unit: 元/人/月, values: []}
      gaoling_bands:
        label: 高龄津贴标准
        type: money
        unit: 元/人/月
        by: 岁                                 # bands over a whole number: band(gaoling_bands, age)
        values:
          - {from: 2024-01-01, bands: {80: 50 元/月, 90: 100 元/月}, document: 某号, article: 第三条, assumption: true}
      tekun_care:
        label: 照料护理标准
        type: money
        unit: 元/人/月
        codes: {full: 全自理, half: 半失能, none: 失能}  # table: pick(tekun_care, care_class)
        values:
          - {from: 2024-01-01, table: {full: 226 元/月, half: 565 元/月, none: 1130 元/月}, document: 某号}
      disregard_multiple:
        {label: 豁免倍数, type: rate, values: [{from: 2021-01-01, value: 3 倍, document: 某条例}]}

    # counties/340223/parameters/2024.yaml: only values
    values:
      dibao_standard:
        - {from: 2024-01-01, value: 780 元/月, document: 某号, article: 第一条, assumption: true, note: 依据}

Below the first band a `band` pays 0; a code that is not in the table is unknown. A value counts for a month when it is
in force on the month's first day. `to` is only needed where nothing follows.
"""

import datetime as dt
from typing import Literal, Self

from pydantic import Field, model_validator

from nuanxin.kernel.rulebook.schema.common import Declared, File, Label, Name


class DatedValue(Declared):
    """One value, table or set of bands from a date on, with its source."""

    from_: dt.date = Field(alias="from")
    to: dt.date | None = None
    value: str | None = None
    bands: dict[int, str] | None = None
    table: dict[str, str] | None = None
    document: Label
    article: str = ""
    assumption: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if sum(x is not None for x in (self.value, self.bands, self.table)) != 1:
            raise ValueError("须且只须写一个: value、bands 或 table")
        if self.to is not None and self.to <= self.from_:
            raise ValueError("to 须晚于 from")
        return self


class Parameter(Declared):
    """A declared parameter with its national values, if there are any.

    `read_by` names the room that reads a number no rule does (clocks, shares to be looked at): `selectors.numbers`.
    """

    label: Label
    type: Literal["money", "number", "rate", "yesno", "code", "date"]
    unit: str = ""
    by: str | None = None
    codes: dict[str, Label] | None = None
    read_by: Literal["rules", "casework", "payments", "domains"] = "rules"
    values: list[DatedValue] = []

    @property
    def shape(self) -> str:
        """Return `value`, `bands` or `table`."""
        if self.by is not None:
            return "bands"
        return "table" if self.codes is not None and self.type != "code" else "value"


class ParameterFile(File):
    """Declarations (`parameters`) and values of a layer (`values`); a file may hold either or both."""

    parameters: dict[Name, Parameter] = {}
    values: dict[Name, list[DatedValue]] = {}
