"""The form that tries a household: which facts it asks, how answers are read, and the receipts they give."""

import datetime as dt
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading, receipts
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.rulebook import services
from nuanxin.kernel.rulebook.books import open_books

PERSON = (
    "birth", "wage_year", "business_year", "property_year", "transfer_year", "illness_cost_year", "disability_level",
    "disability_class", "severe_illness", "self_care_failed", "no_obligor", "in_school", "in_custody",
)  # fmt: skip
HOUSEHOLD = ("assistance_file", "property_ok")
MOST = 12


def fields(names: tuple[str, ...]) -> list[Any]:
    """Return (name, fact) of the facts asked, in the order in which the dictionary declares them."""
    asked = set(names)
    return [(name, placed.item) for name, placed in open_books().facts if name in asked]


def choices() -> dict[str, Any]:
    """Return what the form's template asks."""
    return {"person_fields": fields(PERSON), "household_fields": fields(HOUSEHOLD)}


def start(month: dt.date) -> dict[str, Any]:
    """Return the form before anything is typed: one adult, a file, and property that passes."""
    answers = dict.fromkeys(PERSON, "") | {"birth": f"{month.year - 45}-01-01"}
    return {"month": month, "people": [answers], "household": {"assistance_file": "true", "property_ok": "true"}}


def read(data: QueryDict) -> dict[str, Any]:
    """Return the typed answers, one mapping for each person; Refused on too many people."""
    columns = {name: data.getlist(name) for name in PERSON}
    count = max((len(values) for values in columns.values()), default=0)
    if not 1 <= count <= MOST:
        raise Refused("trial.people", _("试算要有一至十二个人。"), _("请添加或删去成员。"))
    people = [
        {name: values[place].strip() if place < len(values) else "" for name, values in columns.items()}
        for place in range(count)
    ]
    first = reading.month(data, default=month_of(clock.today()))
    return {"month": first, "people": people, "household": {name: data.get(name, "").strip() for name in HOUSEHOLD}}


def assess(county: str, form: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the receipts of the household that was typed; nothing is stored."""
    names = {place: _("第 %(n)s 人") % {"n": place} for place in range(1, len(form["people"]) + 1)}
    people = [{"name": names[place], **_given(person, PERSON)} for place, person in enumerate(form["people"], 1)]
    household = _given(form["household"], HOUSEHOLD)
    found = services.assess_case(county=county, month=form["month"], people=people, household=household)
    return receipts.shown(found, names)


def _given(answers: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Return the answers with their units; what was left empty is not given."""
    units = {name: fact.unit for name, fact in fields(names) if fact.type == "money"}
    return {
        name: f"{answer} {units[name]}" if name in units and answer != "unknown" else answer
        for name, answer in answers.items()
        if answer != ""
    }
