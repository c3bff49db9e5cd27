"""A workflow: how a matter is handled, dated like law. One file per workflow; a county's file may lie over it.

    workflow: means_tested
    title: 低保和低保边缘家庭的审核确认
    kinds: [apply]                    # apply | review | change | stop
    benefits: [dibao, dibao_bianyuan]
    documents:                        # which facts make a document needless, because data answer it (法 第六十二条)
      残疾人证: {answered_by: [disability_kind]}
    versions:
      - from: 2021-07-01
        basis: [{document: 最低生活保障审核确认办法, article: 第十条至第二十四条}]
        whole: {working_days: 30, article: 第三十条}          # counted from acceptance
        delegated: {on: false, whole: {working_days: 20, article: …}, sample_per_cent: 10}
        start: accepted
        states:
          accepted: {label: 受理, owner: township_clerk, accepts: true, clock: {working_days: 3, article: 第十二条}}
          notice:
            label: 公示
            owner: township_clerk
            notice: {days: 7, shows: [name, members, amount], minors_under: 18, article: 第十九条}
            clock: {days: 10}
          granted: {label: 已确认, final: granted}
        moves:
          check: {label: 开始核对, from: [accepted], to: investigation, who: [township_clerk], primary: true}
          publish:
            label: 提出初审意见并公示
            from: [investigation]
            to: notice
            who: [township_clerk]
            permission: cases.make
            needs: [visit, receipt_clear, receipt_granted]
            does: [freeze]

`to_if` names another target where the frozen proposal is of a kind (`{refuse: refused}`); `to: same` stays.
`clock` counts from entering the state, or from entering `since` where the law gives one clock to several states. A move
with `only: delegated` exists where the township decides, `only: county` where the county does; with `proposes` it is
asked whether that kind of proposal is among those that `delegated.decides` hands to the township. The case of a near
relative and one with a complaint always go to the county and need what `county_needs` says. A county's file with
`overrides: true` gives for each version only what differs, state by state and move by move.
"""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from nuanxin.kernel.rulebook.schema.common import Basis, Code, Declared, File, Label, Name

Kind = Literal["apply", "review", "change", "stop"]
Need = Literal[
    "documents",  # every paper asked for is attached or was seen
    "visit",  # two people went there and signed
    "county_visit",  # one of the two was of the county
    "notice_elapsed",  # the public notice hung its full days without an objection
    "no_objection",
    "objection",
    "hearing",  # the person was heard, or did not come though invited
    "receipt_clear",  # the counter's assessment leaves no question open
    "receipt_granted",
    "receipt_refused",
    "receipt_higher",
    "receipt_lower",
    "receipt_stops",
    "not_death",
    "death",  # the person's death is confirmed
    "words",  # a note says what was found
    "urgent",  # the case was accepted as urgent
    "another",  # not who made the last move
    "asked_once",  # papers are asked for once
]
Does = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Proposes = Literal["start", "refuse", "change", "stop"]
Final = Literal["granted", "refused", "changed", "stopped", "kept", "withdrawn", "paid"]
Yes = Annotated[bool, BeforeValidator(lambda value: {"true": True, "false": False}.get(value, value))]


class Clock(Declared):
    """A time limit: working days or days, from entering the state or `since`; the starting day is not counted."""

    working_days: int | None = Field(default=None, ge=0)
    days: int | None = Field(default=None, ge=0)
    months: int | None = Field(default=None, ge=1)
    since: Name | None = None
    article: str = ""
    assumption: Yes = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(value is not None for value in (self.working_days, self.days, self.months)) != 1:
            raise ValueError("期限须写 working_days、days、months 之一")
        return self


class Notice(Declared):
    """A public notice: how many days, what it shows and nothing else, below which age a name is not shown."""

    days: int = Field(ge=1)
    shows: list[Literal["name", "members", "amount"]] = Field(min_length=1)
    minors_under: int
    article: str
    assumption: Yes = False


class Sampled(Declared):
    """How many in a hundred the county looks into itself at least."""

    per_cent: int = Field(ge=0, le=100)
    article: str


class Delegated(Declared):
    """Whether the township decides for the county, on what, in which time; how much the county looks at again."""

    on: Yes = False
    decides: list[Proposes] = Field(default=["start", "refuse", "change", "stop"], min_length=1)
    whole: Clock | None = None
    sample_per_cent: int | None = Field(default=None, ge=0, le=100)
    article: str = ""
    assumption: Yes = False


class State(Declared):
    """Where a case can stand: who owns it and until when."""

    label: Label
    owner: Code | None = None
    clock: Clock | None = None
    accepts: Yes = False
    final: Final | None = None
    notice: Notice | None = None


class Move(Declared):
    """A declared step: from where to where, by whom, what it needs, what it does, which letters go out."""

    label: Label
    from_: list[Name] = Field(alias="from", min_length=1)
    to: Name
    to_if: dict[Proposes, Name] = {}
    who: list[Code] = []
    permission: Annotated[str, StringConstraints(pattern=r"^[a-z_.]+$")] = "cases.make"
    needs: list[Need] = []
    county_needs: list[Need] = []
    only: Literal["delegated", "county"] | None = None
    proposes: Proposes | None = None
    does: list[Does] = []
    letters: list[Code] = []
    primary: Yes = False
    by_clock: Yes = False
    article: str = ""


class Answered(Declared):
    """The facts that make a document needless when they are known."""

    answered_by: list[Name] = Field(min_length=1)


class Version(Declared):
    """How it goes from a date on."""

    from_: dt.date = Field(alias="from")
    basis: list[Basis] = Field(min_length=1)
    whole: Clock | None = None
    special: Clock | None = None
    sample: Sampled | None = None
    delegated: Delegated = Delegated()
    hearing_first: list[Literal["stop", "change"]] = []
    hearing_article: str = ""
    privacy: Literal["", "no_notice"] = ""
    start: Name
    states: dict[Name, State]
    moves: dict[Name, Move]


class WorkflowFile(File):
    """One workflow with its versions."""

    workflow: Name
    title: Label
    kinds: list[Kind] = Field(min_length=1)
    overrides: Literal[False] = False
    benefits: list[Name] = Field(min_length=1)
    documents: dict[Label, Answered] = {}
    versions: list[Version] = Field(min_length=1)


class StateChange(Declared):
    """What a county says otherwise of a state."""

    label: Label | None = None
    owner: Code | None = None
    clock: Clock | None = None
    notice: Notice | None = None


class MoveChange(Declared):
    """What a county says otherwise of a move."""

    label: Label | None = None
    who: list[Code] | None = None
    needs: list[Need] | None = None
    county_needs: list[Need] | None = None
    letters: list[Code] | None = None
    article: str | None = None


class VersionChange(Declared):
    """What a county says otherwise from a date on; what is not given stays as the layer below has it."""

    from_: dt.date = Field(alias="from")
    basis: list[Basis] = Field(min_length=1)
    whole: Clock | None = None
    special: Clock | None = None
    sample: Sampled | None = None
    delegated: Delegated | None = None
    states: dict[Name, StateChange] = {}
    moves: dict[Name, MoveChange] = {}
    without: list[Name] = []


class WorkflowOverride(File):
    """A county's file over a workflow."""

    workflow: Name
    overrides: Annotated[Literal[True], BeforeValidator(lambda value: value == "true" or value)]
    versions: list[VersionChange] = Field(min_length=1)
