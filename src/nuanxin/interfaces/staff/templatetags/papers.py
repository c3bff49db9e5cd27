"""The sealed note that lets a page's forms add papers to what the page is about."""

from typing import Any

from django import template

from nuanxin.interfaces.staff.papers import note_for
from nuanxin.kernel.work.wording import letter_labels

register = template.Library()


@register.simple_tag(takes_context=True)
def papers_note(context: dict[str, Any], owner: tuple[str, int], division: str, household: Any = None) -> str:
    """Return the note for the account that looks at the page; the page has checked what it may see."""
    return note_for(context["request"].user, owner, division, getattr(household, "pk", household))


@register.filter
def letter_label(kind: str) -> str:
    """Show what a kind of letter is called."""
    return letter_labels().get(kind, kind)
