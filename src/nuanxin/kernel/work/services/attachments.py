"""Attachments are sealed when they come in, and every look at one is logged."""

import secrets

from django.conf import settings
from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import sees_path
from nuanxin.kernel.access.services import log_disclosure
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.blobs import open_file, seal_file
from nuanxin.kernel.core.changes import Author, note_item, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.registry.selectors import township_of
from nuanxin.kernel.work.contents import check_size, examine
from nuanxin.kernel.work.enums import AttachmentState, VisitState
from nuanxin.kernel.work.models import Attachment, Visit
from nuanxin.kernel.work.values import Owner


def largest_attachment() -> int:
    """Return the instance's limit in bytes."""
    return int(settings.ATTACHMENT_LIMIT)


def refuse_size(size: int) -> None:
    """Refuse an upload by its announced size: empty, or over the instance's limit; call it before reading the file."""
    check_size(size, largest=largest_attachment())


def add_attachment(
    *, author: Author, owner: Owner, county: str, division: str, document: str, name: str, data: bytes
) -> Attachment:
    """Keep a file sealed under an owner; the same bytes for the same document twice are one attachment.

    `document` is the code or title of what was asked for. Refused: type not taken, contents unlike the ending, double
    ending, empty, over the limit; also for a visit that is signed.
    """
    contents = examine(name, data, largest=largest_attachment())
    sm3 = sm3_hex(contents.data)
    held = Attachment.objects.filter(
        owner_kind=owner[0], owner_id=owner[1], document=document[:60], sm3=sm3, state=AttachmentState.KEPT
    ).first()
    if held:
        return held
    _refuse_signed(owner)
    on = clock.today()
    path = seal_file(f"attachments/county={county}/{on:%Y-%m}/{secrets.token_hex(16)}.sealed", contents.data)
    with transaction.atomic():
        _refuse_signed(owner)
        return Attachment.objects.create(
            county=county,
            township=township_of(division),
            division_id=division,
            owner_kind=owner[0],
            owner_id=owner[1],
            document=document[:60],
            name=contents.name,
            content_type=contents.content_type,
            size=len(contents.data),
            sm3=sm3,
            path=path,
            added_on=on,
            added_by_id=author.account_id,
            change=open_change(
                author=author, verb="add_attachment", reason="上传附件", source=f"{owner[0]}:{owner[1]}", rows=1
            ),
        )


def void_attachment(*, author: Author, attachment_id: int, reason: str) -> Attachment:
    """Take an attachment out of account with a reason; its bytes stay, as evidence of what was handed in."""
    with transaction.atomic():
        attachment = Attachment.objects.select_for_update().filter(pk=attachment_id).first()
        if attachment is None or attachment.state != AttachmentState.KEPT:
            raise Refused("attachment.void", "这份附件不存在或已经作废。", "请刷新页面再看。")
        if len(reason.strip()) < 2:
            raise Refused("attachment.reason", "作废附件必须说明原因。", "请填写原因，如“传错了人”。")
        _refuse_signed((attachment.owner_kind, attachment.owner_id))
        attachment.state, attachment.void_reason = AttachmentState.VOID, reason.strip()[:120]
        attachment.save(update_fields=["state", "void_reason"])
        change = open_change(
            author=author, verb="void_attachment", reason=attachment.void_reason, source=f"attachment:{attachment_id}"
        )
        diff = {"state": ["kept", "void"]}
        note_item(change=change, table="work_attachment", record_id=attachment_id, action="void", diff=diff)
    return attachment


def open_attachment(*, account: Account, attachment_id: int, purpose: str) -> tuple[str, bytes]:
    """Return an attachment's name and bytes after logging the look; Refused outside the area or without a purpose."""
    attachment = Attachment.objects.select_related("division").filter(pk=attachment_id).first()
    if attachment is None or not sees_path(account, attachment.division.path):
        raise Refused("attachment.unknown", "没有这份附件，或不在您的管辖范围内。", "请刷新页面再看。")
    log_disclosure(account=account, person_id=None, what=f"attachment:{attachment_id}", purpose=purpose)
    data = open_file(attachment.path)
    if sm3_hex(data) != attachment.sm3:
        raise Fault(f"attachment {attachment_id} is not what was kept")
    return attachment.name, data


def _refuse_signed(owner: Owner) -> None:
    kind, number = owner
    if kind == "visit" and Visit.objects.filter(pk=number, state=VisitState.SIGNED).exists():
        raise Refused("visit.signed", "入户记录已签名，不能再增减照片。", "如需更正，请另记一次入户调查。")
