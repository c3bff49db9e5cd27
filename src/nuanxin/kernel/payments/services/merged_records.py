"""Two records of one person become one: what both were paid for the same month is told at once, with the sum."""

import datetime as dt

from nuanxin.kernel.access.selectors import masked_name
from nuanxin.kernel.core.fen import yuan
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.payments.enums import DueKind, DueState
from nuanxin.kernel.payments.models import Due
from nuanxin.kernel.payments.services.payee_tasks import answer_day
from nuanxin.kernel.registry.enums import EventKind
from nuanxin.kernel.registry.events import EventNotice, Stage, register_event_handler
from nuanxin.kernel.registry.selectors import person_by_id
from nuanxin.kernel.rulebook.selectors import benefits
from nuanxin.kernel.work.services import drop_tasks, open_tasks
from nuanxin.kernel.work.values import TaskDraft

OWNER, KIND, ROLE = "person", "double_months", "cases.make"
ENTITLED = (DueKind.REGULAR, DueKind.ARREARS)


def register_handlers() -> None:
    """Tell the registry what this room does when two records become one."""
    register_event_handler(EventKind.MERGED, Stage.CONFIRM, on_merged, on_parted)


def on_merged(notice: EventNotice) -> None:
    """Open a task for each benefit that both records were paid for a month, with the months and the sum.

    The recoveries themselves follow from the shares with the next dues; two people agree on how they are paid back.
    """
    person = person_by_id(notice.person_id)
    titles = {code: one.title for code, one in benefits(notice.county, month_of(notice.change.business_date)).items()}
    drafts = [
        TaskDraft(
            county=notice.county,
            division_id=person.division_id,
            kind=KIND,
            title=f"{masked_name(person.name)} {titles.get(benefit, benefit)}：两份档案 {len(months)} 个月重复发放"
            f"（{min(months):%Y-%m} 至 {max(months):%Y-%m}，{yuan(sum(months.values()))} 元），核对追缴",
            owner=(OWNER, person.pk),
            due_on=answer_day(notice.county, notice.change.business_date),
            key=f"merged:{notice.event_id}:{benefit}",
            role=ROLE,
        )
        for benefit, months in double_months(notice.person_id, notice.other_id or 0).items()
    ]
    open_tasks(change=notice.change, drafts=drafts)


def on_parted(notice: EventNotice) -> None:
    """Undo `on_merged`."""
    drop_tasks(change=notice.change, owner=(OWNER, notice.person_id), kind=KIND)


def double_months(kept: int, absorbed: int) -> dict[str, dict[dt.date, int]]:
    """Return by benefit the months for which both records have a due in a line, with the absorbed one's fen."""
    rows = Due.objects.filter(line__isnull=False, state=DueState.LIVE, kind__in=ENTITLED)
    values = ("benefit", "component", "entitlement_month")
    both = set(rows.filter(person_id=kept).values_list(*values))
    found: dict[str, dict[dt.date, int]] = {}
    for benefit, component, month, fen in rows.filter(person_id=absorbed).values_list(*values, "amount_fen"):
        if (benefit, component, month) in both:
            months = found.setdefault(benefit, {})
            months[month] = months.get(month, 0) + fen
    return found
