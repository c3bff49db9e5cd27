"""Three administrators: one asks, another agrees, the third reads; none grants power alone."""

from typing import Any

import pytest
from django.contrib.auth import authenticate

from nuanxin.kernel.access import selectors, services
from nuanxin.kernel.access.models import Account, AccountRequest
from nuanxin.kernel.access.throttle import PAIR
from nuanxin.kernel.core.changes import changes_by_verb
from nuanxin.kernel.core.errors import Refused

COUNTY = "34.3402.340223"
TOWNSHIP = f"{COUNTY}.340223100"
ELSEWHERE = "33.3305.330522"
PASSWORD = "一个很长的密码-2024"
NAMES = {"system_admin": "许伟", "security_admin": "陶静", "audit_admin": "黄建华"}
NEW = {"username": "new", "display_name": "李四", "role": "county_examiner", "area": COUNTY, "reason": "新调入"}

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def admins(settings: Any) -> dict[str, Account]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return {code: make(code, code) for code in NAMES}


def make(username: str, role: str, area: str = COUNTY) -> Account:
    return services.create_account(username=username, display_name="张三", role=role, area=area, password=PASSWORD)


def ask(admins: dict[str, Account], **changes: Any) -> tuple[AccountRequest, str]:
    return services.file_opening(author=admins["system_admin"], **NEW | changes)


def agree(admins: dict[str, Account], request: AccountRequest, **changes: Any) -> AccountRequest:
    return services.check_request(
        **{"author": admins["security_admin"], "request_id": request.pk, "agree": True} | changes
    )


def code(raised: Any) -> str:
    return str(raised.value.code)


def test_an_account_is_without_effect_until_agreed(admins: dict[str, Account]) -> None:
    request, password = ask(admins)
    account = request.account
    assert authenticate(username="new", password=password) is None
    assert not selectors.may(account, "cases.make")
    assert password not in request.password
    agree(admins, request)
    account.refresh_from_db()
    assert (account.role, account.area, account.is_active) == ("county_examiner", COUNTY, True)
    assert authenticate(username="new", password=password) == account
    assert account.must_change_password
    services.change_password(account=account, password=PASSWORD)
    account.refresh_from_db()
    assert not account.must_change_password


def test_a_refused_opening_never_works(admins: dict[str, Account]) -> None:
    request, password = ask(admins)
    with pytest.raises(Refused) as raised:
        agree(admins, request, agree=False)
    assert code(raised) == "access.no_note"
    agree(admins, request, agree=False, note="岗位不符")
    assert authenticate(username="new", password=password) is None
    with pytest.raises(Refused) as raised:
        agree(admins, request)
    assert code(raised) == "access.decided"


def test_a_change_keeps_the_old_place_until_agreed(admins: dict[str, Account]) -> None:
    clerk = make("clerk", "township_clerk", TOWNSHIP)
    request, _ = services.file_change(
        author=admins["system_admin"],
        account_id=clerk.pk,
        kind="change",
        role="section_chief",
        area=COUNTY,
        reason="提任",
    )
    clerk.refresh_from_db()
    assert clerk.role == "township_clerk"
    agree(admins, request)
    clerk.refresh_from_db()
    assert (clerk.role, clerk.area, clerk.title) == ("section_chief", COUNTY, "股长")


def test_nobody_grants_power_alone(admins: dict[str, Account]) -> None:
    request, _ = ask(admins)
    for role in ("system_admin", "audit_admin"):
        with pytest.raises(Refused) as raised:
            services.check_request(author=admins[role], request_id=request.pk, agree=True)
        assert code(raised) == "access.denied"
    for role in ("security_admin", "audit_admin"):
        with pytest.raises(Refused) as raised:
            services.file_opening(author=admins[role], **NEW | {"username": "other"})
        assert code(raised) == "access.denied"
    Account.objects.filter(pk=admins["system_admin"].pk).update(role="security_admin")
    with pytest.raises(Refused) as raised:
        services.check_request(author=Account.objects.get(username="system_admin"), request_id=request.pk, agree=True)
    assert code(raised) == "access.own_request"


def test_nobody_agrees_to_what_concerns_them(admins: dict[str, Account]) -> None:
    request, _ = services.file_change(
        author=admins["system_admin"], account_id=admins["security_admin"].pk, kind="factor", reason="手机丢失"
    )
    with pytest.raises(Refused) as raised:
        agree(admins, request)
    assert code(raised) == "access.own_request"
    with pytest.raises(Refused) as raised:
        services.file_change(
            author=admins["system_admin"], account_id=admins["system_admin"].pk, kind="factor", reason="手机丢失"
        )
    assert code(raised) == "access.own_account"


@pytest.mark.parametrize(("was", "role"), [("system_admin", "security_admin"), ("security_admin", "section_chief"),
                                           ("section_chief", "audit_admin")])  # fmt: skip
def test_an_administrator_stays_one_and_nobody_becomes_one(admins: dict[str, Account], was: str, role: str) -> None:
    account = make("somebody", was)
    with pytest.raises(Refused) as raised:
        services.file_change(
            author=admins["system_admin"], account_id=account.pk, kind="change", role=role, area=COUNTY, reason="改任"
        )
    assert code(raised) == "access.administrator"


