"""An application is what makes the rules look at a family: it opens their file, and a refused or withdrawn one ends it."""

import datetime as dt
from typing import Any

import pytest

from tests.kernel.casework.test_live_receipts import Counter, counter  # noqa: F401 - the fixture


def files_of(counter: Any, kind: str, **whose: int) -> list[tuple[str, dt.date, dt.date | None]]:  # noqa: F811
    from nuanxin.kernel.registry.models import Circumstance

    rows = Circumstance.objects.filter(kind=kind, superseded_at__isnull=True, **whose)
    return [(row.source, row.valid_from, row.valid_to) for row in rows]


@pytest.mark.db
def test_an_application_opens_the_file_and_the_receipt_says_what_is_open(counter: Any) -> None:  # noqa: F811
    from nuanxin.kernel.casework.selectors import live_receipt

    case = counter.apply("dibao", counter.head, household_id=counter.home.pk)
    assert [source for source, _, _ in files_of(counter, "assistance_file", household_id=counter.home.pk)] == [
        "受理申请"
    ]
    live = live_receipt(case)
    assert live.granted is None
    assert [one.fact for one in live.questions] == ["property_ok"]


@pytest.mark.parametrize(
    ("benefit", "asked"),
    [("tekun", {"no_obligor"}), ("linshi_jiuzhu", {"emergency_months", "emergency_cause"}), ("shishi_wuren", set())],
)
def test_what_a_person_must_answer_is_a_question_of_the_case(counter: Any, benefit: str, asked: set[str]) -> None:  # noqa: F811
    from nuanxin.kernel.casework.selectors import live_receipt

    old = counter.county.person("王老", birth=dt.date(1945, 1, 1))
    home = counter.county.household(old)
    live = live_receipt(
        counter.apply(benefit, old, **({"household_id": home.pk} if benefit == "linshi_jiuzhu" else {}))
    )
    assert live.assessed is not None
    assert asked <= {one.fact for one in live.questions}


def test_a_withdrawn_application_ends_the_file_unless_another_stands_on_it(counter: Any) -> None:  # noqa: F811
    first = counter.apply("dibao", counter.head, household_id=counter.home.pk)
    second = counter.apply("dibao_bianyuan", counter.head, household_id=counter.home.pk)
    assert len(files_of(counter, "assistance_file", household_id=counter.home.pk)) == 1
    counter.move(first, "withdraw", note="申请人撤回")
    assert files_of(counter, "assistance_file", household_id=counter.home.pk)[0][2] is None
    counter.move(second, "withdraw", note="申请人撤回")
    open_now = [until for _, _, until in files_of(counter, "assistance_file", household_id=counter.home.pk)]
    assert None not in open_now
