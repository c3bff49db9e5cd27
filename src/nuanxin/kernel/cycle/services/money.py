"""The money of the month: dues, runs, bank files, returns; each may be repeated without effect."""

import datetime as dt
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models import Max, Min

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.casework.selectors import (
    Part,
    accounts_for,
    approved_starts,
    grants_corrected,
    parts_due,
    still_to_pay,
)
from nuanxin.kernel.casework.types import Application, Decision
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.bulk import uncollected
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.models import MonthRun, MonthStep
from nuanxin.kernel.cycle.services.corrected import queue_correction_letters
from nuanxin.kernel.cycle.services.decided_letters import queue_decided_letters
from nuanxin.kernel.cycle.services.month import month_or_refuse
from nuanxin.kernel.cycle.services.steps import do_step
from nuanxin.kernel.grants.values import Shares
from nuanxin.kernel.payments import services as payments
from nuanxin.kernel.payments.reserve import settled_parts
from nuanxin.kernel.payments.selectors import run_by_id
from nuanxin.kernel.payments.services import EventDue, ReturnReport
from nuanxin.kernel.payments.types import BankFile, PaymentRun
from nuanxin.kernel.registry.selectors import single_account

STANDARD_MONTHS = 6


@uncollected()
def build_dues(*, county: str, month: dt.date, author: Author) -> int:
    """Make what the month owes: regular dues of shares in force, arrears and recoveries, what was decided once.

    Returns the new live dues (and voided ones); again it makes only what is new. Refused before the month's proposals
    are written and in a closed month.
    """
    run = month_or_refuse(county, month)
    before = MonthStep.objects.filter(run=run, name="dues").values_list("records", flat=True).first() or 0
    since = _last_change(county, month)
    step = do_step(run, "dues", author, lambda change: _dues(run, since, change), again=True)
    return step.records - before


def _dues(run: MonthRun, since: int, change: Change) -> tuple[int, str]:
    county, month = run.county, run.month
    regular = payments.build_regular_dues(county=county, month=month, change=change)
    floor = MonthRun.objects.filter(county=county).aggregate(first=Min("month"))["first"] or month
    corrections = payments.book_corrections(
        county=county,
        month=month,
        floor=floor,
        since=since,
        change=change,
        standards=cache(lambda: _new_standards(county, month)),
        corrected=grants_corrected(county, since),
    )
    events = payments.book_event_dues(county=county, month=month, change=change, events=_event_dues(county, month))
    queue_decided_letters(run=run, change=change)
    queue_correction_letters(run=run, change=change)
    return regular + corrections + events, f"正常 {regular}，补发追缴 {corrections}，一次性 {events}"


def _last_change(county: str, month: dt.date) -> int:
    """Return the change of the last build that looked at every month before this one; shares written since may differ.

    A month built again looks at what was written since it was built (or since a later month was).
    """
    steps = MonthStep.objects.filter(run__county=county, name="dues", state="done", change_id__isnull=False)
    built = steps.filter(run__month__gte=add_months(month, -1))
    return built.aggregate(last=Max("change_id"))["last"] or 0


def _new_standards(county: str, month: dt.date) -> frozenset[str]:
    """Return the benefits whose standard changed of late: what differs in them is the standard's doing."""
    months = [add_months(month, -back) for back in range(STANDARD_MONTHS)]
    return frozenset().union(*(assessments().new_standards(county, one) for one in months))


def _event_dues(county: str, month: dt.date) -> list[EventDue]:
    once = [code for code, rule in assessments().rules(county, month).items() if rule.once]
    starts = approved_starts(county, once, month)
    paid = settled_parts(starts.values("pk"))
    parts = parts_due(still_to_pay(starts, paid.has), month)
    return [_event_due(part) for part in parts if not paid.has(part.decision.pk, part.month, part.number)]


def _event_due(part: Part) -> EventDue:
    """Return what a decision pays once, by the components of its frozen receipt; a household's by counted member."""
    decision = part.decision
    application = decision.proposal.application
    persons = _paid_persons(decision, application.person_id if application else None)
    if not persons:
        raise Refused("cycle.event", f"决定 {decision.pk} 没有领款人。", "请核对申请后重新办理。")
    return EventDue(
        decision_id=decision.pk,
        benefit=decision.benefit,
        township=decision.township,
        household_id=decision.household_id,
        account_id=_account_of(application) if application else None,
        persons=persons if part.amount_fen == decision.amount_fen else _portion(persons, part),
        entitlement_month=part.month,
        assessment_run_id=decision.proposal.assessment_run_id,
        case_id=decision.proposal.case_id,
        part=part.number,
    )


