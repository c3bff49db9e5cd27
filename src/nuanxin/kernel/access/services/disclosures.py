"""Permissions asked for before an act, and the log of every look at a full number."""

from django.db import connection, transaction

from nuanxin.kernel.access.models import Account, Disclosure
from nuanxin.kernel.access.roles import PERMISSIONS
from nuanxin.kernel.access.selectors import DISCLOSURES, disclosure_seal, disclosure_text, may, newest_disclosure
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.anchors import write_anchor, write_newest
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Fault, Refused


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
    entry = Disclosure(account=account, person_id=person_id, what=what, purpose=purpose.strip()[:200])
    with transaction.atomic():
        _stand_in_line()
        last = newest_disclosure()
        entry.at, entry.previous = clock.now(), last.chain if last else ""
        entry.chain = sm3_hex(disclosure_text(entry))
        entry.seal = disclosure_seal(entry)
        entry.save(force_insert=True)
        write_newest(chain=DISCLOSURES, place=str(entry.pk), head=entry.chain)
    return entry


def anchor_disclosures() -> None:
    """Write the log's newest head into the file outside the database; once a day, and harmless to repeat."""
    with transaction.atomic():
        last = newest_disclosure()
        if last is not None:
            write_anchor(chain=DISCLOSURES, place=str(last.pk), head=last.chain)


def _stand_in_line() -> None:
    """Let one writer at a time read the newest entry and add to it; SQLite's immediate transaction already does."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE access_disclosure IN SHARE ROW EXCLUSIVE MODE")
