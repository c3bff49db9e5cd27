"""A step of the walk, who reads it, and small words they share."""

import datetime as dt
from dataclasses import dataclass

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import masked_name, role_of
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.rulebook import selectors as rulebook

HEALTH_AND_MEANS = 2
Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TraceStep:
    """One step: what it is, what it says, and the page it links to as (kind, id)."""

    kind: str
    title: str
    lines: Lines = ()
    link: tuple[str, int] | None = None


@dataclass(frozen=True)
class Reader:
    """Who reads the walk: an account, or the operator of the machine when there is none."""

    account: Account | None = None

    @property
    def sees_means(self) -> bool:
        """Tell whether people's means and health may be shown."""
        role = role_of(self.account) if self.account else None
        return self.account is None or (role is not None and role.sensitivity >= HEALTH_AND_MEANS)


def money(fen: int | None) -> str:
    """Return fen as yuan."""
    return "未知" if fen is None else f"{yuan(fen)} 元"


def day(date: dt.date | None) -> str:
    """Return a date, or a dash."""
    return date.isoformat() if date else "—"


def person_words(person_id: int | None) -> str:
    """Return a person as key and masked name."""
    if person_id is None:
        return "—"
    person = registry.people_by_ids([person_id]).get(person_id)
    return f"{person_id} {masked_name(person.name)}" if person else str(person_id)


def benefit_title(county: str, benefit: str, month: dt.date) -> str:
    """Return a benefit's Chinese title, its code where the county does not offer it."""
    offered = rulebook.benefits(county, month).get(benefit)
    return offered.title if offered else benefit
