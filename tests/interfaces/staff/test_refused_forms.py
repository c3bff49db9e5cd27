"""A form that is refused comes back in place, filled as it was sent, with the words of the refusal."""

from typing import Any

import pytest
from django.urls import reverse

from nuanxin.interfaces.staff.forms_in import Reader
from tests.interfaces.staff.world import World, make_world

pytestmark = pytest.mark.django_db
REASON = "派出所证明“<b>迁入</b>”"


@pytest.fixture
def world(accounts: Any) -> World:
    return make_world(accounts["county_examiner"])


def test_a_refused_change_keeps_what_was_typed_and_opens_its_own_fold(sign_in: Any, world: World) -> None:
    address = reverse("household-change", args=[world.mine.household.pk])
    sent = {"act": "join", "person": "110101199003070011", "role": "spouse", "counted": "no", "on": "2024-03-09",
            "reason": REASON}  # fmt: skip
    answer = sign_in("township_clerk").post(address, sent)
    assert answer.status_code == 409
    page = Reader(answer.content.decode())
    (form,) = [one for one in page.forms if any(f.name == "act" and f.value == "join" for f in one.fields)]
    values = {one.name: one.value for one in form.fields}
    assert (values["person"], values["on"], values["reason"]) == (sent["person"], sent["on"], REASON)
    chosen = {one.name: [o.value for o in one.options if "selected" in o.attributes] for one in form.fields}
    assert (chosen["role"], chosen["counted"]) == (["spouse"], ["no"])
    assert not set(form.folds) & set(page.folds)
    (person,) = [one for one in form.fields if one.name == "person"]
    assert person.attributes["aria-invalid"] == "true"
    assert answer.content.decode().index('id="refused"') < form.start
    other = [one for one in page.forms if any(f.name == "act" and f.value == "leave" for f in one.fields)]
    assert all(f.value != REASON for one in other for f in one.fields)


def test_a_form_of_another_page_comes_back_on_the_page_it_was_sent_from(sign_in: Any, world: World) -> None:
    page = reverse("person", args=[world.mine.person.pk])
    address = reverse("account-new", args=[world.mine.person.pk])
    answer = sign_in("township_clerk").post(
        address,
        {"bank_code": "太长的开户银行代码写了很多", "number": "6222"},
        headers={"referer": f"http://testserver{page}"},
    )
    assert answer.status_code == 409
    assert 'value="太长的开户银行代码写了很多"' in answer.content.decode()


@pytest.mark.parametrize(
    "referer", ["https://elsewhere.example/people/", "http://testserver/no/such/", "http://testserver/logout/", "%", ""]
)
def test_a_page_that_is_not_ours_is_never_opened_and_what_was_typed_stands_in_the_refusal(
    sign_in: Any, world: World, referer: str
) -> None:
    address = reverse("account-new", args=[world.mine.person.pk])
    sent = {"bank_code": "太长的开户银行代码写了很多", "number": "6222"}
    answer = sign_in("township_clerk").post(address, sent, headers={"referer": referer})
    assert answer.status_code == 409
    assert "<li>太长的开户银行代码写了很多</li>" in answer.content.decode()


def test_passwords_never_come_back(sign_in: Any, world: World) -> None:
    sent = {"act": "password", "old": "旧的密码不对", "new": "新的密码一二三", "again": "新的密码一二三"}
    shown = sign_in("township_clerk").post(reverse("my-account"), sent).content.decode()
    assert 'id="refused"' in shown
    assert "密码一二三" not in shown
    assert "旧的密码不对" not in shown


def test_a_swap_leaves_the_form_alone_and_brings_the_words_only(sign_in: Any, world: World) -> None:
    address = reverse("household-change", args=[world.mine.household.pk])
    answer = sign_in("township_clerk").post(address, {"act": "no"}, headers={"hx-request": "true"})
    assert answer.headers["HX-Retarget"] == "#messages"
    assert "<form" not in answer.content.decode()


@pytest.mark.parametrize("value", ["\x00", "a\x00b", "\x1b[2J", "\x7f", "\x85", "好" * 200_001])
def test_what_no_keyboard_writes_reaches_no_page(sign_in: Any, world: World, value: str) -> None:
    address = reverse("household-change", args=[world.mine.household.pk])
    assert sign_in("township_clerk").post(address, {"act": "join", "reason": value}).status_code == 409
