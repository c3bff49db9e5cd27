"""What the audit administrator reads: sign-ins, looks at full numbers, the administrators' own acts."""

import datetime as dt
import json
from typing import Any

import django_tables2 as tables
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.columns import LabelColumn, TagColumn
from nuanxin.interfaces.staff.filters import choice, line
from nuanxin.interfaces.staff.listing import RowTable, show_list
from nuanxin.interfaces.staff.pages import page
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.access.enums import RequestKind, SignInKind
from nuanxin.kernel.access.roles import ROLES
from nuanxin.kernel.core.days import parse_day
from nuanxin.kernel.core.errors import Refused

READ = "logs.read"
LOGS = {
    "sign-ins": gettext_lazy("登录"),
    "disclosures": gettext_lazy("查看完整号码"),
    "acts": gettext_lazy("管理员操作"),
}
VERBS = {
    "account_ask": gettext_lazy("提出申请"),
    "account_agree": gettext_lazy("批准"),
    "account_refuse": gettext_lazy("不批准"),
    "account_close": gettext_lazy("停用账号"),
    "account_unlock": gettext_lazy("解除等待"),
    "account_first": gettext_lazy("启用三员"),
}
ACTIONS = {**dict(RequestKind.choices), "close": gettext_lazy("停用账号"), "unlock": gettext_lazy("解除等待")}
WHAT = {
    "identifier": gettext_lazy("证件号"), "account": gettext_lazy("银行账号"), "bank_file": gettext_lazy("银行文件"),
}  # fmt: skip
RESULTS = [("good", gettext_lazy("成功")), ("bad", gettext_lazy("失败"))]


class MomentColumn(tables.Column):
    """A moment to the second, in local time; exported as a text."""

    def render(self, value: dt.datetime) -> str:
        """Show date and time."""
        return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"


class SignInTable(RowTable):
    """Tries to sign in."""

    empty_says = gettext_lazy("还没有人登录过；每次登录无论成败都会记在这里。")
    at = MomentColumn(verbose_name=gettext_lazy("时间"))
    username = tables.Column(verbose_name=gettext_lazy("账号"))
    name = tables.Column(
        accessor="account__display_name", verbose_name=gettext_lazy("姓名"), orderable=False, default="—"
    )
    address = tables.Column(verbose_name=gettext_lazy("来自"))
    good = TagColumn(
        {True: gettext_lazy("成功"), False: gettext_lazy("失败")}, {True: "good", False: "bad"},  # type: ignore[dict-item]
        verbose_name=gettext_lazy("结果"), orderable=False,
    )  # fmt: skip
    how = LabelColumn(SignInKind.choices, verbose_name=gettext_lazy("方式或原因"), orderable=False)


class DisclosureTable(RowTable):
    """Looks at full numbers, by the key of the person, never a name."""

    empty_says = gettext_lazy("还没有人查看过完整证件号；每次查看连同用途都会记在这里。")
    at = MomentColumn(verbose_name=gettext_lazy("时间"), orderable=False)
    name = tables.Column(accessor="account__display_name", verbose_name=gettext_lazy("查看人"), orderable=False)
    username = tables.Column(accessor="account__username", verbose_name=gettext_lazy("账号"), orderable=False)
    what = LabelColumn(WHAT, verbose_name=gettext_lazy("查看内容"), orderable=False)
    person_id = tables.Column(verbose_name=gettext_lazy("人员编号"), orderable=False, default="—")
    purpose = tables.Column(verbose_name=gettext_lazy("用途"), orderable=False)
    chain = tables.Column(verbose_name=gettext_lazy("链值"), orderable=False)

    def render_chain(self, value: str) -> str:
        """Show its beginning."""
        return value[:12]

    def value_chain(self, value: str) -> str:
        """Export it whole."""
        return value


