"""Paying unsettled money to somebody else (heirs, a guardian): asked by one person, done by a second."""

from collections.abc import Sequence

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import county_of
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.payments.enums import DueKind, DueState, PlanState
from nuanxin.kernel.payments.models import Due, Redirection
from nuanxin.kernel.payments.services.dues import redirect_dues


def propose_redirection(*, account: Account, due_ids: Sequence[int], account_id: int, reason: str) -> Redirection:
    """Ask that a person's unsettled dues go to another account; Refused where they are paid or of several people."""
    require(account, "payments.prepare")
    if not reason.strip():
        raise Refused("redirect.reason", "改付须写明理由和依据。", "请填写，如“继承人公证书某号”。")
    with transaction.atomic():
        rows = Due.objects.select_for_update().filter(pk__in=list(due_ids), state=DueState.LIVE, line__isnull=True)
        dues = list(rows.exclude(kind__in=[DueKind.RECOVERY, DueKind.RESERVE]).select_related("person"))
        if not dues or len(dues) != len(set(due_ids)) or len({due.person_id for due in dues}) != 1:
            raise Refused("redirect.dues", "只能改付同一个人尚未发放的款项。", "请重新选择。")
        if county_of(account) not in (None, dues[0].county):
            raise Refused("redirect.area", "这些款项不属于您的辖区。", "请由该县区的人员办理。")
        if Redirection.objects.filter(dues__in=dues, state=PlanState.PROPOSED).exists():
            raise Refused("redirect.waiting", "这些款项已有一份改付待复核。", "请先复核原来的一份。")
        change = open_change(
            author=author_of(account), verb="propose_redirection", reason=reason[:200], source="改付", rows=len(dues)
        )
        made = Redirection.objects.create(
            county=dues[0].county, township=dues[0].township, person=dues[0].person, account_id=account_id,
            total_fen=sum(due.amount_fen - due.offset_fen for due in dues), reason=reason.strip()[:200],
            state=PlanState.PROPOSED, made_by=account, change=change,
        )  # fmt: skip
        made.dues.set(dues)
        return made


def check_redirection(*, account: Account, redirection_id: int, agree: bool = True) -> Redirection:
    """Let a second person agree, and the dues not yet paid go to the other account; or refuse."""
    require(account, "payments.release")
    with transaction.atomic():
        one = Redirection.objects.select_for_update().filter(pk=redirection_id).first()
        if one is None or county_of(account) not in (None, one.county):
            raise Refused("redirect.unknown", "没有这份改付。", "请从改付列表中选择。")
        if one.made_by_id == account.pk:
            raise Refused("redirect.same_person", "经办人不能复核自己提出的改付。", "请由另一位有复核权限的人员办理。")
        if one.state != PlanState.PROPOSED:
            return one
        change = open_change(author=author_of(account), verb="check_redirection", reason=one.reason, source="改付")
        if agree:
            redirect_dues(change=change, due_ids=list(one.dues.values_list("id", flat=True)), account_id=one.account_id)
        one.state, one.checked_by = (PlanState.DONE if agree else PlanState.REFUSED), account
        one.save(update_fields=["state", "checked_by"])
        return one
