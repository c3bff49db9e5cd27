"""Stand-ins and handovers: the work goes to somebody who may do it, identity stays."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import account_by_id, county_of, role_of, sees_path
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, note_item, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.work.enums import TaskState
from nuanxin.kernel.work.models import HandOver, StandIn, Task
from nuanxin.kernel.work.selectors import may_arrange
from nuanxin.kernel.work.values import holder_of

BATCH = 2000
# cash is not work: the fund's float is counted over between two persons in the fund itself
NOT_PASSED_ON = frozenset({"reserve.pay", "reserve.check"})


@dataclass(frozen=True)
class HandingOver:
    """What a handler is told: whose open work goes to whom, under which change."""

    change: Change
    from_id: int
    to_id: int
    on: dt.date


Handler = Callable[[HandingOver], int]
_handlers: list[Handler] = []


def register_handover(func: Handler) -> None:
    """Let a room above move its own open work; `func` returns how many things it moved and bears a second call."""
    if func not in _handlers:
        _handlers.append(func)


def begin_stand_in(
    *, author: Author, from_id: int, to_id: int, from_date: dt.date, to_date: dt.date, reason: str
) -> StandIn:
    """Let one account do another's work from a date to another (exclusive), in his own name.

    Refused to oneself, without the permissions and the area, twice for the same days, or by somebody not in charge.
    """
    with transaction.atomic():
        giver, taker = _pair(author, from_id, to_id, reason)
        if to_date <= from_date or to_date <= clock.today():
            raise Refused("stand_in.dates", "代班的结束日期须晚于开始日期和今天。", "请核对日期。")
        overlapping = StandIn.objects.filter(
            account=giver, ended_on__isnull=True, valid_from__lt=to_date, valid_to__gt=from_date
        )
        if overlapping.exists():
            raise Refused("stand_in.twice", f"{giver.display_name}在这段时间已经有人代班。", "请先结束原来的代班。")
        change = open_change(
            author=author, verb="begin_stand_in", reason=reason.strip()[:120], source=f"account:{from_id}"
        )
        return StandIn.objects.create(
            county=county_of(giver) or "",
            account=giver,
            by=taker,
            valid_from=from_date,
            valid_to=to_date,
            reason=reason.strip()[:120],
            change=change,
        )


def end_stand_in(*, author: Author, stand_in_id: int) -> StandIn:
    """End a stand-in before its time; what was done in it stays done."""
    with transaction.atomic():
        held = StandIn.objects.select_for_update().select_related("account").filter(pk=stand_in_id).first()
        if held is None or held.ended_on is not None:
            raise Refused("stand_in.ended", "没有这次代班，或已经结束。", "请刷新页面再看。")
        _check_in_charge(author, held.account)
        held.ended_on = clock.today()
        held.save(update_fields=["ended_on"])
        change = open_change(author=author, verb="end_stand_in", reason="结束代班", source=f"stand_in:{stand_in_id}")
        note_item(
            change=change,
            table="work_standin",
            record_id=stand_in_id,
            action="end",
            diff={"ended_on": [None, held.ended_on]},
        )
    return held


def hand_over(*, author: Author, from_id: int, to_id: int, reason: str, on: dt.date | None = None) -> HandOver:
    """Move all open work of one account to another: its tasks, and what the rooms above registered.

    Who made something stays its maker. Refused like a stand-in. Tasks move in batches; broken off, it is done again.
    """
    giver, taker = _pair(author, from_id, to_id, reason)
    day = on or clock.today()
    change = open_change(author=author, verb="hand_over", reason=reason.strip()[:120], source=f"account:{from_id}")
    tasks = 0
    while moved := _move_tasks(change, giver, taker):
        tasks += moved
    with transaction.atomic():
        others = sum(handler(HandingOver(change, from_id, to_id, day)) for handler in _handlers)
        StandIn.objects.filter(by=giver, ended_on__isnull=True, valid_to__gt=day).update(ended_on=day)
        return HandOver.objects.create(
            county=county_of(giver) or "",
            account=giver,
            to=taker,
            on=day,
            reason=reason.strip()[:120],
            tasks=tasks,
            others=others,
            change=change,
        )


def _move_tasks(change: Change, giver: Account, taker: Account) -> int:
    with transaction.atomic():
        ids = list(Task.objects.filter(state=TaskState.OPEN, assignee=giver).values_list("pk", flat=True)[:BATCH])
        for task_id in ids:
            note_item(
                change=change,
                table="work_task",
                record_id=task_id,
                action="assign",
                diff={"assignee": [giver.pk, taker.pk]},
            )
        return Task.objects.filter(pk__in=ids).update(assignee=taker, holder=holder_of(taker.pk, ""))


def _pair(author: Author, from_id: int, to_id: int, reason: str) -> tuple[Account, Account]:
    """Return giver and taker; Refused when they are one, do not fit, or the author is not in charge."""
    giver, taker = account_by_id(from_id), account_by_id(to_id)
    if giver is None or taker is None or not taker.is_active:
        raise Refused("handover.account", "没有这个账号，或接手人的账号已停用。", "请重新选择人员。")
    if giver == taker:
        raise Refused("handover.self", "不能交给本人。", "请选择另一名人员。")
    if len(reason.strip()) < 2:
        raise Refused("handover.reason", "须说明原因。", "请填写原因，如“休假”“调离”。")
    _check_in_charge(author, giver)
    _check_fit(giver, taker)
    return giver, taker


def _check_in_charge(author: Author, giver: Account) -> None:
    """Refuse an author who is neither the giver nor directs the work there; processes without account may."""
    if author.account_id in (None, giver.pk):
        return
    who = account_by_id(author.account_id) if author.account_id else None
    if who is None or not may_arrange(who) or not sees_path(who, giver.area):
        raise Refused("handover.denied", "只有本人或分管领导、股长可以安排代班和移交。", "请由本人或其领导操作。")


def _check_fit(giver: Account, taker: Account) -> None:
    has, gets = role_of(giver), role_of(taker)
    if has is None or gets is None or not has.permissions - NOT_PASSED_ON <= gets.permissions:
        raise Refused("handover.role", "接手人的岗位没有所需的权限。", "请选择同岗位的人员，或先为其开通权限。")
    if not sees_path(taker, giver.area):
        raise Refused("handover.area", "接手人管不到原来的辖区。", "请选择管辖该辖区的人员，或先调整其数据范围。")
