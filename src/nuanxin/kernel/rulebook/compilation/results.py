"""How one benefit reads another's result of this run."""

from dataclasses import dataclass, field, replace

from nuanxin.kernel.engine.expressions.typed import Typed
from nuanxin.kernel.engine.expressions.types import YESNO, Kind, Type
from nuanxin.kernel.rulebook.schema import Benefit

OF_PERSON, OF_MEMBER, OF_HOUSEHOLD = "person", "member", "household"


@dataclass(frozen=True)
class Done:
    """A compiled benefit as others read it: what it pays and the types of its steps."""

    benefit: Benefit
    steps: dict[str, Typed] = field(default_factory=dict)

    @property
    def money(self) -> Type:
        """Return the type of its amount."""
        return Type(Kind.MONEY, "月" if self.benefit.period == "month" else "")


@dataclass(frozen=True)
class Results:
    """What may be read from `reader` (a person, a member or a household); `absent` are benefits not offered here."""

    done: dict[str, Done]
    absent: dict[str, Type]
    reader: str

    def __call__(self, benefit: str, name: str) -> Typed | None:
        """Return the value of `benefit.name` as a column `benefit__name`, or None when there is no such result."""
        if benefit in self.absent:
            return (
                Typed("false", YESNO, False) if name in ("granted", "eligible") else _never(name, self.absent[benefit])
            )
        other = self.done.get(benefit)
        if other is None or (self.reader == OF_HOUSEHOLD and other.benefit.pays == "person"):
            return None
        column = f"{benefit}__{name}"
        if name in ("granted", "eligible"):
            return Typed(column, YESNO)
        if name == "amount" or (name == "share" and other.benefit.pays == "household" and self.reader != OF_HOUSEHOLD):
            return Typed(column, other.money)
        step = other.steps.get(name)
        return replace(step, sql=column, nullable=True, atom=True) if step else None


def _never(name: str, money: Type) -> Typed | None:
    return Typed("0", money, False) if name in ("amount", "share") else None


def default_of(name: str) -> str:
    """Return what a result is for a subject that the other benefit does not apply to."""
    return {"granted": "false", "eligible": "false", "amount": "0", "share": "0"}.get(name, "null")


def column_of(name: str) -> str:
    """Return the column of a result in the other's relation."""
    return {"amount": "amount_fen"}.get(name, name)


def joins(
    read: set[tuple[str, str]], done: dict[str, Done], reader: str, person: str, household: str
) -> tuple[list[str], list[str]]:
    """Return (select columns, joins) that bring the results read, each under `benefit__name`.

    `person` and `household` are the texts of the reader's keys.
    """
    columns, clauses = [], []
    for code in sorted({b for b, _ in read if b in done}):
        names = sorted(n for b, n in read if b == code)
        alias = f"r_{code}"
        by_person = reader != OF_HOUSEHOLD and done[code].benefit.pays == "household"
        selected = ", ".join(f"{n if by_person else column_of(n)} as {code}__{n}" for n in names)
        if by_person:
            source, keys = f"{code}__person", "person_id, household_id"
            on = f"{alias}.person_id = {person} and {alias}.household_id = {household}"
        else:
            source, keys = code, "subject_id"
            on = f"{alias}.subject_id = {person if done[code].benefit.pays == 'person' else household}"
        clauses.append(f"left join (select {keys}, 1 as row_there, {selected} from {source} ) {alias} on {on}")
        columns += [
            f"case when {alias}.row_there is null then {default_of(n)} else {alias}.{code}__{n} end as {code}__{n}"
            for n in names
        ]
    return columns, clauses
