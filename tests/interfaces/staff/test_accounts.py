"""Signing in with a second factor, administrators' pages, logs: through the pages, as people do it."""

import io
import re
from typing import Any

import openpyxl
import pytest
from django.test import Client

from nuanxin.kernel.access import services
from nuanxin.kernel.access.models import Account, AccountRequest, Disclosure, SignIn
from nuanxin.kernel.access.throttle import PAIR
from nuanxin.kernel.access.totp import secret_of, totp
from nuanxin.kernel.core import clock

PASSWORD = "a long enough one"
NOON = 1_718_000_010


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    moment = {"now": float(NOON)}
    monkeypatch.setattr(clock, "instant", lambda: moment["now"])
    return moment


def enter(client: Client, username: str, password: str = PASSWORD) -> Any:
    return client.post("/login/", {"username": username, "password": password, "next": "/figures/"})


def code_of(account: Account, at: dict[str, float]) -> str:
    account.refresh_from_db()
    return totp(secret_of(account)).generate(at["now"]).decode()


def enrol(client: Client, account: Account, at: dict[str, float]) -> list[str]:
    assert client.post("/accounts/me/", {"act": "begin", "password": PASSWORD}).status_code == 302
    page = client.get("/accounts/me/").content.decode()
    assert 'src="data:image/svg+xml' in page
    page = client.post("/accounts/me/", {"act": "confirm", "code": code_of(account, at)}).content.decode()
    at["now"] += 60
    return re.findall(r"<code>([2-9A-Z]{5}-[2-9A-Z]{5})</code>", page)


def test_who_decides_must_enrol_before_working(accounts: Any, settings: Any, at: dict[str, float]) -> None:
    settings.SECOND_FACTOR = "required"
    client = Client()
    enter(client, "section_chief")
    for url in ("/", "/payments/", "/people/"):
        assert client.get(url)["Location"] == "/accounts/me/"
    swapped = client.get("/payments/", headers={"HX-Request": "true"})
    assert swapped["HX-Redirect"] == "/accounts/me/"
    codes = enrol(client, accounts["section_chief"], at)
    assert len(codes) == 10
    assert client.get("/payments/").status_code == 200
    clerk = Client()
    enter(clerk, "township_clerk")
    assert clerk.get("/people/").status_code == 200


def test_who_has_one_is_asked_and_a_code_serves_once(accounts: Any, sign_in: Any, at: dict[str, float]) -> None:
    codes = enrol(sign_in("leader"), accounts["leader"], at)
    client, again = Client(), Client()
    for one in (client, again):
        assert enter(one, "leader")["Location"] == "/login/code/"
        assert one.get("/figures/")["Location"].startswith("/login/")
    code = code_of(accounts["leader"], at)
    assert client.post("/login/code/", {"code": "000000"}).status_code == 403
    assert client.post("/login/code/", {"code": code})["Location"] == "/figures/"
    assert client.get("/figures/").status_code == 200
    assert again.post("/login/code/", {"code": code}).status_code == 403
    assert again.post("/login/code/", {"code": codes[0]})["Location"] == "/figures/"
    told = list(SignIn.objects.order_by("id").values_list("how", "good", "address"))
    home = "127.0.0.1"
    assert told == [("code", False, home), ("factor", True, home), ("code", False, home), ("recovery", True, home)]


def test_halfway_runs_out_and_no_code_page_without_a_password(
    accounts: Any, sign_in: Any, at: dict[str, float]
) -> None:
    enrol(sign_in("leader"), accounts["leader"], at)
    client = Client()
    assert client.get("/login/code/")["Location"] == "/login/"
    enter(client, "leader")
    assert client.get("/login/code/").status_code == 200
    at["now"] += 301
    assert client.post("/login/code/", {"code": code_of(accounts["leader"], at)})["Location"] == "/login/"
    assert client.get("/figures/")["Location"].startswith("/login/")


