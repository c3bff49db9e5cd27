"""Whose account a case's benefit is paid to: found, named, or asked for; never silently missing."""

from collections.abc import Sequence

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import masked_name, sees_path
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.models import Application, Case, Decision
from nuanxin.kernel.casework.selectors import case_by_id, fitting_accounts
from nuanxin.kernel.casework.services.telling import recipient, tell
from nuanxin.kernel.casework.values import BenefitRule
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.grants.payees import grants_paid_into
from nuanxin.kernel.payments.services import answer_day, ask_for_accounts
from nuanxin.kernel.work.services import drop_tasks, finish_tasks, open_tasks
from nuanxin.kernel.work.values import TaskDraft

OWNER, KIND, ROLE = "payee_case", "payee", "people.write"


def ask_for_account(*, change: Change, case: Case) -> None:
    """Ask for an account where a case has none: a task that says for whom, what and by when, and a letter."""
    rule = assessor().rule(case.county, month_of(case.opened_on), case.benefit)
    if case.payee_id is not None or rule.recognises:
        return
    until = answer_day(case.county, change.business_date)
    draft = TaskDraft(
        county=case.county,
        division_id=case.handled_in_id,
        kind=KIND,
        title=f"{masked_name(recipient(case))} {rule.title}：尚无收款账户，请登记",
        owner=(OWNER, case.pk),
        due_on=until,
        key=f"payee:case:{case.pk}",
        role=ROLE,
    )
    open_tasks(change=change, drafts=[draft])
    words = {"reason": "申请已受理，尚未登记收款账户", "bring_by": until.isoformat()}
    tell(case=case, change=change, kind="account", values=words)


def name_payee(*, account: Account, case_id: int, account_id: int) -> Case:
    """Name to which account an application's money goes, before it is decided; it must fit the benefit's rule.

    Once decided, the account is changed by two people (`payments.services.propose_account_change`).
    """
    require(account, "cases.make")
    case = case_by_id(case_id, account)
    if case.closed_on is not None or not sees_path(account, case.handled_in.path):
        raise Refused("casework.not_yours", "案件已办结，或不由您的辖区办理。", "已决定的，请在居民页面变更收款账户。")
    if Decision.objects.filter(proposal__case=case, outcome="approved").exists():
        raise Refused("casework.payee_decided", "本案已经决定。", "请在居民页面变更收款账户，由另一人复核。")
    if account_id not in {one.id for one in fitting_accounts(case)}:
        raise Refused("casework.payee", "这个账户不符合本项待遇的发放对象。", "请从列出的账户中选择。")
    change = open_change(
        author=author_of(account), verb="name_payee", reason="登记收款账户", source=f"case:{case.pk}", rows=1
    )
    Case.objects.filter(pk=case.pk).update(payee_id=account_id)
    if case.application is not None:
        Application.objects.filter(pk=case.application.pk).update(payee_id=account_id)
    finish_tasks(change=change, owner=(OWNER, case.pk))
    return case_by_id(case.pk, account)


def ask_after_decision(*, change: Change, rule: BenefitRule, decisions: Sequence[Decision]) -> None:
    """Ask for the account of what was just granted without one: on the grant, or on the decision that pays once."""
    lacking = [one for one in decisions if one.proposal.application and one.proposal.application.payee_id is None]
    if rule.recognises or not lacking:
        return
    if rule.once:
        open_tasks(change=change, drafts=[_once_draft(rule, one) for one in lacking])
        return
    granted = grants_paid_into(decisions=[one.pk for one in lacking])
    unnamed = [one for one in granted if one.account_id is None]
    ask_for_accounts(change=change, grants=unnamed, why="尚无收款账户，请登记", key="decision")
    for one in lacking:
        if one.proposal.case_id is not None:
            drop_tasks(change=change, owner=(OWNER, one.proposal.case_id))


def _once_draft(rule: BenefitRule, decision: Decision) -> TaskDraft:
    application = decision.proposal.application
    assert application is not None
    return TaskDraft(
        county=decision.county,
        division_id=application.division_id,
        kind=KIND,
        title=f"{masked_name(application.person.name)} {rule.title}：尚无收款账户，请登记",
        owner=("decision", decision.pk),
        due_on=answer_day(decision.county, clock.today()),
        key=f"payee:decision:{decision.pk}",
        role=ROLE,
    )
