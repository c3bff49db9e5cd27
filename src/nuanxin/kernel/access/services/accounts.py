"""Accounts: made, closed, locked after wrong passwords, their password set."""

import re

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from nuanxin.kernel.access.models import Account, SignIn
from nuanxin.kernel.access.roles import ROLES
from nuanxin.kernel.access.selectors import LEVELS, LOCKED_FOR, MOST_FAILURES, locked
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused

AREA = re.compile(r"[0-9]{2}(\.[0-9]{4}(\.[0-9]{6}(\.[0-9]{9}(\.[0-9]{12})?)?)?)?")


def create_account(
    *, username: str, display_name: str, role: str, area: str, password: str, title: str = "", lines: str = ""
) -> Account:
    """Make an account of staff; Refused on an unknown role, an area of the wrong level, a weak password, a taken name.

    `area` is a path of the division tree (`34.3402.340223`); `lines` of business are codes parted by blanks.
    """
    check_area(role, area)
    check_password(password)
    account = Account(username=username, display_name=display_name, role=role, area=area, lines=lines)
    account.title = title or ROLES[role].title
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        raise Refused("access.username_taken", f"账号“{username}”已经存在。", "请换一个账号名。") from error
    return account


def change_password(*, account: Account, password: str) -> None:
    """Set an account's password; Refused when it is weak or the one it has."""
    check_password(password)
    if account.check_password(password):
        raise Refused("access.same_password", "新密码和现在的一样。", "请换一个没有用过的密码。")
    with transaction.atomic():
        account.set_password(password)
        account.must_change_password = False
        account.save(update_fields=["password", "must_change_password"])


def close_account(*, account: Account) -> None:
    """Take an account out of use for good; what it did stays under its name."""
    with transaction.atomic():
        account.is_active = False
        account.save(update_fields=["is_active"])


def refuse_locked(*, account: Account) -> None:
    """Raise Refused while an account is locked after too many wrong passwords (GB/T 22239-2019 8.1.4.1)."""
    if locked(account):
        minutes = int(LOCKED_FOR.total_seconds() // 60)
        raise Refused("access.locked", f"密码连续输错{MOST_FAILURES}次，账号已锁定。", f"请在{minutes}分钟后再试。")


def note_sign_in(*, account: Account, good: bool) -> None:
    """Count a wrong password, or forget the wrong ones after a right one."""
    with transaction.atomic():
        held = Account.objects.select_for_update().get(pk=account.pk)
        stale = held.last_failed_at is None or clock.now() - held.last_failed_at >= LOCKED_FOR
        held.failed_sign_ins = 0 if good else (0 if stale else held.failed_sign_ins) + 1
        held.last_failed_at = None if good else clock.now()
        held.save(update_fields=["failed_sign_ins", "last_failed_at"])


def record_sign_in(*, username: str, account: Account | None, address: str, good: bool, how: str) -> SignIn:
    """Write down one try to sign in; `how` is a code of `SignInKind`."""
    with transaction.atomic():
        return SignIn.objects.create(
            at=clock.now(), username=username[:150], account=account, address=address[:45], good=good, how=how
        )


def check_area(role: str, area: str) -> None:
    """Raise Refused unless the role exists and the area is a path of its level."""
    if role not in ROLES:
        raise Refused("access.role", f"没有“{role}”这个岗位。", f"可用的岗位：{'、'.join(ROLES)}。")
    level = LEVELS[area.count(".")] if AREA.fullmatch(area) else ""
    if level != ROLES[role].area_level:
        raise Refused(
            "access.area",
            f"数据范围“{area}”与岗位“{ROLES[role].title}”不符。",
            "乡镇岗位请选乡镇，县局岗位请选县。",
        )


def check_password(password: str) -> None:
    """Raise Refused when the password is weak."""
    try:
        validate_password(password)
    except ValidationError as error:
        raise Refused("access.password", "密码太弱。", " ".join(error.messages)) from error
