"""What people are called and what was written of them is text on every page and letter, never script."""

import json
import re
from typing import Any

import pytest
from django.urls import reverse

from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.registry.models import Household, Person
from tests.interfaces.staff.world import World, make_world

SCRIPT = "<script>alert(1)</script>"
IMAGE = "\"><img src=x onerror=alert(1)>'"


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    made = make_world(accounts["county_examiner"])
    Person.objects.update(name=SCRIPT)
    Household.objects.update(address=IMAGE)
    return made


@pytest.mark.parametrize(
    "url",
    [
        "/people/", "/people/?q=%3Cscript%3Ealert(1)%3C/script%3E", "/households/", "/grants/", "/payments/", "/debts/",
        "/registers/cremation/", "/funerals/", "/month/2024-01/proposals/", "/cases/", "/letters/", "/reserve/", "/reviews/", "/appeals/",
    ],
)  # fmt: skip
def test_lists_show_names_as_text(world: World, sign_in: Any, url: str) -> None:
    assert_plain(sign_in("county_examiner").get(url))


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("person", "person"), ("household", "household"), ("case", "case"), ("decision", "decision"), ("letter", "letter"),
        ("debt", "debt"), ("statement", "household"),
    ],
)  # fmt: skip
def test_pages_show_names_and_wordings_as_text(world: World, sign_in: Any, name: str, attribute: str) -> None:
    if attribute == "letter":
        text = world.mine.letter.wording
        spoken = json.loads(text.text)
        spoken |= {"title": SCRIPT, "paragraphs": [SCRIPT, IMAGE], "closing": IMAGE}
        words = json.dumps(spoken, ensure_ascii=False)
        hostile = type(text).objects.create(sm3=sm3_hex(words), kind=text.kind, county=text.county, text=words)
        type(world.mine.letter).objects.filter(pk=world.mine.letter.pk).update(wording=hostile)
    page = sign_in("county_examiner").get(reverse(name, args=[getattr(world.mine, attribute).pk]))
    assert_plain(page)


def assert_plain(page: Any) -> None:
    assert page.status_code == 200
    text = page.content.decode()
    assert SCRIPT not in text
    assert "<img src=x" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", text), "no inline script at all"
    assert "script-src 'self'" in page["Content-Security-Policy"]
