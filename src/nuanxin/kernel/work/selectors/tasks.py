"""Whose work lies where: own, the role's within the area, a stood-in colleague's, and what others have in hand."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Substr

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_level, may, role_of
from nuanxin.kernel.work.enums import TaskState
from nuanxin.kernel.work.models import HandOver, StandIn, Task
from nuanxin.kernel.work.values import Owner, holder_of

NOTHING = Q(pk__in=[])
TOWNSHIP_LENGTH = 9


@dataclass(frozen=True)
class TaskCounts:
    """How much work lies with an account: before today, today, later, and passed on to others."""

    overdue: int
    due: int
    later: int
    waiting: int


def keys_of(account: Account) -> frozenset[str]:
    """Return what a task may name as its role so that the account may take it: its role, and the role's permissions."""
    role = role_of(account)
    return frozenset({role.code, *role.permissions}) if role and account.is_active else frozenset()


def may_arrange(account: Account) -> bool:
    """Return whether the account directs others' work in its area: hands tasks over, names stand-ins."""
    return may(account, "cases.check")


def in_area_of(account: Account) -> Q:
    """Return the condition that a row lies in the account's area, on plain columns, so that an index serves it."""
    level, code = area_level(account), account.area.rpartition(".")[2]
    if level is None:
        return NOTHING
    if level == "village":
        return Q(division_id=code)
    if level == "township":
        return Q(county=code[:6], township=code)
    return Q(county=code) if level == "county" else Q(county__startswith=code)


def stood_in_for(account: Account, on: dt.date) -> list[Account]:
    """Return the colleagues whose work the account does on a date."""
    rows = StandIn.objects.filter(by=account, valid_from__lte=on, valid_to__gt=on, ended_on__isnull=True)
    return [row.account for row in rows.select_related("account")]


def stand_ins_among(account_ids: Iterable[int]) -> QuerySet[StandIn]:
    """Return the stand-ins that any of some accounts gave or took, the newest first."""
    ids = list(account_ids)
    rows = StandIn.objects.filter(Q(account__in=ids) | Q(by__in=ids)).select_related("account", "by")
    return rows.order_by("-valid_from", "-id")


def hand_overs_among(account_ids: Iterable[int]) -> QuerySet[HandOver]:
    """Return the handovers from any of some accounts, the newest first."""
    return HandOver.objects.filter(account__in=list(account_ids)).select_related("account", "to").order_by("-id")


def held_by(account: Account, today: dt.date) -> Q:
    """Return the condition that an open task is the account's to do: own, its role's, or as a stand-in.

    One list of holders finds them in one index; what a stand-in has only from a colleague counts in that one's area.
    """
    stood = stood_in_for(account, today)
    keys = keys_of(account)
    plain = {holder_of(who.pk, "") for who in (account, *stood)} | {holder_of(None, key) for key in keys}
    lent = [({holder_of(None, key) for key in keys_of(who) - keys}, in_area_of(who)) for who in stood]
    every = plain.union(*(holders for holders, _ in lent))
    held = Q(state=TaskState.OPEN, holder__in=sorted(every)) & in_area_of(account)
    if every == plain:
        return held
    allowed = Q(holder__in=sorted(plain))
    for holders, area in lent:
        allowed |= Q(holder__in=sorted(holders)) & area
    return held & allowed


def own_tasks(account: Account, today: dt.date) -> QuerySet[Task]:
    """Return the open tasks an account may do on a date, in no order: own, its role's in its area, as a stand-in."""
    return Task.objects.filter(held_by(account, today))


def open_tasks_of(account: Account, today: dt.date) -> QuerySet[Task]:
    """Return the account's open work, what is due first first."""
    return own_tasks(account, today).prefetch_related("division", "assignee").order_by("due_on", "id")


def waiting_tasks(account: Account, today: dt.date) -> QuerySet[Task]:
    """Return open tasks the account passed on and others have in hand, what is due first first."""
    others = Task.objects.filter(~held_by(account, today), state=TaskState.OPEN, opened_by=account)
    return others.prefetch_related("division", "assignee").order_by("due_on", "id")


def task_counts(account: Account, today: dt.date) -> TaskCounts:
    """Return how much is overdue, due today and later, in one query, and what waits for others, in another."""
    counted = own_tasks(account, today).aggregate(
        overdue=Count("due_on", filter=Q(due_on__lt=today)),
        due=Count("due_on", filter=Q(due_on=today)),
        later=Count("due_on", filter=Q(due_on__gt=today)),
    )
    return TaskCounts(**counted, waiting=waiting_tasks(account, today).count())


def overdue_by_township(account: Account, today: dt.date) -> list[tuple[str, int, dt.date]]:
    """Return (township, how many, the earliest due date) of open work overdue in the account's area, most first."""
    rows = Task.objects.filter(in_area_of(account), state=TaskState.OPEN, due_on__lt=today).order_by()
    grouped = rows.annotate(place=Substr("division_id", 1, TOWNSHIP_LENGTH)).values("place")
    counted = grouped.annotate(n=Count("pk"), since=Min("due_on"))
    return sorted(((row["place"], row["n"], row["since"]) for row in counted), key=lambda row: -row[1])


def tasks_of(owner: Owner, *, open_only: bool = True) -> QuerySet[Task]:
    """Return an owner's tasks, the next due first."""
    rows = Task.objects.filter(owner_kind=owner[0], owner_id=owner[1]).select_related("assignee", "finished_by")
    return (rows.filter(state=TaskState.OPEN) if open_only else rows).order_by("due_on", "id")
