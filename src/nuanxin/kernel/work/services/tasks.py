"""Opening, giving and finishing tasks."""

from collections.abc import Iterator, Sequence
from itertools import islice

from django.db import IntegrityError, transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import account_by_id, sees_path
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.changes import author_of, note_item, open_change
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.selectors import township_of
from nuanxin.kernel.work import selectors
from nuanxin.kernel.work.enums import TaskState
from nuanxin.kernel.work.models import Task
from nuanxin.kernel.work.values import Owner, TaskDraft, holder_of

COLUMNS = [
    "county",
    "township",
    "division_id",
    "owner_kind",
    "owner_id",
    "change_id",
    "kind",
    "title",
    "role",
    "assignee_id",
    "holder",
    "opened_by_id",
    "opened_on",
    "due_on",
    "key",
]
CHUNK, BATCH, TRIES = 500, 2000, 3


def open_tasks(*, change: Change, drafts: Sequence[TaskDraft]) -> int:
    """Open tasks and return how many are new; one whose key is known (open, done or dropped) is left as it is.

    Written in batches of 2,000, each a transaction unless the caller holds one. Fault without assignee and role.
    """
    by_key = {draft.key: draft for draft in drafts}
    if any(not draft.key or not (draft.role or draft.assignee_id) for draft in by_key.values()):
        raise Fault("a task needs a key, and somebody or a role to do it")
    rest = iter(by_key.values())
    opened = 0
    while part := list(islice(rest, BATCH)):
        opened += _open_once(change, part)
    return opened


def _open_once(change: Change, drafts: list[TaskDraft]) -> int:
    """Insert the drafts whose key is new; another writer with the same key makes us look again."""
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                held = _held_keys([draft.key for draft in drafts])
                rows = [_row(change, draft) for draft in drafts if draft.key not in held]
                return bulk_insert(model=Task, columns=COLUMNS, rows=rows) if rows else 0
        except IntegrityError as error:
            if "key" not in str(error):
                raise
    raise Fault("tasks with the same keys are being opened all the time")


def _held_keys(keys: list[str]) -> set[str]:
    parts: Iterator[list[str]] = (keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK))
    return {key for part in parts for key in Task.objects.filter(key__in=part).values_list("key", flat=True)}


def _row(change: Change, draft: TaskDraft) -> tuple[object, ...]:
    kind, number = draft.owner
    return (
        draft.county,
        township_of(draft.division_id),
        draft.division_id,
        kind,
        number,
        change.pk,
        draft.kind,
        draft.title[:120],
        draft.role,
        draft.assignee_id,
        holder_of(draft.assignee_id, draft.role),
        change.actor_id,
        change.business_date,
        draft.due_on,
        draft.key,
    )


def finish_tasks(*, change: Change, owner: Owner, kind: str | None = None) -> int:
    """Finish an owner's open tasks (of one kind where given) by the change's actor; return how many."""
    return _close(change, owner, kind, TaskState.DONE)


def drop_tasks(*, change: Change, owner: Owner, kind: str | None = None) -> int:
    """Drop an owner's open tasks: what they asked for is no longer wanted; return how many."""
    return _close(change, owner, kind, TaskState.DROPPED)


def _close(change: Change, owner: Owner, kind: str | None, state: TaskState) -> int:
    rows = Task.objects.filter(owner_kind=owner[0], owner_id=owner[1], state=TaskState.OPEN)
    rows = rows.filter(kind=kind) if kind else rows
    with transaction.atomic():
        county = rows.values_list("county", flat=True).first()
        if county is None:
            return 0
        on = change.business_date
        return rows.update(
            state=state, finished_on=on, finished_by=change.actor_id, booked_month=booking_month(county, on)
        )


def assign_task(*, account: Account, task_id: int, to_account_id: int) -> Task:
    """Give an open task to somebody (or take it oneself); Refused outside the areas or for the wrong role."""
    to = account_by_id(to_account_id)
    with transaction.atomic():
        task = Task.objects.select_for_update().select_related("division").filter(pk=task_id).first()
        if task is None or task.state != TaskState.OPEN or not sees_path(account, task.division.path):
            raise Refused("task.gone", "这项任务已办结或不在您的管辖范围内。", "请刷新“今日工作”再看。")
        if to is None or not to.is_active or not sees_path(to, task.division.path):
            raise Refused("task.area", "接手人的账号已停用或管不到这个村居。", "请选择管辖该村居的人员。")
        if task.role and task.role not in selectors.keys_of(to):
            raise Refused("task.role", "接手人的岗位不能办理这项任务。", "请选择有相应权限的人员。")
        if not _may_give(account, task):
            raise Refused("task.other", "这项任务在别人手里。", "请由承办人转交，或由股长、分管领导调整。")
        change = open_change(author=author_of(account), verb="assign_task", reason="转交任务", source=f"task:{task.pk}")
        note_item(
            change=change,
            table="work_task",
            record_id=task.pk,
            action="assign",
            diff={"assignee": [task.assignee_id, to.pk]},
        )
        task.assignee_id, task.holder = to.pk, holder_of(to.pk, "")
        task.save(update_fields=["assignee", "holder"])
    return task


def _may_give(account: Account, task: Task) -> bool:
    """Return whether the account holds the task, may take it, stands in for its holder, or directs the work."""
    if selectors.may_arrange(account):
        return True
    return selectors.own_tasks(account, clock.today()).filter(pk=task.pk).exists()