def test_the_demo_asks_for_a_factor_once_there_is_one(accounts: Any, sign_in: Any, settings: Any, at: Any) -> None:
    settings.DEMO = True
    assert Client().post("/login/demo/", {"role": "leader"})["Location"] == "/"
    enrol(sign_in("leader"), accounts["leader"], at)
    assert Client().post("/login/demo/", {"role": "leader"})["Location"] == "/login/code/"


def test_an_idle_session_ends_and_an_active_one_goes_on(accounts: Any, at: dict[str, float], settings: Any) -> None:
    client = Client()
    enter(client, "leader")
    assert client.get("/figures/").status_code == 200
    for _ in range(3):
        at["now"] += settings.IDLE_SECONDS - 1
        assert client.get("/figures/").status_code == 200
    at["now"] += settings.IDLE_SECONDS + 1
    assert client.get("/figures/")["Location"] == "/login/?idle=1"
    assert "自动退出" in client.get("/login/?idle=1").content.decode()
    assert client.get("/figures/")["Location"].startswith("/login/?next=")


def test_every_failure_gets_one_answer_and_is_written_down(accounts: Any) -> None:
    """Unknown, closed, wrong and too early: who tries names learns nothing, and no page says that one is locked."""
    client = Client()
    pages = [enter(client, "leader", "wrong") for _ in range(PAIR.free)]
    pages += [enter(client, "leader"), enter(client, "nobody", "wrong")]
    Account.objects.filter(username="auditor").update(is_active=False)
    pages.append(enter(client, "auditor"))
    hidden = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
    assert {page.status_code for page in pages} == {403}
    assert len({hidden.sub(b"", page.content) for page in pages}) == 1
    told = list(SignIn.objects.order_by("id").values_list("username", "how", "good"))
    assert told[:5] == [("leader", "wrong", False)] * 5
    assert told[5:] == [("leader", "locked", False), ("nobody", "wrong", False), ("auditor", "closed", False)]


def test_a_given_password_must_be_changed_first(accounts: Any) -> None:
    Account.objects.filter(username="leader").update(must_change_password=True)
    client = Client()
    enter(client, "leader")
    assert client.get("/figures/")["Location"] == "/accounts/me/"
    typed = {"act": "password", "old": PASSWORD, "new": "another long one", "again": "another long one"}
    assert client.post("/accounts/me/", typed | {"old": "wrong"}).status_code == 409
    assert client.post("/accounts/me/", typed | {"again": "different"}).status_code == 409
    assert client.post("/accounts/me/", typed | {"new": PASSWORD, "again": PASSWORD}).status_code == 409
    assert client.post("/accounts/me/", typed).status_code == 302
    assert client.get("/figures/").status_code == 200
    assert enter(Client(), "leader", "another long one").status_code == 302


def asked_for(client: Client, area: str) -> tuple[AccountRequest, str]:
    typed = {"username": "new", "display_name": "李四", "role": "township_clerk", "area": area, "reason": "新调入"}
    page = client.post("/accounts/new/", typed).content.decode()
    return AccountRequest.objects.get(), re.findall(r"<code>([0-9a-f-]{18})</code>", page)[0]


def test_an_account_from_asking_to_working(accounts: Any, sign_in: Any) -> None:
    system, security = sign_in("system_admin"), sign_in("security_admin")
    area = accounts["township_clerk"].area
    request, password = asked_for(system, area)
    assert enter(Client(), "new", password).status_code == 403
    assert "项账号申请等批准" in security.get("/").content.decode()
    page = security.get("/accounts/requests/").content.decode()
    assert "李四（new）" in page
    assert "新调入" in page
    assert security.post(f"/accounts/requests/{request.pk}/", {"agree": "1"}).status_code == 302
    client = Client()
    assert enter(client, "new", password).status_code == 302
    assert client.get("/people/")["Location"] == "/accounts/me/"
    one = f"/accounts/{request.account_id}/"
    assert "已批准" in system.get(one).content.decode()
    assert system.post(one, {"act": "close", "reason": "调离"}).status_code == 302
    assert client.get("/accounts/me/")["Location"].startswith("/login/")
    assert "已停用" in system.get("/accounts/?q=new").content.decode()


