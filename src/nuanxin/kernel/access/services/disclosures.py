"""Permissions asked for before an act, and the log of every look at a full number."""

from django.db import IntegrityError, transaction

from nuanxin.kernel.access.models import Account, Disclosure
from nuanxin.kernel.access.roles import PERMISSIONS
from nuanxin.kernel.access.selectors import disclosure_head, disclosure_text, may
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Fault, Refused

TRIES = 20


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
