"""Accounts and the disclosure log are written here only."""

import datetime as dt
import re

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from nuanxin.kernel.access.models import Account, Disclosure
from nuanxin.kernel.access.roles import PERMISSIONS, ROLES
from nuanxin.kernel.access.selectors import LEVELS, disclosure_head, disclosure_text, may
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Fault, Refused

AREA = re.compile(r"[0-9]{2}(\.[0-9]{4}(\.[0-9]{6}(\.[0-9]{9}(\.[0-9]{12})?)?)?)?")
TRIES = 20
MOST_FAILURES = 5
LOCKED_FOR = dt.timedelta(minutes=15)


def create_account(
    *, username: str, display_name: str, role: str, area: str, password: str, title: str = "", lines: str = ""
) -> Account:
    """Make an account of staff; Refused on an unknown role, an area of the wrong level, a weak password, a taken name.

    `area` is a path of the division tree (`34.3402.340223`); `lines` of business are codes parted by blanks.
    """
    _check_area(role, area)
    _check_password(password)
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
    """Set an account's password; Refused when it is weak."""
    _check_password(password)
    with transaction.atomic():
        account.set_password(password)
        account.save(update_fields=["password"])


def close_account(*, account: Account) -> None:
    """Take an account out of use for good; what it did stays under its name."""
    with transaction.atomic():
        account.is_active = False
        account.save(update_fields=["is_active"])


def refuse_locked(*, account: Account) -> None:
    """Raise Refused while an account is locked after too many wrong passwords (GB/T 22239-2019 8.1.4.1)."""
    last = account.last_failed_at
    if last and account.failed_sign_ins >= MOST_FAILURES and clock.now() - last < LOCKED_FOR:
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


def require(account: Account, permission: str) -> None:
    """Raise Refused unless the account holds the permission."""
    if permission not in PERMISSIONS:
        raise Fault(f"no permission is called {permission}")
    if not may(account, permission):
        raise Refused(
            "access.denied",
            f"您的岗位没有“{PERMISSIONS[permission]}”的权限。",
            "如工作需要，请联系本单位的账号管理员。",
        )


def log_disclosure(*, account: Account, person_id: int | None, what: str, purpose: str) -> Disclosure:
    """Log a look at a full number before it is shown; Refused without the permission or a purpose.

    Every entry names its predecessor's hash and no two may name the same one, so the log is one chain.
    """
    require(account, "disclose")
    if len(purpose.strip()) < 2:
        raise Refused("access.purpose", "查看完整号码必须说明用途。", "请填写办理的事项，如“核对低保申请材料”。")
    for _ in range(TRIES):
        entry = Disclosure(account=account, person_id=person_id, what=what, purpose=purpose.strip()[:200])
        entry.at, entry.previous = clock.now(), disclosure_head()
        entry.chain = sm3_hex(disclosure_text(entry))
        try:
            with transaction.atomic():
                entry.save(force_insert=True)
        except IntegrityError:
            continue
        return entry
    raise Fault("the disclosure log is too busy to add to")


def _check_area(role: str, area: str) -> None:
    if role not in ROLES:
        raise Refused("access.role", f"没有“{role}”这个岗位。", f"可用的岗位：{'、'.join(ROLES)}。")
    level = LEVELS[area.count(".")] if AREA.fullmatch(area) else ""
    if level != ROLES[role].area_level:
        raise Refused(
            "access.area",
            f"数据范围“{area}”与岗位“{ROLES[role].title}”不符。",
            "乡镇岗位请选乡镇，县局岗位请选县。",
        )


def _check_password(password: str) -> None:
    try:
        validate_password(password)
    except ValidationError as error:
        raise Refused("access.password", "密码太弱。", " ".join(error.messages)) from error
