"""What a page lends to the forms for attachments and visits: a sealed note of whose papers they are.

The page has checked who may see the owner; the note says so for a day and for this account only, so that the forms need
not know cases, appeals or what else may have papers.
"""

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from nuanxin.kernel.core.errors import Refused

SALT, DAY = "papers", 24 * 3600


@dataclass(frozen=True)
class Folder:
    """Whose papers: the owner, the division where it lies, the household concerned if there is one."""

    owner: tuple[str, int]
    division: str
    household_id: int | None


def note_for(account: Any, owner: tuple[str, int], division: str, household_id: int | None = None) -> str:
    """Return the note for a form."""
    return signing.dumps([account.pk, owner[0], owner[1], division, household_id], salt=SALT)


def folder_of(account: Any, note: str) -> Folder:
    """Return what a note says; Refused when it is not ours, not this account's, or of another day."""
    try:
        who, kind, number, division, household_id = signing.loads(note, salt=SALT, max_age=DAY)
    except (signing.BadSignature, ValueError, TypeError):
        who = None
    if who != account.pk:
        raise Refused("papers.note", _("页面已经过期。"), _("请回到原页面，刷新后再试。"))
    return Folder((kind, number), division, household_id)
