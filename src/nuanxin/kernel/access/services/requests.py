"""What administrators do to accounts: the system administrator asks, the security administrator agrees or not."""

import secrets

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from nuanxin.kernel.access.enums import RequestKind, RequestState
from nuanxin.kernel.access.models import Account, AccountRequest
from nuanxin.kernel.access.roles import ADMINISTRATORS, ROLES
from nuanxin.kernel.access.selectors import sees_path
from nuanxin.kernel.access.services.accounts import check_area, create_account
from nuanxin.kernel.access.services.disclosures import require
from nuanxin.kernel.access.services.factors import clear_factor
from nuanxin.kernel.access.throttle import slowed_accounts
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, author_of, note_item, open_change
from nuanxin.kernel.core.errors import Refused

WITH_PASSWORD = (RequestKind.OPEN, RequestKind.REOPEN, RequestKind.PASSWORD)
TABLE = "access_account"


def file_opening(
    *, author: Account, username: str, display_name: str, role: str, area: str, reason: str, title: str = ""
) -> tuple[AccountRequest, str]:
    """Ask for a new account; return the request and the first password, shown this once. Nothing works until agreed."""
    require(author, "accounts.manage")
    _refuse_place(author, role, area)
    if not username.strip() or not display_name.strip():
        raise Refused("access.empty", "账号名和姓名不能空着。", "请填写后再提交。")
    if Account.objects.filter(username=username.strip()).exists():
        raise Refused("access.username_taken", f"账号“{username}”已经存在。", "请更换账号名。")
    account = Account(username=username.strip(), display_name=display_name.strip(), title=title or ROLES[role].title)
    account.is_active, account.role, account.area = False, "", ""
    account.set_unusable_password()
    with transaction.atomic():
        try:
            with transaction.atomic():
                account.save()
        except IntegrityError as error:
            raise Refused("access.username_taken", f"账号“{username}”已经存在。", "请更换账号名。") from error
        return _filed(author, account, RequestKind.OPEN, role, area, reason)


def file_change(
    *, author: Account, account_id: int, kind: str, reason: str, role: str = "", area: str = ""
) -> tuple[AccountRequest, str]:
    """Ask for a change of an account; return the request and, where it sets one, the new password, shown this once."""
    require(author, "accounts.manage")
    wanted = _kind(kind)
    with transaction.atomic():
        account = _theirs(author, account_id)
        if wanted == RequestKind.CHANGE:
            _refuse_place(author, role, area)
            if {role, account.role} & set(ADMINISTRATORS) and role != account.role:
                raise Refused("access.administrator", "管理员账号不能改任，业务账号也不能改作管理员。", "请另开账号。")
        elif wanted == RequestKind.REOPEN:
            role, area = account.role, account.area
        if account.is_active == (wanted == RequestKind.REOPEN):
            now = "在用" if account.is_active else "停用"
            raise Refused("access.state", f"账号现在是{now}的，不能申请“{wanted.label}”。", "请核对账号。")
        return _filed(author, account, wanted, role, area, reason)


def check_request(*, author: Account, request_id: int, agree: bool, note: str = "") -> AccountRequest:
    """Agree to a request, which takes effect at once, or refuse it; never one's own, never for oneself."""
    require(author, "accounts.approve")
    with transaction.atomic():
        request = AccountRequest.objects.select_for_update().select_related("account").filter(pk=request_id).first()
        if request is None or not _within(author, request.account, request.area):
            raise Refused("access.no_request", "没有这项申请。", "请回到申请列表。")
        if request.state != RequestState.WAITING:
            raise Refused("access.decided", "这项申请已经有人办过。", "请刷新申请列表。")
        if author.pk in (request.asked_by_id, request.account_id):
            raise Refused(
                "access.own_request", "自己提出的或关于自己的申请，须由另一人批准。", "请交另一位安全管理员。"
            )
        if not agree and not note.strip():
            raise Refused("access.no_note", "不批准要说明理由。", "请填写理由。")
        request.state = RequestState.AGREED if agree else RequestState.REFUSED
        request.decided_by, request.decided_at, request.note = author, clock.now(), note.strip()[:200]
        if agree:
            _carry_out(request)
        request.password = ""
        request.save()
        _noted(author, "account_agree" if agree else "account_refuse", request, note)
    return request


def end_account(*, author: Account, account_id: int, reason: str) -> Account:
    """Close an account at once: taking power away needs no second person. What it did stays under its name."""
    require(author, "accounts.manage")
    with transaction.atomic():
        account = _theirs(author, account_id)
        if not account.is_active:
            raise Refused("access.closed", "账号已经停用。", "不必再办。")
        account.is_active = False
        account.save(update_fields=["is_active"])
        AccountRequest.objects.filter(account=account, state=RequestState.WAITING).update(
            state=RequestState.REFUSED, note="账号停用", decided_at=clock.now(), password=""
        )
        change = open_change(author=author_of(author), verb="account_close", reason=_because(reason), source="账号管理")
        note_item(change=change, table=TABLE, record_id=account.pk, action="close", diff={"is_active": [True, False]})
    return account


