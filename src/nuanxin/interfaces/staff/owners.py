"""Where the things that tasks, letters and attachments belong to are opened."""

from django.urls import NoReverseMatch, reverse

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


def place_of(kind: str, number: int) -> str | None:
    """Return the address of what a row belongs to, None where it has no page of its own."""
    name = PAGES.get(kind)
    if name is None:
        return None
    try:
        return reverse(name, args=[number])
    except NoReverseMatch:
        return None
