"""What the frame of every page shows: the menu, the county, the business date."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from nuanxin.demo.progress import month_in_progress
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.registry import selectors as registry


def _entry(**values: Any) -> dict[str, Any]:
    return values


MENU: list[tuple[Any, list[dict[str, Any]]]] = [
    ("", [
        _entry(label=_("今日"), url="home", icon="home", under="/$", permission=None),
        _entry(label=_("我的工作"), url="desk", icon="checklist", under="/work/", permission="cases.make"),
        _entry(label=_("报表数字"), url="figures", icon="chart-bar", under="/figures/", permission="figures.read"),
        _entry(label=_("报送表"), url="reports", icon="report-analytics", under="/reports/", permission="reports.read"),
        _entry(label=_("本月工作"), url="month", icon="calendar-month", under="/month/", permission="grants.read"),
    ]),
    (_("窗口"), [
        _entry(label=_("案件"), url="cases", icon="folder", under="/cases/", permission="grants.read"),
        _entry(label=_("答复群众"), url="answer", icon="message-circle", under="/answer/", permission="grants.read"),
        _entry(label=_("定期复核"), url="reviews", icon="checks", under="/reviews/", permission="grants.read"),
        _entry(
            label=_("追溯核算"), url="reassessments", icon="history", under="/reassessments/", permission="grants.read"
        ),
        _entry(label=_("申诉投诉"), url="appeals", icon="message-2", under="/appeals/", permission="appeals.handle"),
        _entry(label=_("委托抽查"), url="samples", icon="list-search", under="/samples/", permission="cases.sample"),
        _entry(label=_("公示栏"), url="notices", icon="clipboard", under="/notices/", permission="grants.read"),
        _entry(label=_("文书"), url="letters", icon="mail", under="/letters/", permission="people.read"),
        _entry(
            label=_("代班与移交"), url="handover", icon="arrows-exchange", under="/handover/", permission="figures.read"
        ),
    ]),
    (_("台账"), [
        _entry(label=_("人员"), url="people", icon="user", under="/people/", permission="people.read"),
        _entry(label=_("家庭"), url="households", icon="users", under="/households/", permission="people.read"),
        _entry(label=_("待遇"), url="grants", icon="heart-handshake", under="/grants/", permission="grants.read"),
        _entry(label=_("发放批次"), url="payments", icon="cash", under="/payments/", permission="grants.read"),
        _entry(label=_("备用金"), url="reserve", icon="wallet", under="/reserve/", permission="grants.read"),
        _entry(
            label=_("水库移民"), url="resettlement", icon="ripple", under="/resettlement/", permission="registers.read"
        ),
        _entry(label=_("殡葬补贴"), url="funerals", icon="flower", under="/funerals/", permission="registers.read"),
        _entry(label=_("重复档案"), url="mergers", icon="users", under="/mergers/", permission="people.read"),
        _entry(
            label=_("单位"), url="organisations", icon="building-bank", under="/organisations/",
            permission="registers.read",
        ),
        _entry(label=_("服务设施"), url="facilities", icon="home", under="/facilities/", permission="registers.read"),
        _entry(label=_("行政区划"), url="divisions", icon="ripple", under="/divisions/", permission="registers.read"),
        _entry(label=_("业务登记"), url="registers", icon="notebook", under="/registers/", permission="registers.read"),
        _entry(label=_("数据导入"), url="takeovers", icon="file-import", under="/takeover/", permission="grants.read"),
    ]),
    (_("资金"), [
        _entry(label=_("追缴"), url="debts", icon="receipt", under="/debts/", permission="grants.read"),
        _entry(
            label=_("改付"), url="redirections", icon="arrows-exchange", under="/redirections/",
            permission="grants.read",
        ),
        _entry(
            label=_("账户变更"), url="account-changes", icon="arrows-exchange", under="/account-changes/",
            permission="people.read",
        ),
        _entry(label=_("预算"), url="budgets", icon="wallet", under="/budgets/", permission="money.audit"),
        _entry(
            label=_("对账"), url="reconciliations", icon="checks", under="/reconciliation/",
            permission="payments.reconcile",
        ),
        _entry(
            label=_("银行文件格式"), url="bank-format", icon="file-export", under="/payments/bank-format/",
            permission="payments.reconcile",
        ),
        _entry(
            label=_("一户多人"), url="many-paid", icon="users", under="/payments/many-paid/",
            permission="payments.reconcile",
        ),
    ]),
    (_("政策"), [
        _entry(label=_("政策规则"), url="rulebook", icon="book", under="/rulebook/", permission="rulebook.read"),
    ]),
    (_("账号与日志"), [
        _entry(label=_("账号"), url="staff-accounts", icon="users", under="/accounts/", permission="accounts.manage"),
        _entry(
            label=_("账号批准"), url="account-requests", icon="checks", under="/accounts/",
            permission="accounts.approve",
        ),
        _entry(label=_("日志"), url="logs", icon="list-search", under="/logs/", permission="logs.read"),
    ]),
]  # fmt: skip

SHOWN = {
    "people": "people.read", "figures": "figures.read", "rulebook": "rulebook.read", "disclose": "disclose",
    "write_people": "people.write", "make": "cases.make", "check": "cases.check",
    "write_registers": "registers.write", "run_month": "month.run",
}  # fmt: skip


ALL = tuple(entry for _title, entries in MENU for entry in entries)


def menu(account: Any, path: str) -> SafeString:
    """Return the menu of what this account may open, the current entry marked."""
    asked = {one["permission"] for one in ALL} - {None}
    open_to = frozenset(permission for permission in asked if access.may(account, permission))
    here = "/$" if path == "/" else next((one["under"] for one in ALL if path.startswith(one["under"])), "")
    return _drawn(open_to, here, get_language() or "", get_script_prefix())


@lru_cache(maxsize=1024)
def _drawn(open_to: frozenset[str], here: str, language: str, prefix: str) -> SafeString:
    """Draw a menu once for all who see the same in the same language: it is the greater part of the frame."""
    return render_to_string("includes/menu.html", {"sections": list(_sections(open_to, here))})


def _sections(open_to: frozenset[str], here: str) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    for title, entries in MENU:
        allowed = [
            {**entry, "here": entry["under"] == here}
            for entry in entries
            if entry["permission"] is None or entry["permission"] in open_to
        ]
        if allowed:
            yield title, allowed


def area_name(account: Any) -> str:
    """Return the name of the division an account is responsible for."""
    code = account.area.rpartition(".")[2]
    return registry.division_names([code]).get(code, code)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context for signed-in pages; nothing for others."""
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated:
        return {}
    may = {f"may_{name}": access.may(account, permission) for name, permission in SHOWN.items()}
    building = month_in_progress() if settings.DEMO else ""
    return {
        "menu": menu(account, request.path),
        "today": clock.today(),
        "training": clock.is_stored() and not settings.DEMO,
        "area_name": area_name(account),
        "building": building,
        **may,
    }
