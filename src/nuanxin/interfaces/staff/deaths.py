"""Who of a household has died, and what that does to the amount, in sentences for a case or a review."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.registry import selectors as registry

LOOK_BACK_MONTHS = 12


def death_words(account: Any, household_id: int | None) -> list[str]:
    """Return who belonged to a household in the last twelve months and has died or is reported dead since."""
    if household_id is None:
        return []
    today = clock.today()
    first = add_months(month_of(today), -LOOK_BACK_MONTHS)
    people = registry.members_between(household_id, first, today + dt.timedelta(days=1))
    events = registry.deaths_of(people)
    names = {person.pk: name_for(account, person.name) for person in registry.people_by_ids(list(events)).values()}
    listed = sorted((event for event in events.values() if event.on >= first), key=lambda event: (event.on, event.pk))
    return [_said(names[event.person_id], event) for event in listed]


def _said(name: str, event: Any) -> str:
    if event.state == "confirmed":
        end = event.on + dt.timedelta(days=1)
        said = _("%(name)s已于 %(day)s 死亡，%(end)s 起不再是本户成员。")
        return said % {"name": name, "day": event.on.isoformat(), "end": end.isoformat()}
    said = _("%(name)s被报告于 %(day)s 死亡，待确认；先到居民页面确认或撤回。")
    return said % {"name": name, "day": event.on.isoformat()}


def amount_words(paid_fen: int, live: Any) -> str:
    """Return what is paid now and what the rules say of those who are members today."""
    paid = {"paid": yuan(paid_fen)}
    if live.granted is None:
        return _("在发每月 %(paid)s 元；按现有成员测算还有未查清的事项，先查清再提意见。") % paid
    if not live.granted:
        return _("在发每月 %(paid)s 元；按现有成员测算不再符合条件，应提出终止意见。") % paid
    words = paid | {"new": yuan(live.amount_fen), "many": len(live.persons)}
    if live.amount_fen > paid_fen:
        return _("在发每月 %(paid)s 元；按现有成员测算为 %(new)s 元、%(many)s 人，应提出调增意见。") % words
    if live.amount_fen < paid_fen:
        return _("在发每月 %(paid)s 元；按现有成员测算为 %(new)s 元、%(many)s 人，应提出调减意见。") % words
    return _("在发每月 %(paid)s 元；按现有成员测算仍为 %(new)s 元、%(many)s 人。") % words
