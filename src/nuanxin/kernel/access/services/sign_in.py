"""Signing in: every try costs the same and is answered the same, be the name unknown, closed, waiting or wrong."""

from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.db import transaction

from nuanxin.kernel.access.enums import SignInKind
from nuanxin.kernel.access.models import Account, SignIn
from nuanxin.kernel.access.passwords import LONGEST
from nuanxin.kernel.access.services.factors import check_factor
from nuanxin.kernel.access.throttle import wait_seconds
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused


@dataclass(frozen=True)
class Entry:
    """Whose password was right, and by which factor's code the wait was cut short (empty: none was given)."""

    account: Account
    factor: str = ""


def sign_in(*, username: str, password: str, address: str, code: str = "") -> Entry | None:
    """Return whose password this is; None when it is wrong or too early, which takes as long and is written down.

    A code of the second factor given along lets its owner in without waiting.
    """
    known = Account.objects.filter(username=username[:150]).first()
    factor = ""
    if wait_seconds(username=username, address=address):
        if known is not None and known.factor_on and known.is_active and code:
            factor = check_factor(account=known, code=code)
        if not factor:
            make_password(password[:LONGEST])
            _note(username, known, address, SignInKind.LOCKED)
            return None
    account = authenticate(username=username, password=password[: LONGEST + 1])
    if not isinstance(account, Account):
        closed = known is not None and not known.is_active
        _note(username, known, address, SignInKind.CLOSED if closed else SignInKind.WRONG)
        return None
    return Entry(account, factor)


def check_own_password(*, account: Account, password: str, address: str) -> None:
    """Raise Refused unless this is the signed-in account's own password; wrong ones count like those at the door."""
    if seconds := wait_seconds(username=account.username, address=address):
        raise Refused("access.too_fast", "密码试得太多。", f"请过 {seconds} 秒再试；忘记密码请找管理员重设。")
    if not account.check_password(password[: LONGEST + 1]):
        _note(account.username, account, address, SignInKind.OWN)
        raise Refused("access.old_password", "现在的密码不对。", "请核对后再试。")


def record_sign_in(*, username: str, account: Account | None, address: str, good: bool, how: str) -> SignIn:
    """Write down one try to sign in; `how` is a code of `SignInKind`."""
    with transaction.atomic():
        return SignIn.objects.create(
            at=clock.now(), username=username[:150], account=account, address=address[:45], good=good, how=how
        )


def _note(username: str, account: Account | None, address: str, how: str) -> None:
    record_sign_in(username=username, account=account, address=address, good=False, how=how)
