"""Accounts: made, closed, their password set."""

import re

from django.contrib.auth import hashers
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from nuanxin.kernel.access.models import Account, FormerPassword
from nuanxin.kernel.access.roles import ROLES
from nuanxin.kernel.access.selectors import LEVELS
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import Refused

REMEMBERED = 4
"""How many former passwords are not taken again; with the present one, five."""
AREA = re.compile(r"[0-9]{2}(\.[0-9]{4}(\.[0-9]{6}(\.[0-9]{9}(\.[0-9]{12})?)?)?)?")


def create_account(
    *, username: str, display_name: str, role: str, area: str, password: str, title: str = "", lines: str = ""
) -> Account:
    """Make an account of staff; Refused on an unknown role, an area of the wrong level, a weak password, a taken name.

    `area` is a path of the division tree (`34.3402.340223`); `lines` of business are codes parted by blanks.
    """
    check_area(role, area)
    account = Account(username=username, display_name=display_name, role=role, area=area, lines=lines)
    check_password(password, account)
    account.title = title or ROLES[role].title
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        raise Refused("access.username_taken", f"账号“{username}”已经存在。", "请更换账号名。") from error
    return account


def change_password(*, account: Account, password: str) -> None:
    """Set an account's password; Refused when it is weak, the one it has, or one of the last it had."""
    check_password(password, account)
    if account.check_password(password):
        raise Refused("access.same_password", "新密码和现在的一样。", "请换一个没有用过的密码。")
    former = FormerPassword.objects.filter(account=account).order_by("-id")[:REMEMBERED]
    if any(hashers.check_password(password, row.password) for row in former):
        raise Refused("access.former_password", f"这个密码近{REMEMBERED + 1}次用过。", "请换一个没有用过的密码。")
    with transaction.atomic():
        if account.has_usable_password():
            FormerPassword.objects.create(account=account, password=account.password, until=clock.now())
        account.set_password(password)
        account.must_change_password = False
        account.save(update_fields=["password", "must_change_password"])


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


def check_password(password: str, account: Account) -> None:
    """Raise Refused when the password is weak for the account, saying everything that is missing."""
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Refused("access.password", "密码太弱。", " ".join(error.messages)) from error