def unlock_account(*, author: Account, account_id: int) -> Account:
    """Forgive an account its wrong tries, so that its owner need not wait."""
    require(author, "accounts.approve")
    with transaction.atomic():
        account = Account.objects.select_for_update().filter(pk=account_id).first()
        if account is None or not sees_path(author, account.area):
            raise Refused("access.no_account", "没有这个账号。", "请回到列表。")
        if not slowed_accounts([account]):
            raise Refused("access.not_locked", "这个账号现在不用等待。", "不必解除。")
        account.unlocked_at = clock.now()
        account.save(update_fields=["unlocked_at"])
        change = open_change(author=author_of(author), verb="account_unlock", reason="解除登录等待", source="账号管理")
        note_item(change=change, table=TABLE, record_id=account.pk, action="unlock", diff={})
    return account


def make_administrators(*, area: str, names: dict[str, str]) -> dict[str, str]:
    """Make the first three administrators of an instance that has no account; return their first passwords.

    `names` gives each role's display name. Refused when any account exists: then they are opened by request.
    """
    with transaction.atomic():
        if Account.objects.exists():
            raise Refused("access.not_first", "本机已有账号。", "请由系统管理员申请、安全管理员批准来开设。")
        passwords = {role: _new_password() for role in ADMINISTRATORS}
        change = open_change(author=Author(label="命令行"), verb="account_first", reason="启用三员", source="命令行")
        for role, password in passwords.items():
            account = create_account(username=role, display_name=names[role], role=role, area=area, password=password)
            account.must_change_password = True
            account.save(update_fields=["must_change_password"])
            note_item(change=change, table=TABLE, record_id=account.pk, action="open", diff={"role": ["", role]})
    return passwords


def _carry_out(request: AccountRequest) -> None:
    account = Account.objects.select_for_update().get(pk=request.account_id)
    if request.kind in (RequestKind.OPEN, RequestKind.CHANGE, RequestKind.REOPEN):
        check_area(request.role, request.area)
        if account.role and account.role != request.role:
            account.title = ROLES[request.role].title
        account.role, account.area, account.is_active = request.role, request.area, True
    if request.kind in WITH_PASSWORD:
        account.password, account.must_change_password = request.password, True
        account.unlocked_at = clock.now()
    if request.kind in (RequestKind.FACTOR, RequestKind.REOPEN):
        clear_factor(account)
    account.save()


def _filed(
    author: Account, account: Account, kind: RequestKind, role: str, area: str, reason: str
) -> tuple[AccountRequest, str]:
    password = _new_password() if kind in WITH_PASSWORD else ""
    if AccountRequest.objects.filter(account=account, state=RequestState.WAITING).exists():
        raise Refused("access.waiting", "这个账号已有一项申请待批准。", "请等批准后再提新的。")
    request = AccountRequest.objects.create(
        account=account, kind=kind, role=role, area=area, reason=_because(reason), asked_by=author,
        asked_at=clock.now(), password=make_password(password) if password else "",
    )  # fmt: skip
    _noted(author, "account_ask", request, reason)
    return request, password


def _noted(author: Account, verb: str, request: AccountRequest, reason: str) -> None:
    change = open_change(
        author=author_of(author), verb=verb, reason=reason.strip()[:200] or request.reason, source=f"申请 {request.pk}"
    )
    diff = {"role": [request.account.role, request.role], "area": [request.account.area, request.area]}
    note_item(change=change, table=TABLE, record_id=request.account_id, action=request.kind, diff=diff)


def _kind(kind: str) -> RequestKind:
    if kind not in RequestKind.values or kind == RequestKind.OPEN:
        raise Refused("access.kind", "没有这种申请。", "请从列表中选择。")
    return RequestKind(kind)


def _because(reason: str) -> str:
    if len(reason.strip()) < 2:
        raise Refused("access.reason", "要说明理由。", "如“新调入”“调离”“手机丢失”。")
    return reason.strip()[:200]


def _refuse_place(author: Account, role: str, area: str) -> None:
    check_area(role, area)
    if not sees_path(author, area):
        raise Refused("access.area_outside", "数据范围不在本县。", "请选本县的乡镇或本县。")


def _theirs(author: Account, account_id: int) -> Account:
    account = Account.objects.select_for_update().filter(pk=account_id).first()
    if account is None or not _within(author, account, ""):
        raise Refused("access.no_account", "没有这个账号。", "请回到账号列表。")
    if account.pk == author.pk:
        raise Refused("access.own_account", "不能办理自己的账号。", "请交另一位系统管理员。")
    return account


def _within(author: Account, account: Account, area: str) -> bool:
    """Tell whether an account is the author's to manage: in the area, or newly asked for by somebody of it."""
    place = account.area or area
    if not place:
        place = AccountRequest.objects.filter(account=account).values_list("area", flat=True).first() or ""
    return sees_path(author, place)


def _new_password() -> str:
    return f"{secrets.token_hex(3)}-{secrets.token_hex(3)}-{secrets.token_hex(2)}"
