"""What compilation yields: the program, and for each benefit the words and columns that a receipt needs."""

from dataclasses import asdict, dataclass, field
from typing import Any

from nuanxin.kernel.engine.relations import Column, Output, Program, Relation

PERIOD_COLUMNS = ("month_start", "month_end", "last_month_end", "county")
RESULT_COLUMNS = (
    Column("granted", "yesno", label="应予"),
    Column("eligible", "yesno", label="符合条件"),
    Column("excluded_by", "code", label="被何待遇排除"),
    Column("gross_fen", "money", label="排除前金额"),
    Column("amount_fen", "money", label="金额"),
)


@dataclass(frozen=True)
class ConditionWords:
    """A condition's words and clause."""

    id: str
    says: str
    basis: str
    concerns: bool = False


@dataclass(frozen=True)
class ExclusionWords:
    """One cell of the matrix that concerns a benefit as the one that gives way."""

    how: str
    keep: str
    says: str
    basis: str
    reads: str = "assessed"


@dataclass(frozen=True)
class BenefitPlan:
    """A compiled benefit: what a run stores of it, and how to say it."""

    code: str
    title: str
    pays: str
    month: str
    period: str
    recognises: bool
    starts: str
    stops: tuple[str, ...]
    basis: tuple[dict[str, Any], ...]
    components: tuple[tuple[str, str], ...]
    steps: tuple[Column, ...]
    member_steps: tuple[Column, ...]
    conditions: tuple[ConditionWords, ...]
    facts: tuple[str, ...]
    results: tuple[tuple[str, str], ...]
    parameters: tuple[str, ...]
    exclusions: tuple[ExclusionWords, ...]
    member_facts: tuple[str, ...] = ()
    asks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    review: dict[str, Any] | None = None
    purpose: str = "in_case"
    payee: tuple[str, ...] = ()


@dataclass(frozen=True)
class FactWords:
    """A fact as a receipt shows it."""

    name: str
    label: str
    kind: str
    unit: str
    of: str
    ask: str
    purpose: str
    source: str
    circumstance: str
    is_: str
    reads: tuple[str, ...]
    codes: dict[str, str]
    take: str = ""
    opened_by: str = ""


@dataclass(frozen=True)
class Plan:
    """Everything needed to run and to explain, without the declarations it came from.

    A program that `reads_unverified` is given what nobody verified, too, and makes it unknown; the releases of before
    are given verified records only.
    """

    program: Program
    benefits: dict[str, BenefitPlan]
    facts: dict[str, FactWords]
    parameter_columns: tuple[Column, ...]
    circumstance_kinds: tuple[str, ...]
    skipped: dict[str, str] = field(default_factory=dict)
    reads_unverified: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for a release."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Plan":
        """Return the plan that a release kept."""
        program = Program(
            tuple(Relation(**r) for r in data["program"]["relations"]),
            tuple(
                Output(o["relation"], tuple(Column(**c) for c in o["columns"]), tuple(o["order_by"]))
                for o in data["program"]["outputs"]
            ),
        )
        benefits = {code: _benefit(b) for code, b in data["benefits"].items()}
        facts = {n: FactWords(**{**f, "reads": tuple(f["reads"])}) for n, f in data["facts"].items()}
        columns = tuple(Column(**c) for c in data["parameter_columns"])
        return cls(
            program, benefits, facts, columns, tuple(data["circumstance_kinds"]), data["skipped"],
            data.get("reads_unverified", False),
        )  # fmt: skip


def _benefit(data: dict[str, Any]) -> BenefitPlan:
    shaped = dict(data)
    for name in ("stops", "basis", "facts", "parameters", "documents", "member_facts"):
        shaped[name] = tuple(data[name])
    shaped["payee"] = tuple(data.get("payee", ()))  # releases kept before benefits stated it
    for name in ("components", "results"):
        shaped[name] = tuple(tuple(pair) for pair in data[name])
    for name in ("steps", "member_steps"):
        shaped[name] = tuple(Column(**c) for c in data[name])
    shaped["asks"] = {part: tuple(names) for part, names in data["asks"].items()}
    shaped["conditions"] = tuple(ConditionWords(**c) for c in data["conditions"])
    shaped["exclusions"] = tuple(ExclusionWords(**c) for c in data["exclusions"])
    return BenefitPlan(**shaped)
