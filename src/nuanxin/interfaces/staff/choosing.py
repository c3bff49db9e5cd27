"""People to choose from, told apart: birth, number's tail, head of household, village; one wording for every list."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading, subjects
from nuanxin.interfaces.staff.saying import said
from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry

OFFERED = 20


@dataclass(frozen=True)
class Choice:
    """Somebody to choose: the name as the account may see it, and the rest in one line."""

    id: int
    name: str
    about: str
    dead: bool

    def __str__(self) -> str:
        """Return all of it, for a list where each choice is one line."""
        return f"{self.name}（{self.about}）"


def choices(account: Any, person_ids: Iterable[int], on: dt.date | None = None) -> list[Choice]:
    """Return the people to choose from, in the order given."""
    cards = registry.person_cards(person_ids, on or clock.today())
    return [Choice(one.id, name_for(account, one.name), _about(account, one), one.dead) for one in cards.values()]


def _about(account: Any, card: registry.PersonCard) -> str:
    born = _("%(day)s 出生") % {"day": card.birth} if card.birth else _("出生日期不详")
    parts = [str(said(card.sex)), born]
    if card.tail:
        parts.append(_("证件尾号 %(tail)s") % {"tail": card.tail})
    if card.head and card.head != card.name:
        parts.append(_("户主 %(name)s") % {"name": name_for(account, card.head)})
    elif card.head:
        parts.append(str(_("户主")))
    return "，".join([*parts, card.village])


def found(account: Any, data: Any, name: str = "q") -> list[Choice]:
    """Return who is found by what was looked for, in the account's area; nobody while nothing was."""
    text = reading.search(data, name)
    if not text:
        return []
    people = registry.find_people(account.area, text, OFFERED)
    return choices(account, [person.pk for person in people])


def chosen(account: Any, data: Any, name: str, label: str) -> Any:
    """Return the person chosen in a list or whose number was typed, anywhere in the county for a whole number.

    Refused in words when nobody was chosen, or nobody is found.
    """
    picked = reading.chosen(data, name)
    if picked is not None:
        return subjects.person(account, picked)
    number = reading.text(data, f"{name}_number", most=40)
    person = registry.person_by_identifier(number) if number else None
    if person is None:
        said_so = _("没有找到“%(label)s”。") if number else _("还没有选“%(label)s”。")
        todo = _("请先查找，在名单里选择；也可以填写对方完整的证件号码。还没有登记的人，请先登记这个人。")
        raise Refused("form.person", said_so % {"label": label}, todo, name)
    return person
