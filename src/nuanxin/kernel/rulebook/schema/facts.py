"""The facts dictionary: every input a rule may read, where it comes from and what its absence means.

facts:
  birth:          {label: 出生日期, of: person, type: date, column: birth, ask: 公安户籍}
  disability_level:
    {label: 残疾等级, of: person, type: number, circumstance: disability, take: level, absent: "0"}
  wage_year:
    {label: 年工资性收入, of: person, type: money, unit: 元/年, circumstance: wage_year, take: sum, absent: 0 元/年}
  new_job_since:
    {label: 就业起始日, of: person, type: date, circumstance: new_job_month, take: since, absent: unknown}
  in_custody:     {label: 在押, of: person, type: yesno, circumstance: in_custody, take: exists}
  property_ok:
    {label: 财产符合规定, of: household, type: yesno, circumstance: property_ok, take: level, absent: unknown}
  dibao_in_force: {label: 在享低保, of: person, type: yesno, coverage: dibao}
  age:            {label: 周岁, of: person, type: number, unit: 岁, is: "age_on(birth, month_end)"}
  parents:        {label: 登记的父母数, of: person, type: number, relation: parent}
  parents_gone:   {label: 死亡或失踪的父母数, of: person, type: number, relation: parent, where: gone}
  support_due:    {label: 应收赡养费, of: person, type: money, unit: 元/月, relation: obligor, sum: support_month}
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from nuanxin.kernel.rulebook.schema.common import Declared, Expression, File, Label, Name

Take = Literal["sum", "amount", "level", "code", "since", "until", "exists"]
Group = Literal["income", "cost", "health", "life", "property", "support", "emergency", "child", "other"]
SOURCES = ("column", "circumstance", "coverage", "relation", "is_")


class Fact(Declared):
    """One input: exactly one source out of column, circumstance, coverage, relation or `is` (derived).

    `certificate` names the paper whose end is the circumstance's end: its holder is warned before.
    `least` and `most` are what can be at all (yuan, or the fact's unit); the counter and a load refuse anything else.
    `opened_by: application`: an application is what makes it true; it is recorded when one is received, never asked.
    `group` is the part of the application form in which it is asked.
    `asked: false`: the system records it itself; no form asks for it.
    """

    label: Label
    of: Literal["person", "household"]
    type: Literal["money", "number", "yesno", "date", "code"]
    unit: str = ""
    column: Name | None = None
    circumstance: Name | None = None
    take: Take | None = None
    coverage: Name | None = None
    relation: Literal["spouse", "parent", "guardian", "obligor"] | None = None
    where: Expression | None = None
    sum_: Name | None = Field(default=None, alias="sum")
    is_: Expression | None = Field(default=None, alias="is")
    absent: str | None = None
    codes: dict[str, Label] = {}
    purpose: Literal["any", "monitoring", "in_case", "consented"] = "any"
    ask: str = ""
    certificate: Label | None = None
    opened_by: Literal["application"] | None = None
    asked: bool = True
    group: Group = "other"
    least: int | None = None
    most: int | None = None

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """Return the least and the most that can be, in fen where it is money."""
        scale = 100 if self.type == "money" else 1
        least, most = (None if one is None else one * scale for one in (self.least, self.most))
        return least, most

    @property
    def source(self) -> str:
        """Return which of the sources the fact has."""
        return next(s for s in SOURCES if getattr(self, s) is not None)

    @property
    def texts(self) -> list[str]:
        """Return the expressions that the fact rests on."""
        return [text for text in (self.is_, self.where, self.sum_) if text]

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [s.rstrip("_") for s in SOURCES if getattr(self, s) is not None]
        if len(given) != 1:
            raise ValueError("来源须且只须写一个: column、circumstance、coverage、relation 或 is")
        if (self.circumstance is None) != (self.take is None):
            raise ValueError("circumstance 与 take 须同时写")
        if self.circumstance and self.take != "exists" and self.absent is None:
            raise ValueError("请写明 absent(没有记录时怎么算): 0、false、某个值或 unknown")
        if self.circumstance and self.type in ("money", "number") and None in (self.least, self.most):
            raise ValueError("请写明 least 和 most(可能的最小和最大值, 金额按元)")
        if self.opened_by and self.take != "exists":
            raise ValueError("opened_by 只用于 take: exists 的事实(申请本身就是档案)")
        if (self.where or self.sum_) and not self.relation:
            raise ValueError("where 和 sum 只用于 relation")
        return self


class FactFile(File):
    """A file of the dictionary."""

    facts: dict[Name, Fact]
