"""Changing the account that grants are paid to: asked for by one person, agreed to by a second."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.grants.services import change_payee
from nuanxin.kernel.payments.enums import DueKind, DueState, LineState, PlanState, RunState
from nuanxin.kernel.payments.models import AccountChange, Due, Line, PaymentRun
from nuanxin.kernel.payments.services.payee_tasks import close_account_tasks
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.services import end_account

MAKE, CHECK = "people.write", "cases.check"
NOT_BY_ACCOUNT = (DueKind.RECOVERY, DueKind.RESERVE)
UNRELEASED = (RunState.BUILDING, RunState.PREPARED)


@dataclass(frozen=True)
class AccountDraft:
    """What one person asks for: these grants of a person go to an account from a day on; `ends_id` is closed by it.

    `due_ids` are unsettled dues without a grant. `account_id` None is only for closing an account that nothing follows.
    """

    person_id: int
    grant_ids: Sequence[int]
    account_id: int | None
    on: dt.date
    reason: str
    ends_id: int | None = None
    line_id: int | None = None
    due_ids: Sequence[int] = ()


def propose_account_change(*, account: Account, draft: AccountDraft) -> AccountChange:
    """Ask that grants be paid to another account; Refused where it is closed, the same, or a change waits already."""
    require(account, MAKE)
    person = registry.person_by_id(draft.person_id)
    _check_draft(draft)
    with transaction.atomic():
        waiting = AccountChange.objects.filter(person_id=person.pk, state=PlanState.PROPOSED)
        if waiting.filter(grants__in=list(draft.grant_ids)).exists() or (not draft.grant_ids and waiting.exists()):
            raise Refused("account_change.waiting", "已有一份账户变更等待复核。", "请先复核原来的一份。")
        change = open_change(
            author=author_of(account), verb="propose_account_change", reason=draft.reason[:200], source="变更收款账户"
        )
        made = AccountChange.objects.create(
            county=person.county, township=person.division_id[:9], person=person, account_id=draft.account_id,
            ends_id=draft.ends_id, line_id=draft.line_id, on=draft.on, reason=draft.reason.strip()[:200],
            state=PlanState.PROPOSED, made_by=account, made_on=clock.today(), change=change,
        )  # fmt: skip
        made.grants.set(draft.grant_ids)
        made.dues.set(draft.due_ids)
        return made


def _check_draft(draft: AccountDraft) -> None:
    today = clock.today()
    if not draft.reason.strip():
        raise Refused("account_change.reason", "变更收款账户须写明理由和依据。", "请填写，如“原卡挂失，换新卡”。")
    if not draft.grant_ids and not draft.due_ids and draft.ends_id is None:
        raise Refused("account_change.grants", "没有选择要变更的待遇。", "请勾选一项或全部待遇。")
    if draft.on > today:
        raise Refused("account_change.day", "变更日期不能晚于今天。", "请填写办理变更的日期。")
    if draft.account_id is None:
        if draft.ends_id is None:
            raise Refused("account_change.account", "没有选择新的收款账户。", "请选择账户；没有的请先登记。")
        return
    if draft.account_id == draft.ends_id or draft.account_id not in registry.open_accounts([draft.account_id], today):
        raise Refused("account_change.closed", "所选账户已停用。", "请选择在用的账户；没有的请先登记。")


def check_account_change(*, account: Account, change_id: int, agree: bool = True, note: str = "") -> AccountChange:
    """Let a second person agree, so that all that is not paid yet and later months go to the new account; or refuse.

    Moved are the shares in force, dues without a line, lines of runs that nobody released yet, and through the grant
    the failed and held lines that the next run reissues. What is released goes where it was sent.
    """
    require(account, CHECK)
    with transaction.atomic():
        one = AccountChange.objects.select_for_update().filter(pk=change_id).first()
        if one is None:
            raise Refused("account_change.unknown", "没有这份账户变更。", "请从列表中选择。")
        if one.made_by_id == account.pk:
            raise Refused("account_change.same_person", "经办人不能复核自己提出的账户变更。", "请由另一人办理。")
        if one.state != PlanState.PROPOSED:
            raise Refused("account_change.decided", "这份账户变更已经复核过。", "请刷新页面查看结果。")
        change = open_change(
            author=author_of(account), verb="check_account_change", reason=one.reason, source="变更收款账户"
        )
        one.state, one.checked_by, one.checked_on = PlanState.REFUSED, account, clock.today()
        one.note = note.strip()[:200]
        if agree:
            _carry_out(one, change)
            one.state = PlanState.DONE
        one.save(update_fields=["state", "checked_by", "checked_on", "note"])
        return one


def _carry_out(one: AccountChange, change: Change) -> None:
    today = clock.today()
    grants, dues = (list(rows.values_list("id", flat=True)) for rows in (one.grants, one.dues))
    if one.account_id is not None:
        if one.account_id not in registry.open_accounts([one.account_id], today):
            raise Refused("account_change.closed", "所选账户在此期间已停用。", "请退回，由经办人另选账户。")
        for grant_id in grants:
            change_payee(change=change, grant_id=grant_id, account_id=one.account_id)
        _move_unpaid(grants, dues, one.account_id)
        close_account_tasks(change=change, grant_ids=grants)
    if one.ends_id is not None:
        end_account(change=change, account_id=one.ends_id, on=today)


def _move_unpaid(grants: list[int], due_ids: list[int], account_id: int) -> None:
    """Let what is not yet released go to an account: dues without a line, bounced ones, lines still prepared."""
    chosen = Q(grant__in=grants) | Q(pk__in=due_ids)
    dues = Due.objects.filter(chosen, state=DueState.LIVE).exclude(kind__in=NOT_BY_ACCOUNT)
    bounced = Q(line__state__in=[LineState.FAILED, LineState.HELD])
    dues.filter(bounced | Q(line__isnull=True)).update(account_id=account_id)
    unreleased = dues.filter(line__run__state__in=UNRELEASED)
    lines = set(unreleased.values_list("line_id", flat=True))
    runs = unreleased.values_list("line__run_id", flat=True)
    list(PaymentRun.objects.select_for_update().filter(pk__in=list(runs)).order_by("pk"))
    shared = Due.objects.filter(line__in=lines).exclude(chosen).values_list("line_id", flat=True)
    whole = Line.objects.filter(pk__in=lines - set(shared), state=LineState.PREPARED, run__state__in=UNRELEASED)
    Due.objects.filter(line__in=whole.values("pk")).update(account_id=account_id)
    whole.update(account_id=account_id)
