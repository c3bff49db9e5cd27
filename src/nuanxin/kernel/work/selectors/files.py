"""Reading attachments and visits of an owner; nothing here opens a file."""

from django.db.models import QuerySet

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import sees_path
from nuanxin.kernel.work.enums import AttachmentState
from nuanxin.kernel.work.models import Attachment, Visit
from nuanxin.kernel.work.values import Owner


def attachments_of(owner: Owner, *, void_too: bool = False) -> QuerySet[Attachment]:
    """Return an owner's attachments that count, in the order they came in; those voided too when asked for."""
    rows = Attachment.objects.filter(owner_kind=owner[0], owner_id=owner[1]).select_related("added_by")
    return (rows if void_too else rows.filter(state=AttachmentState.KEPT)).order_by("id")


def attachment_seen(account: Account, attachment_id: int) -> Attachment | None:
    """Return an attachment of the account's area, None when there is none."""
    found = Attachment.objects.select_related("division").filter(pk=attachment_id).first()
    return found if found and sees_path(account, found.division.path) else None


def visits_of(owner: Owner) -> QuerySet[Visit]:
    """Return an owner's visits, the newest first; `corrections` of a visit are what put it right."""
    rows = Visit.objects.filter(owner_kind=owner[0], owner_id=owner[1]).select_related("first", "second")
    return rows.prefetch_related("corrections").order_by("-visited_on", "-id")


def visit_seen(account: Account, visit_id: int) -> Visit | None:
    """Return a visit of the account's area, None when there is none."""
    found = Visit.objects.select_related("division", "first", "second").filter(pk=visit_id).first()
    return found if found and sees_path(account, found.division.path) else None
