"""A benefit: who is paid, who counts, the steps, the conditions, the amount, and how the month treats it.

    benefit: gaoling_jintie
    title: 高龄津贴
    pays: person                    # person | household
    month: apply                    # apply: amounts and stops move by themselves; propose: people decide
    basis: [{document: 老年人权益保障法, article: 第三十三条, effective: 2018-12-29}]
    in_force: {from: 2020-01-01}
    applies: alive and age_before_month >= gaoling_start_age     # who is asked at all; keep it narrow and cheap
    steps:
      counting_age: {says: 计发年龄, is: age_before_month}
    conditions:
      - {id: age, says: 达到起始年龄, basis: 办法 第二条, holds: counting_age >= gaoling_start_age}
      - {id: hukou, says: 本县户籍, holds: hukou_local}
    amount: band(gaoling_bands, counting_age)       # or components: [{id: basic, says: 基本生活, amount: …}, …]
    round: round_fen
    period: month                   # month | once: for what the amount is
    paid_in: month                  # month | quarter | half_year | year, or {param: …}: when it goes to the bank
    once_per: person                # only with `once`: a person (a household) never gets it a second time
    starts: month_after_birthday    # or {param: gaoling_start_rule}
    stops: [death, moved_out]
    documents: [居民身份证]
    review: {months: 12, says: 每年复核}

Household benefits add `members` (who counts, over person facts), `member_steps` (computed for each counted member;
their sums are names of the household's steps) and may pay a component per member:

    components:
      - {id: basic, says: 差额保障金, amount: (entitled_year - counted_year) / 12}
      - {id: supplement, says: 分类施保, member: supplement}

`dibao.granted`, `dibao.amount`, `dibao.<step>` read this run's result of another benefit (a person benefit also
`dibao.share`, the counted member's share); `dibao_in_force` is a fact. One file per version in force; a county's file
with the same code replaces the layer below; with `overrides: true` it gives only what differs.
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from nuanxin.kernel.registry.enums import PayeeRule
from nuanxin.kernel.rulebook.schema.common import Basis, Declared, Expression, File, Label, Name, Period

Rounding = Literal["round_fen", "round_yuan", "ceil_yuan", "floor_yuan"]
Start = Literal[
    "month_after_decision",
    "month_of_decision",
    "month_of_application",
    "month_after_application",
    "month_after_birthday",
    "event",
]
PayPeriod = Literal["month", "quarter", "half_year", "year"]
Stop = Literal["death", "moved_out", "not_eligible", "card_expired", "coming_of_age", "household_closed"]


class Step(Declared):
    """A named intermediate result, shown in the receipt."""

    says: Label
    is_: Expression = Field(alias="is")


class Condition(Declared):
    """Something that must hold; true, false or unknown is kept in the receipt.

    Where `concerns` is false the condition concerns nobody here: it shuts nobody out, and the receipt says 不适用.
    """

    id: Name
    says: Label
    holds: Expression
    concerns: Expression | None = None
    basis: str = ""


class Component(Declared):
    """A part of the amount: an expression of the subject, or a member step per counted member."""

    id: Name
    says: Label
    amount: Expression | None = None
    member: Name | None = None
    round: Rounding | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.amount is None) == (self.member is None):
            raise ValueError("组成部分须写 amount 或 member 之一")
        return self


class ByParameter(Declared):
    """A rule that a code parameter chooses."""

    param: Name


class Review(Declared):
    """How often the grant is looked at again: so many months, or a parameter's; a table has `stable` and `unstable`.

    `by` names a step: above zero the grant counts as unstable.
    """

    months: int | None = None
    param: Name | None = None
    by: Name | None = None
    says: str = ""


class Benefit(File):
    """One version of one benefit in one layer."""

    benefit: Name
    title: Label
    pays: Literal["person", "household"]
    month: Literal["apply", "propose"]
    recognises: bool = False
    overrides: Literal[False] = False
    basis: list[Basis] = Field(min_length=1)
    in_force: Period
    applies: Expression
    members: Expression | None = None
    member_steps: dict[Name, Step] = {}
    steps: dict[Name, Step] = {}
    conditions: list[Condition] = Field(min_length=1)
    amount: Expression | None = None
    components: list[Component] = []
    round: Rounding = "round_fen"
    period: Literal["month", "once"]
    paid_in: PayPeriod | ByParameter = "month"
    once_per: Literal["person", "household"] | None = None
    starts: Start | ByParameter
    stops: list[Stop] = []
    payee: list[PayeeRule] = []
    documents: list[Label] = []
    review: Review | None = None
    purpose: Literal["any", "in_case"] = "in_case"
    note: str = ""

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if self.recognises == bool(self.amount or self.components):
            raise ValueError("须写 amount 或 components; 只认定身份、不发钱的写 recognises: true")
        if self.amount and self.components:
            raise ValueError("amount 与 components 只写其一")
        if bool(self.payee) == self.recognises:
            raise ValueError(f"须写 payee(发放对象账户，按先后列出): {'、'.join(PayeeRule.values)}; 不发钱的不写")
        if len(set(self.payee)) != len(self.payee):
            raise ValueError("payee 中有重复的项。请删去")
        if (self.pays == "household") != (self.members is not None):
            raise ValueError("家庭待遇须写 members(谁算家庭成员); 个人待遇不写")
        if self.period == "once" and self.paid_in != "month":
            raise ValueError("一次性待遇不写 paid_in")
        if self.once_per is not None and self.period != "once":
            raise ValueError("once_per 只用于一次性待遇")
        if self.pays == "person" and (self.member_steps or any(c.member for c in self.components)):
            raise ValueError("个人待遇没有 member_steps")
        return self


class BenefitOverride(File):
    """A county's version that gives only what differs from the layer below, matched by name."""

    benefit: Name
    overrides: Annotated[Literal[True], BeforeValidator(lambda value: value == "true" or value)]
    in_force: Period
    basis: list[Basis] = Field(min_length=1)
    title: Label | None = None
    month: Literal["apply", "propose"] | None = None
    applies: Expression | None = None
    members: Expression | None = None
    member_steps: dict[Name, Step] = {}
    steps: dict[Name, Step] = {}
    conditions: list[Condition] = []
    without: list[Name] = []
    amount: Expression | None = None
    components: list[Component] = []
    round: Rounding | None = None
    starts: Start | ByParameter | None = None
    stops: list[Stop] | None = None
    documents: list[Label] | None = None
    review: Review | None = None
    note: str = ""
