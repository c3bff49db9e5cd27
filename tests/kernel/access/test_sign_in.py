"""Signing in: wrong tries make waiting longer, keep nobody out for good, and tell nothing about names."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth import hashers
from hypothesis import given
from hypothesis import strategies as st

from nuanxin.kernel.access import services
from nuanxin.kernel.access.models import Account, SignIn
from nuanxin.kernel.access.passwords import missing_rules, rules_of
from nuanxin.kernel.access.roles import CUT_BY_LINE, ROLES
from nuanxin.kernel.access.selectors import may, slowed_accounts
from nuanxin.kernel.access.throttle import ACCOUNT, ADDRESS, PAIR, Rule, wait_seconds
from nuanxin.kernel.access.totp import secret_of, totp
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PASSWORD, COUNTY, TOWNSHIP = "一个很长的密码-2024", "34.3402.340223", "34.3402.340223.340223100"
DESK, ELSEWHERE = "10.1.1.5", "203.0.113.7"


@pytest.fixture
def clerk() -> Account:
    return services.create_account(
        username="clerk", display_name="张三丰", role="township_clerk", area=TOWNSHIP, password=PASSWORD
    )


def try_in(password: str = "wrong", address: str = DESK, username: str = "clerk", code: str = "") -> Any:
    return services.sign_in(username=username, password=password, address=address, code=code)


def enter(account: Account, address: str = DESK) -> None:
    """Sign in well, as the page does: it writes the good try down once the session is there."""
    assert try_in(PASSWORD, address, account.username)
    services.record_sign_in(username=account.username, account=account, address=address, good=True, how="password")


def later(seconds: float) -> None:
    """Let time pass: what was written down lies further back."""
    for row in SignIn.objects.all():
        SignIn.objects.filter(pk=row.pk).update(at=row.at - dt.timedelta(seconds=seconds))


def test_waiting_grows_and_ends_by_itself(clerk: Account) -> None:
    waits = []
    for _ in range(PAIR.free + 4):
        later(waits[-1] if waits else 0)
        try_in()
        waits.append(wait_seconds(username="clerk", address=DESK))
    assert waits[: PAIR.free - 1] == [0] * (PAIR.free - 1)
    assert waits[PAIR.free - 1 :] == [2, 4, 8, 16, 32]
    assert try_in(PASSWORD) is None
    later(32)
    assert try_in(PASSWORD) == services.Entry(clerk)


@given(st.integers(0, 10_000), st.integers(0, 10**6))
def test_no_wait_is_longer_than_the_longest_or_shorter_for_more_wrong_tries(wrong: int, passed: int) -> None:
    now, rule = dt.datetime(2026, 12, 1, tzinfo=dt.UTC), Rule(free=5, within=dt.timedelta(days=1), longest=900)
    last = now - dt.timedelta(seconds=passed)
    assert 0 <= rule.wait(wrong, last, now) <= rule.wait(wrong + 1, last, now) <= rule.longest


def test_strangers_cannot_keep_a_clerk_from_her_desk(clerk: Account) -> None:
    """Wrong tries from many addresses make others wait, and she comes in where she always does."""
    enter(clerk)
    for number in range(ACCOUNT.free + 5):
        try_in(address=f"203.0.113.{number}")
    assert wait_seconds(username="clerk", address="198.51.100.1") > 0
    assert try_in(PASSWORD, "198.51.100.1") is None
    assert try_in(PASSWORD) == services.Entry(clerk)


def test_a_good_sign_in_forgives_only_at_its_own_address(clerk: Account) -> None:
    for _ in range(PAIR.free):
        try_in(address=ELSEWHERE)
    enter(clerk)
    assert wait_seconds(username="clerk", address=ELSEWHERE) > 0
    assert wait_seconds(username="clerk", address=DESK) == 0


def test_one_address_that_tries_many_names_waits_for_all_of_them(clerk: Account) -> None:
    for number in range(ADDRESS.free):
        try_in(address=ELSEWHERE, username=f"name{number}")
    assert 0 < wait_seconds(username="clerk", address=ELSEWHERE) <= ADDRESS.longest
    enter(clerk)
    assert wait_seconds(username="clerk", address=DESK) == 0


def test_a_name_that_nobody_bears_waits_like_one_that_somebody_does(clerk: Account) -> None:
    for _ in range(PAIR.free):
        try_in()
        try_in(username="nobody")
    waits = {wait_seconds(username=name, address=DESK) for name in ("clerk", "nobody")}
    assert len(waits) == 1
    assert waits != {0}
    assert try_in(PASSWORD) is try_in(PASSWORD, username="nobody") is None


@pytest.mark.parametrize("case", ["unknown", "closed", "wrong", "waiting", "good"])
def test_every_try_hashes_once(clerk: Account, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same work for each answer: time tells nobody which names exist or wait."""
    if case == "closed":
        Account.objects.filter(pk=clerk.pk).update(is_active=False)
    if case == "waiting":
        for _ in range(PAIR.free):
            try_in()
    counted = []
    encode = hashers.MD5PasswordHasher.encode
    monkeypatch.setattr(
        hashers.MD5PasswordHasher, "encode", lambda *given, **more: counted.append(1) or encode(*given, **more)
    )
    try_in(PASSWORD if case in ("good", "waiting") else "wrong", username="nobody" if case == "unknown" else "clerk")
    assert len(counted) == 1


