"""A review or case after a death says who died, when, and what that does to the amount; what does not fit is not offered."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from nuanxin.interfaces.staff.casefile import CONTRADICTED
from nuanxin.interfaces.staff.deaths import amount_words
from nuanxin.kernel.casework.needs import NEEDS
from nuanxin.kernel.casework.values import Assessed, Live
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.identifiers import make_citizen_id
from nuanxin.kernel.grants.values import Covered
from nuanxin.kernel.registry import services
from tests.interfaces.staff.world import World, make_world

TODAY = dt.date(2024, 3, 15)


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    clock.move_to(TODAY)
    return make_world(accounts["county_examiner"])


def text(answer: Any) -> str:
    return answer.content.decode()


def dies(world: World, confirm: bool = True) -> None:
    """Let a second member of the clerk's own household die on 5 March."""
    change = open_change(author=Author("测试"), verb="test", reason="测试", source="tests")
    birth, home = dt.date(1950, 3, 7), world.mine.household
    person = services.register_person(
        change=change, division=home.division_id, name="周逝者", sex=1, birth=birth,
        citizen_id=make_citizen_id("340223", birth, 901),
    )  # fmt: skip
    services.add_member(
        change=change, household_id=home.pk, person_id=person.pk, role="other", valid_from=dt.date(2024, 1, 1)
    )
    event = services.report_event(
        change=change, kind="death", person_id=person.pk, on=dt.date(2024, 3, 5), source="村委会"
    )
    if confirm:
        services.confirm_event(change=change, event_id=event.pk)


@pytest.mark.django_db
def test_a_review_and_a_case_name_who_died_and_when(world: World, sign_in: Any) -> None:
    clerk = sign_in("township_clerk")
    pages = [reverse("review", args=[world.mine.review.pk]), reverse("case", args=[world.mine.case.pk])]
    assert not any("周逝者" in text(clerk.get(page)) for page in pages)
    dies(world)
    for page in pages:
        assert "周逝者已于 2024-03-05 死亡，2024-03-06 起不再是本户成员。" in text(clerk.get(page))
        assert "周逝者" not in text(sign_in("leader").get(page))  # masked for who sees masked names only


@pytest.mark.django_db
def test_a_death_only_reported_is_said_to_be_open(world: World, sign_in: Any) -> None:
    dies(world, confirm=False)
    assert "周逝者被报告于 2024-03-05 死亡，待确认" in text(
        sign_in("township_clerk").get(reverse("review", args=[world.mine.review.pk]))
    )


@pytest.mark.django_db
def test_a_review_after_a_death_is_not_kept_where_the_amount_differs(world: World, sign_in: Any) -> None:
    page, clerk = reverse("review", args=[world.mine.review.pk]), sign_in("township_clerk")
    dies(world)
    shown = text(clerk.get(page))
    assert "按现有成员测算" in shown
    assert "核查后维持原待遇" not in shown
    answer = clerk.post(page, {"act": "keep", "note": "照旧发放"})
    assert answer.status_code == 409
    assert "不能维持原待遇" in text(answer)
    world.mine.review.refresh_from_db()
    assert world.mine.review.state == "open"


@pytest.mark.parametrize(
    ("granted", "fen", "said"),
    [
        (None, 0, "未查清"),
        (False, 0, "应提出终止意见"),
        (True, 93500, "为 935.00 元、1 人，应提出调减意见"),
        (True, 200000, "应提出调增意见"),
        (True, 154000, "仍为 1,540.00 元"),
    ],
)
def test_the_sentence_says_the_new_amount_and_the_move_that_fits(granted: bool | None, fen: int, said: str) -> None:
    assessed = Assessed("", fen, (Covered(1, (("basic", fen),)),))
    live = Live("dibao", dt.date(2024, 3, 1), granted, assessed, "")
    assert said in amount_words(154000, live)
    assert "在发每月 1,540.00 元" in amount_words(154000, live)


def test_what_contradicts_the_receipt_is_a_code_of_the_needs() -> None:
    import inspect

    from nuanxin.kernel.casework import needs

    source = inspect.getsource(needs)
    assert {"receipt_higher", "receipt_lower", "receipt_stops", "death", "not_death"} <= set(NEEDS)
    assert all(f'"{code}"' in source for code in CONTRADICTED)
