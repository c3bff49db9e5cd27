"""Sessions: given out anew at the door, ended by time, by a change of password and by a closed account."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client, RequestFactory

from nuanxin.interfaces.staff.proxies import client_of, trusted_proxies
from nuanxin.kernel.access.models import Account, SignIn
from nuanxin.kernel.access.throttle import PAIR
from nuanxin.kernel.core import clock
from tests.interfaces.staff.test_accounts import NOON, PASSWORD, code_of, enrol, enter

NEW = "quite another long one"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    moment = {"now": float(NOON)}
    monkeypatch.setattr(clock, "instant", lambda: moment["now"])
    return moment


def key_of(client: Client) -> str:
    return client.session.session_key or ""


def test_a_session_known_before_the_door_is_of_no_use_after_it(accounts: Any) -> None:
    client = Client()
    client.session.save()
    planted = client.session
    planted["planted"] = True
    planted.save()
    client.cookies["sessionid"] = planted.session_key
    enter(client, "leader")
    assert key_of(client) not in ("", planted.session_key)
    thief = Client()
    thief.cookies["sessionid"] = planted.session_key
    assert thief.get("/figures/")["Location"].startswith("/login/")


def test_the_half_open_door_gives_a_new_session_too(accounts: Any, sign_in: Any, at: dict[str, float]) -> None:
    enrol(sign_in("leader"), accounts["leader"], at)
    client = Client()
    enter(client, "leader")
    halfway = key_of(client)
    client.post("/login/code/", {"code": code_of(accounts["leader"], at)})
    assert key_of(client) not in ("", halfway)


def test_a_change_of_password_ends_every_other_session_and_the_half_open_doors(
    accounts: Any, sign_in: Any, at: dict[str, float]
) -> None:
    mine, other, half = Client(), Client(), Client()
    enter(mine, "leader")
    enter(other, "leader")
    enrol(mine, accounts["leader"], at)
    enter(half, "leader")
    assert half.get("/login/code/").status_code == 200
    before = key_of(mine)
    typed = {"act": "password", "old": PASSWORD, "new": NEW, "again": NEW}
    assert mine.post("/accounts/me/", typed).status_code == 302
    assert mine.get("/figures/").status_code == 200
    assert key_of(mine) != before
    assert other.get("/figures/")["Location"].startswith("/login/")
    assert half.post("/login/code/", {"code": code_of(accounts["leader"], at)})["Location"] == "/login/"


def test_no_session_outlives_its_day_however_busy(accounts: Any, at: dict[str, float], settings: Any) -> None:
    client = Client()
    enter(client, "leader")
    client.get("/figures/")
    steps = settings.SESSION_SECONDS // (settings.IDLE_SECONDS - 1)
    for _ in range(steps):
        at["now"] += settings.IDLE_SECONDS - 1
        assert client.get("/figures/").status_code == 200
    at["now"] += settings.IDLE_SECONDS - 1
    assert client.get("/figures/")["Location"] == "/login/?idle=1"


def test_a_second_factor_is_not_taken_into_use_without_the_password(accounts: Any, sign_in: Any) -> None:
    client = sign_in("leader")
    for typed in ({}, {"password": "wrong"}):
        assert client.post("/accounts/me/", {"act": "begin", **typed}).status_code == 409
    assert not Account.objects.get(username="leader").factor_key_id
    assert SignIn.objects.filter(username="leader", how="own").count() == 2
    for _ in range(PAIR.free - 2):
        client.post("/accounts/me/", {"act": "begin", "password": "wrong"})
    page = client.post("/accounts/me/", {"act": "begin", "password": PASSWORD})
    assert page.status_code == 409
    assert "秒再试" in page.content.decode()


def test_a_code_given_at_the_door_lets_a_waiting_owner_in(accounts: Any, sign_in: Any, at: dict[str, float]) -> None:
    codes = enrol(sign_in("leader"), accounts["leader"], at)
    client = Client()
    for _ in range(PAIR.free):
        enter(client, "leader", "wrong")
    assert enter(client, "leader").status_code == 403
    typed = {"username": "leader", "password": PASSWORD, "code": codes[0], "next": "/figures/"}
    assert client.post("/login/", typed)["Location"] == "/figures/"
    assert client.get("/figures/").status_code == 200


def seen_by(proxies: str, settings: Any, **meta: str) -> dict[str, str]:
    from ipaddress import ip_network

    settings.PROXIES = [ip_network(place) for place in proxies.split()]
    request = RequestFactory().get("/", **meta)
    trusted_proxies(lambda request: request.META)(request)  # type: ignore[arg-type, return-value]
    return {"from": request.META["REMOTE_ADDR"], "secure": str(request.is_secure())}


FORWARDED = {"HTTP_X_FORWARDED_FOR": "1.2.3.4, 203.0.113.7", "HTTP_X_FORWARDED_PROTO": "https"}


def test_only_a_named_proxy_is_believed(settings: Any) -> None:
    assert seen_by("", settings, REMOTE_ADDR="127.0.0.1", **FORWARDED) == {"from": "127.0.0.1", "secure": "False"}
    assert seen_by("10.0.0.0/8", settings, REMOTE_ADDR="192.0.2.1", **FORWARDED)["secure"] == "False"
    assert seen_by("10.0.0.0/8", settings, REMOTE_ADDR="10.9.9.9", **FORWARDED) == {
        "from": "203.0.113.7", "secure": "True"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("", "10.0.0.1"), ("1.2.3.4", "1.2.3.4"), ("6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"), ("x, 10.0.0.2", "10.0.0.2"),
        ("1.2.3.4, <script>", "10.0.0.1"), ("::1", "::1"), (",,,", "10.0.0.1"),
    ],
)  # fmt: skip
def test_what_a_client_wrote_before_the_proxy_counts_for_nothing(forwarded: str, client: str, settings: Any) -> None:
    from ipaddress import ip_network

    settings.PROXIES = [ip_network("10.0.0.0/8")]
    assert client_of(forwarded, "10.0.0.1") == client


SHOW = """
from django.conf import settings as s
print(s.TLS, s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, len(s.PROXIES))
"""


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "True True True True True 0"),
        ({"NUANXIN_PROXIES": "127.0.0.1, 10.0.0.0/8"}, "True True True True True 2"),
        ({"NUANXIN_DEMO": "1"}, "False False False False False 0"),
        ({"NUANXIN_TLS": "off"}, "False False False False False 0"),
    ],
)
def test_an_instance_is_secure_unless_it_says_otherwise(environment: dict[str, str], told: str, tmp_path: Any) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("NUANXIN_")}
    settings = {**plain, "NUANXIN_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "nuanxin.config.settings"}
    command = [sys.executable, "-c", SHOW]
    done = subprocess.run(command, env=settings | environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == told


def test_a_page_without_tls_is_led_to_tls_and_says_so_for_a_year(client: Client, settings: Any) -> None:
    from ipaddress import ip_network

    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    settings.PROXIES = [ip_network("127.0.0.1")]
    fresh = Client()
    assert fresh.get("/login/")["Location"] == "https://testserver/login/"
    page = fresh.get("/login/", HTTP_X_FORWARDED_PROTO="https")
    assert page["Strict-Transport-Security"].startswith("max-age=31536000")
