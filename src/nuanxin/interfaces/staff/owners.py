"""Where the things that tasks, letters and attachments belong to are opened."""

from collections.abc import Iterable
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from nuanxin.interfaces.staff.sight import name_for
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.core import clock
from nuanxin.kernel.registry import selectors as registry

PAGES = {
    "case": "case",
    "proposal": "proposal",
    "decision": "decision",
    "grant": "grant",
    "payee": "grant-account",
    "payee_case": "case",
    "person": "person",
    "household": "household",
    "ended_grant": "reassess",
    "reassessment": "reassessment",
    "review": "review",
    "reviews": "review-round",
    "draw": "samples-drawn",
    "appeal": "appeal",
    "sample": "sample",
    "publication": "publication",
    "letter": "letter",
    "run": "payment",
    "reserve": "reserve-entry",
    "reserve_request": "reserve-request",
}


def subjects_of(account: Any, tasks: Iterable[Any]) -> dict[int, str]:
    """Return by task whom it is about, as the account may see it, where its title does not say so."""
    listed = [one for one in tasks if one.owner_kind == "review"]
    about = casework.review_subjects([one.owner_id for one in listed])
    heads = registry.heads_of({home for _, home in about.values() if home}, clock.today())
    people = registry.people_by_ids([person for person, home in about.values() if person and not home])
    names = {}
    for task in listed:
        person, home = about.get(task.owner_id, (None, None))
        name = heads.get(home, "") if home else people[person].name if person in people else ""
        if name:
            shown = name_for(account, name)
            names[task.pk] = gettext("%(name)s家") % {"name": shown} if home else shown
    return names


def place_of(kind: str, number: int) -> str | None:
    """Return the address of what a row belongs to, None where it has no page of its own."""
    name = PAGES.get(kind)
    if name is None:
        return None
    try:
        return reverse(name, args=[number])
    except NoReverseMatch:
        return None
