"""The second factor: RFC 6238's vectors, codes taken once, recovery codes, the lock."""

import base64
import datetime as dt
from typing import Any

import pytest

from nuanxin.kernel.access import selectors, services
from nuanxin.kernel.access.models import Account, RecoveryCode, SignIn
from nuanxin.kernel.access.roles import ADMINISTRATION, APPROVING, ROLES
from nuanxin.kernel.access.throttle import CODES, code_wait_seconds
from nuanxin.kernel.access.totp import offer_of, totp
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.crypto import decrypt
from nuanxin.kernel.core.errors import Fault, Refused

PASSWORD = "一个很长的密码-2024"
COUNTY = "34.3402.340223"
NOON = 1_718_000_010  # the middle of a time step


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    moment = {"now": float(NOON)}
    monkeypatch.setattr(clock, "instant", lambda: moment["now"])
    return moment


@pytest.fixture
def chief(db: None, at: Any, settings: Any) -> Account:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return services.create_account(
        username="chief", display_name="俞敏", role="section_chief", area=COUNTY, password=PASSWORD
    )


def code_of(account: Account, seconds: float) -> str:
    account.refresh_from_db()
    secret = bytes.fromhex(decrypt(account.factor_cipher, account.factor_key_id))
    return totp(secret).generate(seconds).decode()


def enrolled(account: Account) -> list[str]:
    services.open_factor(account=account)
    codes = services.confirm_factor(account=account, code=code_of(account, NOON))
    account.refresh_from_db()
    return codes


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert totp(b"12345678901234567890").generate(seconds).decode() == code


def test_the_offer_is_what_telephones_read() -> None:
    offer = offer_of(b"12345678901234567890", "chief")
    assert base64.b32decode(offer.secret) == b"12345678901234567890"
    assert offer.uri.startswith("otpauth://totp/")
    assert f"secret={offer.secret}" in offer.uri


@pytest.mark.db
def test_it_counts_once_a_first_code_confirmed_it(chief: Account) -> None:
    offer = services.open_factor(account=chief)
    chief.refresh_from_db()
    assert not chief.factor_on
    assert selectors.offered_factor(chief) == offer
    assert base64.b32decode(offer.secret) not in bytes(chief.factor_cipher)
    with pytest.raises(Refused, match="动态码不对"):
        services.confirm_factor(account=chief, code="000000")
    with pytest.raises(Fault):
        services.check_factor(account=chief, code="000000")
    codes = services.confirm_factor(account=chief, code=code_of(chief, NOON))
    assert len(set(codes)) == 10
    chief.refresh_from_db()
    assert chief.factor_on
    assert selectors.offered_factor(chief) is None
    with pytest.raises(Refused, match="已经启用"):
        services.open_factor(account=chief)


@pytest.mark.db
def test_a_code_is_taken_once_and_none_before_it(chief: Account, at: Any) -> None:
    enrolled(chief)
    first = code_of(chief, NOON)
    assert services.check_factor(account=chief, code=first) == ""  # confirming took it
    at["now"] = NOON + 60
    later, earlier = code_of(chief, NOON + 60), code_of(chief, NOON + 30)
    assert services.check_factor(account=chief, code=f"{later[:3]} {later[3:]}") == "factor"
    assert services.check_factor(account=chief, code=later) == ""
    assert services.check_factor(account=chief, code=earlier) == ""


@pytest.mark.db
@pytest.mark.parametrize(("off", "taken"), [(-60, ""), (-30, "factor"), (0, "factor"), (30, "factor"), (60, "")])
def test_a_telephone_may_be_one_step_off(chief: Account, at: Any, off: int, taken: str) -> None:
    enrolled(chief)
    at["now"] = NOON + 600
    assert services.check_factor(account=chief, code=code_of(chief, NOON + 600 + off)) == taken


@pytest.mark.db
def test_recovery_codes_work_once_each_and_are_not_kept_readable(chief: Account) -> None:
    codes = enrolled(chief)
    kept = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert not kept & {code.replace("-", "") for code in codes}
    assert services.check_factor(account=chief, code=codes[3].lower()) == "recovery"
    assert services.check_factor(account=chief, code=codes[3]) == ""
    assert selectors.recovery_codes_left(chief) == 9
    other = services.create_account(
        username="other", display_name="章华", role="finance", area=COUNTY, password=PASSWORD
    )
    enrolled(other)
    assert services.check_factor(account=other, code=codes[4]) == ""


@pytest.mark.db
def test_wrong_codes_make_the_next_one_wait_longer_and_a_right_one_is_not_looked_at_meanwhile(chief: Account) -> None:
    codes = enrolled(chief)

    def wrong() -> None:
        assert services.check_factor(account=chief, code="000000") == ""
        services.record_sign_in(username="chief", account=chief, address="10.0.0.9", good=False, how="code")

    for _ in range(CODES.free):
        wrong()
    first = code_wait_seconds(chief)
    assert services.check_factor(account=chief, code=codes[0]) == ""
    assert selectors.recovery_codes_left(chief) == 10
    wrong()
    assert code_wait_seconds(chief) > first > 0
    SignIn.objects.update(at=clock.now() - dt.timedelta(seconds=CODES.longest))
    assert services.check_factor(account=chief, code=codes[0]) == "recovery"


@pytest.mark.parametrize("setting", ["required", "offered"])
def test_it_is_needed_of_who_decides_or_administers_where_the_instance_says_so(settings: Any, setting: str) -> None:
    settings.SECOND_FACTOR = setting
    needing = {code for code in ROLES if selectors.needs_factor(Account(role=code, area=COUNTY))}
    deciding = {code for code, role in ROLES.items() if role.permissions & (APPROVING | ADMINISTRATION)}
    assert needing == (deciding if setting == "required" else set())
    assert {"section_chief", "finance", "township_leader", "system_admin"} <= deciding
    assert not {"township_clerk", "county_examiner", "leader", "auditor"} & deciding