def test_what_is_typed_wrong_comes_back_with_the_reason(accounts: Any, sign_in: Any) -> None:
    typed = {"username": "new", "display_name": "李四", "role": "section_chief", "reason": "新调入"}
    page = sign_in("system_admin").post("/accounts/new/", typed | {"area": accounts["township_clerk"].area})
    assert page.status_code == 409
    assert "不符" in page.content.decode()
    assert 'value="李四"' in page.content.decode()


def test_the_security_administrator_unlocks_on_the_page(accounts: Any, sign_in: Any) -> None:
    for _ in range(PAIR.free):
        enter(Client(), "leader", "wrong")
    security = sign_in("security_admin")
    assert f"/accounts/{accounts['leader'].pk}/unlock/" in security.get("/accounts/requests/").content.decode()
    assert security.post(f"/accounts/{accounts['leader'].pk}/unlock/").status_code == 302
    assert enter(Client(), "leader").status_code == 302


def test_administrators_see_no_business(accounts: Any, sign_in: Any) -> None:
    for role in ("system_admin", "security_admin", "audit_admin"):
        client = sign_in(role)
        home = client.get("/").content.decode()
        assert 'action="/people/"' not in home
        for url in ("/people/", "/grants/", "/payments/", "/figures/", "/rulebook/", "/registers/"):
            assert f'href="{url}"' not in home
            assert client.get(url).status_code == 403


class TestLogs:
    def rows(self, client: Client, query: str) -> list[Any]:
        answer = client.get(f"/logs/?{query}&export=xlsx")
        book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        return [list(row) for row in book.active.iter_rows(values_only=True)][1:]

    def test_sign_ins_by_person_day_and_result(self, accounts: Any, sign_in: Any) -> None:
        enter(Client(), "leader")
        enter(Client(), "leader", "wrong")
        enter(Client(), "auditor")
        audit, today = sign_in("audit_admin"), f"{clock.today():%Y-%m-%d}"
        assert len(self.rows(audit, "log=sign-ins")) == 3
        assert [row[1] for row in self.rows(audit, "log=sign-ins&q=leader&result=bad")] == ["leader"]
        assert len(self.rows(audit, f"log=sign-ins&since={today}&until={today}")) == 3
        assert self.rows(audit, "log=sign-ins&until=2000-01-01") == []
        page = audit.get("/logs/").content.decode()
        assert "127.0.0.1" in page
        assert "密码不对" in page

    def test_disclosures_and_their_chain(self, accounts: Any, sign_in: Any) -> None:
        for person in (7, 8):
            services.log_disclosure(
                account=accounts["county_examiner"], person_id=person, what="identifier", purpose="核对申请"
            )
        audit = sign_in("audit_admin")
        assert [row[4] for row in self.rows(audit, "log=disclosures")] == [8, 7]
        assert "日志链完整" in audit.get("/logs/?log=disclosures&check=1").content.decode()
        first = Disclosure.objects.order_by("id").first()
        Disclosure.objects.filter(pk=first.pk).update(purpose="别的")
        page = audit.get("/logs/?log=disclosures&check=1").content.decode()
        assert "1 处被改动" in page

    def test_the_administrators_own_acts(self, accounts: Any, sign_in: Any) -> None:
        request, _ = asked_for(sign_in("system_admin"), accounts["township_clerk"].area)
        sign_in("security_admin").post(f"/accounts/requests/{request.pk}/", {"agree": "1"})
        rows = self.rows(sign_in("audit_admin"), "log=acts")
        assert [row[2] for row in rows] == ["批准", "提出申请"]
        assert {row[3] for row in rows} == {"new"}
        assert "乡镇民政助理" in rows[1][4]
