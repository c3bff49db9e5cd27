"""My work: what is overdue, due today and later, and what others have in hand for me."""

from typing import Any

import django_tables2 as tables
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.columns import DayColumn
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.owners import place_of, subjects_of
from nuanxin.interfaces.staff.pages import page
from nuanxin.interfaces.staff.saying import marked
from nuanxin.kernel.core import clock
from nuanxin.kernel.work import selectors as work

SHOWN_AT_HOME = 8
TABS = (
    ("overdue", gettext_lazy("逾期")),
    ("due", gettext_lazy("今天到期")),
    ("later", gettext_lazy("以后到期")),
    ("waiting", gettext_lazy("等待他人办理")),
)


class TaskTable(RowTable):
    """Tasks, what is due first first; a row opens what the task is about."""

    empty_says = gettext_lazy("暂无待办事项；案件、复核、抽查到本岗位时列在这里。")
    due_on = DayColumn(verbose_name=gettext_lazy("期限"), orderable=False)
    title = tables.Column(verbose_name=gettext_lazy("事项"), orderable=False)
    place = tables.Column(accessor="division__name", verbose_name=gettext_lazy("村（社区）"), orderable=False)
    holder = tables.Column(verbose_name=gettext_lazy("承办人"), orderable=False, empty_values=())
    opened_on = DayColumn(verbose_name=gettext_lazy("交办"), orderable=False)

    def row_url(self, record: Any) -> str | None:
        """Open what the task is about."""
        return place_of(record.owner_kind, record.owner_id)

    def render_due_on(self, value: Any) -> str:
        """Mark what is overdue or due today."""
        today = clock.today()
        tone = "bad" if value < today else "warn" if value == today else ""
        return format_html('<span class="tag {}">{}</span>', tone, value.isoformat())

    def value_due_on(self, value: Any) -> Any:
        """Export the date."""
        return value

    def _subjects(self, rows: list[Any]) -> dict[int, str]:
        return subjects_of(self.account, rows)

    def render_title(self, record: Any) -> str:
        """Show what is to be done, and whom it is about."""
        name = self.known(self._subjects).get(record.pk, "")
        return format_html("{} <b>{}</b>", marked(record.title), name) if name else marked(record.title)

    def value_title(self, record: Any) -> str:
        """Export what is to be done, and whom it is about."""
        return f"{record.title} {self.known(self._subjects).get(record.pk, '')}".strip()

    def render_holder(self, record: Any) -> str:
        """Show who has it, or that it lies with the post."""
        return record.assignee.display_name if record.assignee_id else _("本岗位")


def _rows(request: StaffRequest, tab: str) -> Any:
    today = clock.today()
    if tab == "waiting":
        return work.waiting_tasks(request.user, today)
    rows = work.open_tasks_of(request.user, today)
    if tab == "overdue":
        return rows.filter(due_on__lt=today)
    return rows.filter(due_on=today) if tab == "due" else rows.filter(due_on__gt=today)


@page(None)
def desk(request: StaffRequest) -> HttpResponseBase:
    """List the account's tasks: overdue, due today, later, or waiting for others."""
    counts = work.task_counts(request.user, clock.today())
    known = [code for code, _label in TABS]
    first = next((code for code in known if getattr(counts, code)), "due")
    tab = request.GET.get("tab", first)
    tab = tab if tab in known else first
    tabs = [{"code": code, "label": label, "count": getattr(counts, code), "here": code == tab} for code, label in TABS]
    table = TaskTable(_rows(request, tab), account=request.user)
    context = {"tabs": tabs, "tab": tab, "form": None}
    return show_list(request, table, "staff/desk.html", context, name=_("我的工作"))


def for_home(account: Any) -> dict[str, Any]:
    """Return what the first page shows of the account's tasks: the most pressing, and how many there are."""
    today = clock.today()
    rows = list(work.open_tasks_of(account, today)[:SHOWN_AT_HOME])
    names = subjects_of(account, rows)
    shown = [
        {"task": one, "who": names.get(one.pk, ""), "url": place_of(one.owner_kind, one.owner_id) or reverse("desk")}
        for one in rows
    ]
    return {"tasks": shown, "task_counts": work.task_counts(account, today) if shown else None}
