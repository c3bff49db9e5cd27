"""The file that an application opens, so that the rules look at the applicant at all; it ends with a refused case."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.enums import CaseKind
from nuanxin.kernel.casework.models import Case
from nuanxin.kernel.casework.values import BenefitRule
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.grants.selectors import open_subjects
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.enums import Standing
from nuanxin.kernel.registry.services import end_circumstance, record_circumstance

SOURCE = "受理申请"
GRANTED = "granted"


def open_files(*, case: Case, change: Change) -> None:
    """Record what the benefit's declaration says an application opens, from the day it was filed; twice is once."""
    for kind, whose in _files(case):
        standing = registry.circumstances_of(on=case.opened_on, **whose).filter(kind=kind, standing=Standing.VERIFIED)
        if not standing.exists():
            record_circumstance(change=change, kind=kind, valid_from=case.opened_on, source=SOURCE, **whose)


def end_files(*, case: Case, change: Change, final: str, on: dt.date) -> None:
    """End the files of an application that granted nothing (or paid once), where nothing else stands on them."""
    if case.kind != CaseKind.APPLY:
        return
    rules = assessor().rules(case.county, month_of(on))
    if case.benefit not in rules or (final == GRANTED and not rules[case.benefit].once):
        return
    for kind, whose in _files(case):
        opened = registry.circumstances_of(on=on, **whose).filter(kind=kind, source=SOURCE)
        if opened.exists() and not _stands(case, kind, whose, rules):
            end_circumstance(change=change, kind=kind, on=on, **whose)


def _files(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each file of the case's benefit with the person or household it is of."""
    for kind, of in assessor().rule(case.county, month_of(case.opened_on), case.benefit).files:
        number = case.household_id if of == "household" else case.person_id
        if number is not None:
            yield kind, {f"{of}_id": number}


def _stands(case: Case, kind: str, whose: dict[str, Any], rules: dict[str, BenefitRule]) -> bool:
    """Tell whether another open application, or something granted, rests on the same file."""
    benefits = [code for code, rule in rules.items() if any(kind == file for file, _ in rule.files)]
    others = Case.objects.filter(kind=CaseKind.APPLY, benefit__in=benefits, closed_on__isnull=True, **whose)
    if others.exclude(pk=case.pk).exists():
        return True
    persons = [whose["person_id"]] if "person_id" in whose else []
    homes = [whose["household_id"]] if "household_id" in whose else []
    return any(open_subjects(code, persons=persons, households=homes) for code in benefits)