class ActTable(RowTable):
    """What the administrators did to which account."""

    empty_says = gettext_lazy("还没有账号变动；开设、停用、改岗位都会记在这里。")
    at = MomentColumn(verbose_name=gettext_lazy("时间"), orderable=False)
    actor_label = tables.Column(verbose_name=gettext_lazy("办理人"), orderable=False)
    verb = LabelColumn(VERBS, verbose_name=gettext_lazy("操作"), orderable=False)
    whom = tables.Column(accessor="pk", verbose_name=gettext_lazy("账号"), orderable=False)
    what = tables.Column(accessor="pk", verbose_name=gettext_lazy("内容"), orderable=False)
    reason = tables.Column(verbose_name=gettext_lazy("理由"), orderable=False)

    def render_whom(self, record: Any) -> str:
        """Show the names of the accounts concerned."""
        names = self.known(lambda batch: access.usernames(i.record_id for one in batch for i in one.items.all()))
        return "、".join(names.get(item.record_id, "?") for item in record.items.all())

    def render_what(self, record: Any) -> str:
        """Show kind and change of role and area."""
        return "；".join(_in_words(item.action, json.loads(item.diff)) for item in record.items.all())


def _in_words(action: str, diff: dict[str, list[str]]) -> str:
    said = [str(ACTIONS.get(action, action))]
    for name, titles in (("role", {code: role.title for code, role in ROLES.items()}), ("area", {})):
        old, new = diff.get(name, ["", ""])
        if new and old != new:
            said.append(f"{titles.get(old, old) or '—'} → {titles.get(new, new)}")
    return " ".join(said)


class LogForm(forms.Form):
    """Narrows a log to a person and days."""

    q = line(gettext_lazy("账号或姓名"))
    since = line(gettext_lazy("从"), "date")
    until = line(gettext_lazy("到"), "date")
    result = choice(gettext_lazy("结果"), RESULTS)

    def __init__(self, data: Any, log: str) -> None:
        """Offer results of sign-ins only; keep which log it is."""
        super().__init__(data)
        if log != "sign-ins":
            del self.fields["result"]
        self.fields["log"] = forms.CharField(required=False, widget=forms.HiddenInput, initial=log, label="")

    def narrowed(self, rows: QuerySet[Any], who: tuple[str, ...]) -> QuerySet[Any]:
        """Return the rows of the chosen person, days and result."""
        chosen = self.cleaned_data if self.is_valid() else {}
        if text := (chosen.get("q") or "").strip():
            found = Q()
            for field in who:
                found |= Q(**{f"{field}__icontains": text})
            rows = rows.filter(found)
        for name, look in (("since", "at__date__gte"), ("until", "at__date__lte")):
            if day := _day(chosen.get(name) or ""):
                rows = rows.filter(**{look: day})
        return rows.filter(good=chosen["result"] == "good") if chosen.get("result") else rows


def _day(text: str) -> dt.date | None:
    try:
        return parse_day(text)
    except Refused:
        return None


@page(READ)
def logs(request: StaffRequest) -> HttpResponseBase:
    """Show one of the three logs, filtered; the chain of disclosures is recomputed when asked for."""
    log = request.GET.get("log", "")
    log = log if log in LOGS else "sign-ins"
    form = LogForm({**request.GET.dict(), "log": log}, log)
    person = ("account__username", "account__display_name")
    if log == "sign-ins":
        table: RowTable = SignInTable(form.narrowed(access.sign_ins_in(request.user), ("username", *person[1:])))
    elif log == "disclosures":
        table = DisclosureTable(form.narrowed(access.disclosures_in(request.user), person))
    else:
        table = ActTable(form.narrowed(access.acts_in(request.user), ("actor_label", "actor__username")))
    context: dict[str, Any] = {"form": form, "log": log, "logs": LOGS}
    if log == "disclosures" and request.GET.get("check"):
        context |= {"checked": True, "faults": access.disclosure_faults(), "head": access.disclosure_head()}
    return show_list(request, table, "staff/logs.html", context, name=_("日志"))