def test_a_new_password_and_a_cleared_factor_come_with_agreement(admins: dict[str, Account]) -> None:
    chief = make("chief", "section_chief")
    Account.objects.filter(pk=chief.pk).update(factor_on=True, factor_step=5)
    request, password = services.file_change(
        author=admins["system_admin"], account_id=chief.pk, kind="password", reason="忘记密码"
    )
    assert authenticate(username="chief", password=PASSWORD) == chief
    agree(admins, request)
    assert authenticate(username="chief", password=PASSWORD) is None
    assert authenticate(username="chief", password=password) == chief
    assert Account.objects.get(pk=chief.pk).factor_on
    request, none = services.file_change(
        author=admins["system_admin"], account_id=chief.pk, kind="factor", reason="手机丢失"
    )
    assert none == ""
    agree(admins, request)
    assert not Account.objects.get(pk=chief.pk).factor_on


def test_closing_is_at_once_and_opening_again_is_asked_for(admins: dict[str, Account]) -> None:
    chief = make("chief", "section_chief")
    services.file_change(author=admins["system_admin"], account_id=chief.pk, kind="password", reason="忘记密码")
    services.end_account(author=admins["system_admin"], account_id=chief.pk, reason="调离")
    assert authenticate(username="chief", password=PASSWORD) is None
    assert not AccountRequest.objects.filter(state="waiting").exists()
    request, password = services.file_change(
        author=admins["system_admin"], account_id=chief.pk, kind="reopen", reason="调回"
    )
    assert authenticate(username="chief", password=password) is None
    agree(admins, request)
    assert authenticate(username="chief", password=password) == chief


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"username": "system_admin"}, "access.username_taken"),
        ({"username": " "}, "access.empty"),
        ({"role": "king"}, "access.role"),
        ({"area": TOWNSHIP}, "access.area"),
        ({"area": ELSEWHERE}, "access.area_outside"),
        ({"reason": " "}, "access.reason"),
    ],
)
def test_openings_that_cannot_be(admins: dict[str, Account], changes: Any, expected: str) -> None:
    with pytest.raises(Refused) as raised:
        ask(admins, **changes)
    assert code(raised) == expected
    assert not Account.objects.filter(username="new").exists()


def test_one_request_at_a_time_and_of_a_known_kind(admins: dict[str, Account]) -> None:
    chief = make("chief", "section_chief")
    given = {"author": admins["system_admin"], "account_id": chief.pk, "reason": "忘记密码"}
    services.file_change(kind="password", **given)
    for kind, expected in (("factor", "access.waiting"), ("open", "access.kind"), ("reopen", "access.state")):
        with pytest.raises(Refused) as raised:
            services.file_change(kind=kind, **given)
        assert code(raised) == expected


def test_another_county_does_not_exist(admins: dict[str, Account]) -> None:
    far = make("far", "section_chief", ELSEWHERE)
    foreign = make("foreign", "security_admin", ELSEWHERE)
    request, _ = ask(admins)
    with pytest.raises(Refused) as raised:
        services.check_request(author=foreign, request_id=request.pk, agree=True)
    assert code(raised) == "access.no_request"
    for act in (
        lambda: services.end_account(author=admins["system_admin"], account_id=far.pk, reason="调离"),
        lambda: services.unlock_account(author=admins["security_admin"], account_id=far.pk),
        lambda: services.file_change(author=admins["system_admin"], account_id=far.pk, kind="factor", reason="丢失"),
    ):
        with pytest.raises(Refused) as raised:
            act()
        assert code(raised) == "access.no_account"
    assert set(selectors.accounts_in(foreign).values_list("username", flat=True)) == {"far", "foreign"}
    assert "new" in set(selectors.accounts_in(admins["security_admin"]).values_list("username", flat=True))
    assert list(selectors.requests_in(foreign)) == []


def test_the_security_administrator_unlocks(admins: dict[str, Account]) -> None:
    make("chief", "section_chief")
    for _ in range(PAIR.free):
        assert services.sign_in(username="chief", password="wrong", address="10.0.0.1") is None
    chief = Account.objects.get(username="chief")
    assert services.sign_in(username="chief", password=PASSWORD, address="10.0.0.1") is None
    with pytest.raises(Refused) as raised:
        services.unlock_account(author=admins["system_admin"], account_id=chief.pk)
    assert code(raised) == "access.denied"
    services.unlock_account(author=admins["security_admin"], account_id=chief.pk)
    assert services.sign_in(username="chief", password=PASSWORD, address="10.0.0.1") == services.Entry(chief)
    with pytest.raises(Refused, match="不用等待"):
        services.unlock_account(author=admins["security_admin"], account_id=chief.pk)


def test_every_act_is_written_down_without_passwords(admins: dict[str, Account]) -> None:
    request, password = ask(admins)
    agree(admins, request)
    services.end_account(author=admins["system_admin"], account_id=request.account_id, reason="调离")
    acts = changes_by_verb("account_")
    assert [(act.verb, act.actor_id) for act in acts] == [
        ("account_close", admins["system_admin"].pk),
        ("account_agree", admins["security_admin"].pk),
        ("account_ask", admins["system_admin"].pk),
    ]
    for act in acts:
        assert [item.record_id for item in act.items.all()] == [request.account_id]
        assert password not in "".join(item.diff for item in act.items.all())
    assert AccountRequest.objects.get().password == ""


def test_the_first_three_are_made_once(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    passwords = services.make_administrators(area=COUNTY, names=NAMES)
    for role, password in passwords.items():
        account = authenticate(username=role, password=password)
        assert account.must_change_password
    with pytest.raises(Refused, match="已有账号"):
        services.make_administrators(area=COUNTY, names=NAMES)
