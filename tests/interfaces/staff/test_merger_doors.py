"""Two records of one person are found, laid side by side, reported by one officer, confirmed by another, withdrawn."""

import datetime as dt
from typing import Any

import pytest

from nuanxin.kernel.core import clock
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services
from nuanxin.kernel.registry.models import LifeEvent, Person
from tests.interfaces.staff.world import World, make_world

pytestmark = pytest.mark.django_db

TODAY = dt.date(2024, 3, 15)
WHY = {"reason": "派出所证明"}


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    clock.move_to(TODAY)
    return make_world(accounts["county_examiner"])


@pytest.fixture
def twins(world: World) -> tuple[Person, Person]:
    """Two records of one woman in the clerk's township."""
    place = world.mine.household.division_id
    common = {"change": world.walk.change, "division": place, "sex": 2, "birth": dt.date(1941, 2, 3)}
    one = services.register_person(name="吴桂英", **common)
    two = services.register_person(name="吴桂英", phone="13800001111", **common)
    return one, two


def said(answer: Any) -> str:
    return str(answer.content.decode())


def report(client: Any, kept: Person, other: Person, **typed: str) -> Any:
    return client.post(f"/mergers/{kept.pk}/{other.pk}/", {"on": "2024-03-10", **WHY, **typed})


def test_doubles_are_found_and_laid_side_by_side(world: World, twins: tuple[Person, Person], sign_in: Any) -> None:
    clerk, (one, two) = sign_in("township_clerk"), twins
    assert f"/people/{two.pk}/doubles/" in said(clerk.get("/mergers/", {"find": "1"}))
    assert f"/people/{one.pk}/doubles/" in said(clerk.get(f"/people/{one.pk}/"))
    assert f"/mergers/{one.pk}/{two.pk}/" in said(clerk.get(f"/people/{one.pk}/doubles/"))
    page = said(clerk.get(f"/mergers/{one.pk}/{two.pk}/"))
    assert "电话" in page
    assert page.count("1941-02-03 出生") == 2


def test_one_reports_another_confirms_and_either_record_leads_to_the_kept_one(
    world: World, twins: tuple[Person, Person], sign_in: Any
) -> None:
    clerk, leader, (one, two) = sign_in("township_clerk"), sign_in("township_leader"), twins
    assert report(clerk, one, two).status_code == 302
    event = LifeEvent.objects.get(kind="merged")
    assert "已报告" in said(clerk.get("/mergers/"))
    assert clerk.post(f"/mergers/events/{event.pk}/confirm/", WHY).status_code == 403
    assert leader.post(f"/mergers/events/{event.pk}/confirm/", WHY).status_code == 302
    assert registry.survivor_of(two.pk) == one.pk
    assert clerk.get(f"/people/{two.pk}/").url == f"/people/{one.pk}/"
    assert clerk.post(f"/mergers/events/{event.pk}/withdraw/", WHY).status_code == 403
    assert leader.post(f"/mergers/events/{event.pk}/withdraw/", WHY).status_code == 302
    assert registry.survivor_of(two.pk) == two.pk
    assert "已经撤回" in said(leader.post(f"/mergers/events/{event.pk}/withdraw/", WHY))


def test_who_reported_cannot_confirm(world: World, twins: tuple[Person, Person], accounts: dict[str, Any]) -> None:
    from nuanxin.kernel.core.changes import author_of, one_act
    from nuanxin.kernel.core.errors import Refused

    author = author_of(accounts["township_leader"])
    with one_act(author=author, verb="report_event", reason="x", source="x") as change:
        event = services.report_event(
            change=change, kind="merged", person_id=twins[0].pk, other_id=twins[1].pk, on=TODAY, source="x"
        )
    with pytest.raises(Refused, match="另一人确认"), one_act(author=author, verb="c", reason="x", source="x") as change:
        services.confirm_event(change=change, event_id=event.pk)


@pytest.mark.parametrize(
    ("typed", "word"),
    [({"on": "2024-03-16"}, "不在"), ({"reason": ""}, "还没有填"), ({"on": "1941-02-02"}, "早于出生日期")],
)
def test_a_merger_that_cannot_be_is_refused_and_the_form_keeps_it(
    world: World, twins: tuple[Person, Person], sign_in: Any, typed: dict[str, str], word: str
) -> None:
    answer = report(sign_in("township_clerk"), *twins, **typed)
    assert answer.status_code == 409
    assert word in said(answer)
    assert not LifeEvent.objects.filter(kind="merged").exists()


def test_two_different_people_are_not_merged_until_the_record_is_put_right(
    world: World, twins: tuple[Person, Person], sign_in: Any
) -> None:
    clerk, (one, two) = sign_in("township_clerk"), twins
    Person.objects.filter(pk=two.pk).update(birth=dt.date(1941, 3, 2))
    assert "出生日期不同" in said(report(clerk, one, two))
    right = {"act": "birth", "birth": "1941-02-03", "sex": "2", "reason": "抄错", "evidence": "户口簿"}
    assert clerk.post(f"/people/{two.pk}/correct/", right).status_code == 302
    assert report(clerk, one, two).status_code == 302


def test_a_record_in_another_township_is_merged_by_the_county_only(world: World, sign_in: Any) -> None:
    page = f"/mergers/{world.mine.person.pk}/{world.other.person.pk}/"
    assert sign_in("township_clerk").get(page).status_code == 404
    assert sign_in("county_examiner").get(page).status_code == 200