def _account_of(application: Application) -> int | None:
    """Return to which account an application is paid: the one named, else the one that fits by now."""
    if application.payee_id is not None:
        return application.payee_id
    fits = accounts_for(
        county=application.county, benefit=application.benefit, person_id=application.person_id,
        household_id=application.household_id, on=clock.today(),
    )  # fmt: skip
    return single_account(fits) if fits else None


def _portion(persons: tuple[tuple[int, Shares], ...], part: Part) -> tuple[tuple[int, Shares], ...]:
    """Return what of each share falls to a part: the parts of a share are the share, those of a part are the part.

    Shares laid end to end are cut where the parts end, each cut rounded down to a fen once.
    """
    total = sum(fen for _, shares in persons for _, fen in shares)
    first, last = part.before_fen, part.before_fen + part.amount_fen
    reached, found = 0, []
    for person, shares in persons:
        cut = []
        for name, fen in shares:
            upto, reached = reached, reached + fen
            cut.append((name, _cut(reached, last, total) - _cut(upto, last, total)
                        - _cut(reached, first, total) + _cut(upto, first, total)))  # fmt: skip
        found.append((person, tuple(cut)))
    return tuple(found)


def _cut(reached: int, until: int, total: int) -> int:
    return reached * until // total


def _paid_persons(decision: Decision, applicant_id: int | None) -> tuple[tuple[int, Shares], ...]:
    """Return who is paid how much by component: the members who count, else the person, else the applicant."""
    receipt = json.loads(decision.receipt)
    counted = [member for member in receipt.get("member_rows", []) if member["counts"]]
    persons = tuple((int(member["person_id"]), _shares(member)) for member in counted if _shares(member))
    alone = decision.person_id or applicant_id
    if persons or alone is None:
        return persons
    return ((alone, _shares(receipt) or (("amount", decision.amount_fen),)),)


def _shares(row: dict[str, Any]) -> Shares:
    """Return the components of a receipt's row that pay something."""
    return tuple((name[2:], fen) for name, fen in sorted(row.items()) if name.startswith("c_") and fen)


def prepare_payment_runs(
    *, county: str, month: dt.date, author: Author, ready: Callable[[PaymentRun], None] | None = None
) -> list[PaymentRun]:
    """Make the month's runs from unsettled dues and reissue failed lines of earlier months; again only what is new.

    `ready` is told of each run as soon as a second person may release it, while the next is made. Refused
    before the dues are made, in a closed month, and to an author who is no account.
    """
    run = month_or_refuse(county, month)
    if not MonthStep.objects.filter(run=run, name="dues", state="done").exists():
        raise Refused("cycle.no_dues", f"{month:%Y-%m} 还没有生成应发金额。", "请先生成应发金额。")
    if author.account_id is None:
        raise Refused("payments.preparer", "编制发放批次必须由本人账号操作。", "请用有“编制发放”权限的账号登录后办理。")
    made: list[PaymentRun] = []

    def work(change: Change) -> tuple[int, str]:
        made.extend(payments.prepare_payment_runs(county=county, month=month, change=change, ready=ready))
        return len(made), ""

    do_step(run, "prepare", author, work, again=True)
    return made


def release_run(*, run_id: int, account: Account, reason: str = "") -> PaymentRun:
    """Release a run as the second person, with the reason when it passes the budget; see `payments.services`."""
    return payments.release_run(run_id=run_id, account=account, reason=reason)


def write_bank_file(*, run_id: int, author: Author) -> BankFile:
    """Write a released run's bank file under the benefit's title, and mark it sent."""
    run = run_by_id(run_id)
    if run is None:
        raise Refused("payments.unknown_run", f"没有编号为 {run_id} 的发放批次。", "请从发放批次列表中选择。")
    rule = assessments().rules(run.county, run.pay_month).get(run.benefit)
    file = payments.write_bank_file(run_id=run_id, purpose=rule.title if rule else run.benefit)
    _note(author, "write_bank_file", f"银行文件 {run.batch_no}", run.line_count)
    return file


def open_bank_file(*, run_id: int, account: Account, purpose: str) -> tuple[str, bytes]:
    """Open the file that went to the bank; the look is logged."""
    return payments.open_bank_file(run_id=run_id, account=account, purpose=purpose)


def accept_return(*, run_id: int, data: bytes, author: Author) -> ReturnReport:
    """Take the bank's answer; see `payments.services.accept_return`."""
    report = payments.accept_return(run_id=run_id, data=data)
    if report.accepted:
        _note(author, "accept_return", report.message, report.paid + report.failed)
    return report


def _note(author: Author, verb: str, reason: str, rows: int) -> None:
    with transaction.atomic():
        open_change(author=author, verb=verb, reason=reason[:200], source="银行", rows=rows)