def test_a_code_of_the_second_factor_cuts_the_wait_short(clerk: Account) -> None:
    services.open_factor(account=clerk)
    clerk.refresh_from_db()
    codes = services.confirm_factor(account=clerk, code=totp(secret_of(clerk)).generate(int(clock.instant())).decode())
    for _ in range(PAIR.free):
        try_in()
    clerk.refresh_from_db()
    assert try_in(PASSWORD) is None
    assert try_in(PASSWORD, code="000000") is None
    assert try_in("wrong", code=codes[0]) is None
    assert try_in(PASSWORD, code=codes[1]) == services.Entry(clerk, "recovery")


def test_own_password_guesses_count_like_those_at_the_door(clerk: Account) -> None:
    for _ in range(PAIR.free):
        with pytest.raises(Refused, match="不对"):
            services.check_own_password(account=clerk, password="wrong", address=DESK)
    with pytest.raises(Refused, match="秒再试"):
        services.check_own_password(account=clerk, password=PASSWORD, address=DESK)
    assert try_in(PASSWORD) is None
    assert slowed_accounts([clerk]) == {clerk.pk}


def test_a_name_or_password_of_any_length_is_just_wrong(clerk: Account) -> None:
    assert try_in("长" * 10_000, username="名" * 10_000) is None
    assert try_in("x" * 10_000_000) is None
    assert try_in("\0") is None


WEAK = [
    "12345678", "password", "clerk", " " * 8, "aaaaaaaaaaaa", "abcdefghijkl", "qwertyuiop12", "Passw0rd2024", "Minzheng@2024",
    "ZhangSanfeng1!", "clerk-2024-clerk", "woaini1314520!", "Nuanxin@123456", "1qaz2wsx3edc", "Admin@123456", "20240101-1231",
    "民政局民政局2024", "Zhang19850307!", "Qwer1234!@#$", "我爱中国我爱中国", "abcABC123!",
]  # fmt: skip
GOOD = [
    "Tie9-mu-Xing",
    "春江花月夜-7",
    "four plain words here",
    "kx7Rv-pq4Lm2",
    "白日依山尽黄河入海流",
    "a long enough one",
]


@pytest.mark.parametrize("password", WEAK)
def test_weak_passwords_are_refused_with_everything_that_is_missing(clerk: Account, password: str) -> None:
    with pytest.raises(Refused) as refused:
        services.change_password(account=clerk, password=password)
    assert refused.value.code == "access.password"
    assert "请" in refused.value.todo


@pytest.mark.parametrize("password", GOOD)
def test_good_passwords_are_taken(clerk: Account, password: str) -> None:
    services.change_password(account=clerk, password=password)
    assert clerk.check_password(password)


def test_who_decides_needs_a_longer_one() -> None:
    twelve = "kx7Rv-pq4Lm2"
    assert missing_rules(twelve, Account(role="township_clerk", username="a")) == []
    for role in ("section_chief", "finance", "system_admin"):
        assert "14" in missing_rules(twelve, Account(role=role, username="a"))[0]
        assert "14" in rules_of(role)


def test_the_last_five_passwords_are_not_taken_again(clerk: Account) -> None:
    for password in GOOD[:4]:
        services.change_password(account=clerk, password=password)
    for password in (PASSWORD, *GOOD[:4]):
        with pytest.raises(Refused, match="换一个没有用过的"):
            services.change_password(account=clerk, password=password)
    services.change_password(account=clerk, password=GOOD[4])
    services.change_password(account=clerk, password=PASSWORD)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_an_account_with_lines_holds_nothing_that_is_not_cut_by_line(role: str) -> None:
    account = Account(role=role, area=COUNTY, lines="funerals")
    held = {permission for permission in ROLES[role].permissions if may(account, permission)}
    assert held == ROLES[role].permissions & CUT_BY_LINE


def test_the_hasher_keeps_to_what_owasp_asks_for_and_no_more() -> None:
    from nuanxin.config.hashers import OfficeHasher

    assert OfficeHasher.iterations == 600_000
    encoded = hashers.PBKDF2PasswordHasher().encode("x", "salt" * 6, iterations=1_000_000)
    assert OfficeHasher().must_update(encoded)
