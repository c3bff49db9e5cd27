"""Organisations and facilities are listed, registered, corrected, closed and exported; accounts come and go."""

import datetime as dt
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from nuanxin.kernel.core import clock
from nuanxin.kernel.registry.models import BankAccount, Facility, Organisation
from tests.interfaces.staff.world import World, make_world

pytestmark = pytest.mark.django_db

TODAY = dt.date(2024, 3, 15)
HOME = {"uscc": "５２340223MJ1234561K", "name": "南陵县 夕阳红养老院", "kind": "service_agency"}
WHY = {"reason": "登记证书"}


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    clock.move_to(TODAY)
    return make_world(accounts["county_examiner"])


@pytest.fixture
def clerk(sign_in: Any, world: World) -> Any:
    return sign_in("township_clerk")


def said(answer: Any) -> str:
    return str(answer.content.decode())


def code(kind: str = "52") -> str:
    from nuanxin.kernel.core.identifiers import make_uscc

    return make_uscc(kind, "340223", "MJ123456")


def registered(client: Any) -> Organisation:
    assert client.post("/organisations/new/", HOME | {"uscc": code()}).status_code == 302
    return Organisation.objects.get(uscc=code())


def act(client: Any, one: Organisation, what: str, **typed: Any) -> Any:
    return client.post(f"/organisations/{one.pk}/change/", {"act": what, **WHY, **typed})


def test_an_organisation_is_registered_found_corrected_and_exported(clerk: Any) -> None:
    one = registered(clerk)
    assert one.name == "南陵县 夕阳红养老院"
    assert "夕阳红" in said(clerk.get("/organisations/", {"q": "夕阳红"}))
    assert "夕阳红" in said(clerk.get("/organisations/", {"q": code().lower()}))
    assert act(clerk, one, "correct", **HOME | {"uscc": code(), "name": "南陵县晚晴养老院"}).status_code == 302
    assert "晚晴" in said(clerk.get(f"/organisations/{one.pk}/"))
    sheet = load_workbook(io.BytesIO(b"".join(clerk.get("/organisations/", {"export": "xlsx"}).streaming_content)))
    assert code() in [cell.value for row in sheet.active.rows for cell in row]


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({"uscc": "52340223MJ1234561A"}, "校验位"),
        ({"uscc": "51340223MJ1234561R"}, "已登记"),
        ({"name": "\u200b"}, "不能为空"),
        ({"kind": "x"}, "选择"),
    ],
)
def test_a_faulty_organisation_is_refused_and_the_form_keeps_it(clerk: Any, typed: dict[str, str], word: str) -> None:
    answer = clerk.post("/organisations/new/", HOME | {"uscc": code()} | typed)
    assert answer.status_code == 409
    assert word in said(answer)
    assert Organisation.objects.count() == 1


def test_accounts_of_an_organisation_come_and_go_and_end_with_it(clerk: Any) -> None:
    one = registered(clerk)
    assert act(clerk, one, "account", bank_code="402376100016", number="6217 9900 0000 0001").status_code == 302
    account = BankAccount.objects.get(organisation=one)
    assert "**** 0001" in said(clerk.get(f"/organisations/{one.pk}/"))
    assert act(clerk, one, "end_account", account=account.pk, on="2024-03-01").status_code == 302
    assert "没有这个账户" in said(act(clerk, one, "end_account", account="999", on="2024-03-01"))
    act(clerk, one, "account", bank_code="402376100016", number="6217990000000002")
    assert act(clerk, one, "close", on="2024-03-10").status_code == 302
    assert not BankAccount.objects.filter(organisation=one, valid_to=None).exists()
    assert "已经注销" in said(act(clerk, one, "account", bank_code="402376100016", number="6217990000000003"))
    assert act(clerk, one, "reopen").status_code == 302


def test_a_facility_is_registered_corrected_and_closed(world: World, clerk: Any) -> None:
    runner = registered(clerk)
    typed = {"name": "籍山敬老院", "kind": "tekun_home", "division": world.mine.household.division_id}
    answer = clerk.post("/facilities/new/", typed | {"organisation": runner.pk, "address": "府前路1号"})
    assert answer.status_code == 302, said(answer)
    one = Facility.objects.get(name="籍山敬老院")
    assert (one.organisation, one.county, one.address) == (runner, "340223", "府前路1号")
    assert "籍山敬老院" in said(clerk.get(f"/organisations/{runner.pk}/"))
    change = f"/facilities/{one.pk}/change/"
    assert "没有改动" in said(
        clerk.post(change, typed | {"act": "correct", "organisation": runner.pk, "address": "府前路1号", **WHY})
    )
    assert clerk.post(change, typed | {"act": "correct", "name": "籍山区域敬老院", **WHY}).status_code == 302
    assert clerk.post(change, {"act": "close", "on": "2024-03-01", **WHY}).status_code == 302
    one.refresh_from_db()
    assert (one.name, one.closed) == ("籍山区域敬老院", dt.date(2024, 3, 1))
    assert "籍山区域敬老院" in said(clerk.get("/facilities/", {"kind": "tekun_home"}))


def test_a_facility_in_another_township_is_refused(world: World, clerk: Any) -> None:
    typed = {"name": "许镇敬老院", "kind": "home", "division": world.other.household.division_id}
    assert "不在您的辖区" in said(clerk.post("/facilities/new/", typed))
    assert clerk.get(f"/facilities/{world.other.facility.pk}/").status_code == 404
    assert world.other.facility.name not in said(clerk.get("/facilities/"))
