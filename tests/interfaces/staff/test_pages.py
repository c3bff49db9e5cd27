"""The frame of the pages: methods, writing while reading, refusals, languages, content policy."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from nuanxin.interfaces.staff.middleware import Refusals
from nuanxin.interfaces.staff.pages import WroteWhileReading, page
from nuanxin.kernel.access.models import Account
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import DeclarationError, DeclarationFault, Refused


def request(method: str = "GET", account: Account | None = None, **headers: str) -> HttpRequest:
    made = RequestFactory(headers=headers).generic(method, "/somewhere/")
    made.user = account or AnonymousUser()
    made.htmx = headers.get("HX-Request") == "true"
    return made


def writing(request: HttpRequest) -> HttpResponse:
    Account.objects.filter(pk=request.user.pk).update(title="changed")
    return HttpResponse("done")


def test_a_reading_page_cannot_write(accounts: dict[str, Account]) -> None:
    reading = page(None)(writing)
    with pytest.raises(WroteWhileReading), transaction.atomic():
        reading(request("GET", accounts["leader"]))
    assert not Account.objects.filter(title="changed").exists()


def test_a_writing_method_may_write(accounts: dict[str, Account]) -> None:
    both = page(None, writes=("POST",))(writing)
    assert both(request("POST", accounts["leader"])).status_code == 200


def test_an_undeclared_method_is_refused(accounts: dict[str, Account]) -> None:
    assert page(None)(writing)(request("POST", accounts["leader"])).status_code == 405


def test_a_missing_permission_is_refused(accounts: dict[str, Account]) -> None:
    with pytest.raises(PermissionDenied):
        page("month.close", writes=("POST",))(writing)(request("POST", accounts["leader"]))


def test_a_refusal_says_what_to_do(accounts: dict[str, Account]) -> None:
    answer = Refusals(lambda r: HttpResponse()).process_exception(
        request("GET", accounts["leader"]), Refused("a.b", "这个月还没有测算。", "请先测算。")
    )
    assert answer is not None
    assert answer.status_code == 409
    assert "请先测算。" in answer.content.decode()


def test_a_refusal_of_a_fragment_lands_among_the_messages(accounts: dict[str, Account]) -> None:
    refused = Refused("a.b", "这个月还没有测算。", "请先测算。")
    answer = Refusals(lambda r: HttpResponse()).process_exception(
        request("POST", accounts["leader"], **{"HX-Request": "true"}), refused
    )
    assert answer is not None
    assert answer["HX-Retarget"] == "#messages"
    assert "<html" not in answer.content.decode()


def test_a_faulty_declaration_shows_file_and_line(accounts: dict[str, Account]) -> None:
    error = DeclarationError([DeclarationFault("dibao.yaml", 7, "不认识的名字。")])
    answer = Refusals(lambda r: HttpResponse()).process_exception(request("GET", accounts["leader"]), error)
    assert answer is not None
    assert answer.status_code == 500
    assert "dibao.yaml:7" in answer.content.decode()


def test_chinese_first_whatever_the_browser_wishes(db: None) -> None:
    client = Client(headers={"Accept-Language": "en"})
    assert '<html lang="zh-hans">' in client.get("/login/").content.decode()


def test_english_by_switch(db: None) -> None:
    client = Client()
    client.post("/language/", {"language": "en", "next": "/login/"})
    assert "Sign in" in client.get("/login/").content.decode()


def test_no_other_host_and_no_inline_script(db: None) -> None:
    answer = Client().get("/login/")
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"].startswith("no-store") or "no-cache" in answer["Cache-Control"]


def test_every_page_asks_to_sign_in(db: None) -> None:
    answer = Client().get("/figures/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=")


def test_the_demo_door_exists_in_the_demo_only(accounts: dict[str, Account], settings: object) -> None:
    assert Client().post("/login/demo/", {"role": "leader"}).status_code == 404
    settings.DEMO = True  # type: ignore[attr-defined]
    client = Client()
    assert client.post("/login/demo/", {"role": "leader"}).status_code == 302
    assert client.session["_auth_user_id"] == str(accounts["leader"].pk)
    assert Client().post("/login/demo/", {"role": "root"}).status_code == 404


def test_a_password_opens_and_a_wrong_one_says_so(accounts: dict[str, Account]) -> None:
    good = Client().post("/login/", {"username": "leader", "password": "a long enough one", "next": "/figures/"})
    assert (good.status_code, good["Location"]) == (302, "/figures/")
    bad = Client().post("/login/", {"username": "leader", "password": "wrong"})
    assert bad.status_code == 403
    assert "不对" in bad.content.decode()


def test_signing_in_never_leaves_the_site(accounts: dict[str, Account]) -> None:
    entered = Client().post(
        "/login/", {"username": "leader", "password": "a long enough one", "next": "https://elsewhere.example/"}
    )
    assert entered["Location"] == "/"


def test_the_frame_shows_the_business_date(accounts: dict[str, Account]) -> None:
    client = Client()
    client.force_login(accounts["leader"])
    assert f'datetime="{clock.today():%Y-%m-%d}"' in client.get("/").content.decode()
