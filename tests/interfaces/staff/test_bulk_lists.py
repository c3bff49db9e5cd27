"""Lists one acts on in bulk: whom a box is about, what became of each row, and the filter that stays."""

import re
from typing import Any

import pytest
from django.urls import reverse

from nuanxin.kernel.casework.models import Case
from nuanxin.kernel.work.models import Letter
from tests.interfaces.staff.world import World, make_world

pytestmark = pytest.mark.django_db
BOX = re.compile(r'name="ids" value="(\d+)" form="bulk" aria-label="([^"]*)"')


@pytest.fixture
def world(accounts: Any) -> World:
    return make_world(accounts["county_examiner"])


@pytest.mark.parametrize("name", ["cases", "letters", "funerals", "reviews", "proposals"])
def test_each_box_says_whom_it_chooses_and_each_row_has_a_link(sign_in: Any, world: World, name: str) -> None:
    page = sign_in("township_clerk").get(reverse(name, args=["2024-01"] if name == "proposals" else []))
    text = page.content.decode()
    assert BOX.findall(text)
    assert all("张三" in label for _key, label in BOX.findall(text))
    for address in re.findall(r'<tr data-href="([^"]+)"', text):
        assert f'href="{address}"' in text


def test_a_letter_to_a_household_names_its_head(sign_in: Any, world: World) -> None:
    Letter.objects.filter(pk=world.mine.letter.pk).update(person=None, household=world.mine.household)
    assert "张三家" in sign_in("township_clerk").get(reverse("letters")).content.decode()


@pytest.mark.parametrize("text", ["张三", "0000000"])
def test_cases_are_looked_for_by_name_or_number(sign_in: Any, world: World, text: str) -> None:
    clerk = sign_in("township_clerk")
    assert world.mine.case.number in clerk.get(reverse("cases"), {"q": text}).content.decode()
    assert world.mine.case.number not in clerk.get(reverse("cases"), {"q": "李四"}).content.decode()


def test_a_household_s_case_is_found_by_a_member(sign_in: Any, world: World) -> None:
    Case.objects.filter(pk=world.mine.case.pk).update(person=None)
    assert world.mine.case.number in sign_in("township_clerk").get(reverse("cases"), {"q": "张三"}).content.decode()


def test_a_clerk_finds_no_case_of_another_township_by_name(sign_in: Any, world: World) -> None:
    assert (
        world.other.case.number not in sign_in("township_clerk").get(reverse("cases"), {"q": "张三"}).content.decode()
    )


def test_bulk_steps_say_of_each_case_what_became_of_it_and_the_filter_stays(sign_in: Any, world: World) -> None:
    clerk, case = sign_in("township_clerk"), world.mine.case
    listed = clerk.get(reverse("cases"), {"kind": "apply"}).content.decode()
    (action,) = re.findall(r'id="bulk" method="post" action="([^"]+)"', listed)
    assert "kind=apply" in action
    shown = clerk.post(action, {"ids": [case.pk, world.other.case.pk]}).content.decode()
    assert case.number in shown
    assert world.other.case.number not in shown
    assert f'href="{reverse("cases")}?kind=apply"' in shown
    again = clerk.post(action, {"ids": [case.pk]}).content.decode()
    for page in (shown, again):
        assert re.search(r'<span class="tag (good">已办|warn">未办)</span>', page)
        assert re.search(r'<td class="wrap">\S', page)
