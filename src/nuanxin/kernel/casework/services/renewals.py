"""A paper that ended stops a benefit from the month it no longer covers; renewed, the benefit is asked for anew."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import transaction

from nuanxin.kernel.casework.enums import ApplicationState
from nuanxin.kernel.casework.models import Application
from nuanxin.kernel.casework.services.applications import file_application
from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.core.months import add_months, month_end, month_of
from nuanxin.kernel.grants.standing import Ended, ended_by
from nuanxin.kernel.registry.selectors.changed import papers_held, papers_over
from nuanxin.kernel.rulebook import selectors as rulebook

CAUSE, RULE, BACK_PAY = "card_expired", "card_gap_rule", "back_pay"
YEAR = 12


def papers_of(county: str, month: dt.date) -> dict[str, frozenset[str]]:
    """Return the benefits that end with a paper, each with the kinds of papers without which it does not apply."""
    papers = frozenset(rulebook.circumstance_certificates(county))
    read = rulebook.circumstances_read(county, month, "applies")
    offered = rulebook.benefits(county, month)
    return {code: read[code] & papers for code, one in offered.items() if CAUSE in one.stops}


def ended_papers(
    county: str, month: dt.date, subjects: Mapping[str, Collection[int]]
) -> dict[tuple[str, int], dt.date]:
    """Return those of the (benefit, person) whose paper has ended by the end of a month, with the first month unpaid:
    this one where the paper had ended before it began, else the next."""
    found: dict[tuple[str, int], dt.date] = {}
    for benefit, kinds in papers_of(county, month).items():
        for person, end in papers_over(subjects.get(benefit, ()), kinds, month_end(month)).items():
            found[benefit, person] = month if end <= month else add_months(month, 1)
    return found


def resume_renewed(*, county: str, on: dt.date, author: Author) -> int:
    """File an application for each person whose benefit ended with a paper that is renewed; returns how many.

    Two people decide on it as on every application. Where the gap is paid back (a dated parameter) it counts from the
    month the benefit ended, so that the months between become arrears; where it is not, from the renewal.
    """
    month = month_of(on)
    kinds = papers_of(county, month)
    ended = [one for one in ended_by(county, CAUSE, add_months(month, -YEAR)) if one.benefit in kinds]
    waiting = set(
        Application.objects.filter(county=county, state=ApplicationState.FILED).values_list("benefit", "person_id")
    )
    filed = 0
    for one in ended:
        held = papers_held([one.person_id], kinds[one.benefit], on)
        if one.person_id in held and (one.benefit, one.person_id) not in waiting:
            _file(county, one, held[one.person_id], on, author)
            filed += 1
    return filed


def _file(county: str, one: Ended, renewed: dt.date, on: dt.date, author: Author) -> None:
    rule = rulebook.numbers(county, RULE, one.to_date).get("")
    with transaction.atomic():
        file_application(
            author=author,
            county=county,
            benefit=one.benefit,
            person_id=one.person_id,
            filed_on=one.to_date if rule == BACK_PAY else min(renewed, on),
            payee_id=one.payee_id,
            source="证件续办后接续" if rule == BACK_PAY else "证件续办",
        )
