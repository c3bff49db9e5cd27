"""What waits for an account today, each with its number and where to do it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff.cash import waiting as waiting_cash
from nuanxin.interfaces.staff.sight import checks_months
from nuanxin.interfaces.staff.views.month import exceptions, open_month, waiting
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework.enums import ProposalState
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.cycle import selectors as cycle
from nuanxin.kernel.payments import selectors as payments
from nuanxin.kernel.payments.enums import RunState
from nuanxin.kernel.payments.payees import waiting_changes
from nuanxin.kernel.statistics import selectors as statistics
from nuanxin.kernel.statistics.enums import ReportState


def things(account: Any, county: str) -> list[dict[str, Any]]:
    """Return what is due, the most pressing first; nothing that is not this account's to do or to know."""
    found = [*_administration(account), *_proposals(account, county), *_runs(account, county)]
    found += _exceptions(account, county)
    found += _account_changes(account, county)
    cash = [_thing(*one) for one in waiting_cash(account, county)]
    return [*found, *cash, *_takeover(account, county), *_closing(account, county), *_reports(account)]


def _reports(account: Any) -> list[dict[str, Any]]:
    if not access.may(account, "reports.check"):
        return []
    count = statistics.reports_in(account).filter(state=ReportState.WAITING).exclude(maker_id=account.pk).count()
    return [_thing(count, _("份报送表等确认"), _("另一位同事编好的"), reverse("reports"))] if count else []


def _administration(account: Any) -> list[dict[str, Any]]:
    if not access.may(account, "accounts.approve") or not (count := access.requests_in(account).count()):
        return []
    return [_thing(count, _("项账号申请等批准"), _("核对人、岗位和范围"), reverse("account-requests"))]


def _thing(count: int, title: str, note: str, url: str) -> dict[str, Any]:
    return {"count": count, "title": title, "note": note, "url": url}


def _proposals(account: Any, county: str) -> list[dict[str, Any]]:
    month = open_month(county)
    place, shown = reverse("proposals", args=[f"{month:%Y-%m}"]), []
    if access.may(account, "cases.make") and (count := waiting(account, county, month, ProposalState.OPEN)):
        shown.append(_thing(count, _("件建议等经办"), _("新增、调整、停发，逐件或成批"), f"{place}?state=open"))
    if checks_months(account) and (count := waiting(account, county, month, ProposalState.MADE)):
        shown.append(_thing(count, _("件决定等复核"), _("经办人已签意见"), f"{place}?state=made"))
    return shown


def _runs(account: Any, county: str) -> list[dict[str, Any]]:
    if access.area_level(account) == "township":
        return []
    runs = list(payments.open_runs(county))
    place, shown = reverse("payments"), []
    prepared = [run for run in runs if run.state == RunState.PREPARED and run.prepared_by_id != account.pk]
    if prepared and access.may(account, "payments.release"):
        shown.append(_thing(len(prepared), _("个批次等放行"), _("编制人之外的人复核"), f"{place}?state=prepared"))
    released = [run for run in runs if run.state == RunState.RELEASED]
    if released and access.may(account, "payments.prepare"):
        shown.append(_thing(len(released), _("个批次等送银行"), _("生成银行文件"), f"{place}?state=released"))
    sent = [run for run in runs if run.state == RunState.SENT]
    if sent and access.may(account, "payments.prepare"):
        shown.append(_thing(len(sent), _("个批次等回盘"), _("上传银行的回盘文件"), f"{place}?state=sent"))
    return shown


def _exceptions(account: Any, county: str) -> list[dict[str, Any]]:
    if not access.may(account, "cases.make"):
        return []
    month = open_month(county)
    if not (run := cycle.months_run(county).first()):
        return []
    shown = month if cycle.month_run(county, month) else run.month
    count = exceptions(account, county, shown).count()
    url = reverse("exceptions", args=[f"{shown:%Y-%m}"])
    return [_thing(count, _("笔未能发放"), _("补账户、核对死亡和在押"), url)] if count else []


def _account_changes(account: Any, county: str) -> list[dict[str, Any]]:
    if not access.may(account, "cases.check"):
        return []
    rows = waiting_changes(county).filter(access.township_filter(account)).exclude(made_by_id=account.pk)
    count = rows.count()
    url = reverse("account-changes")
    return [_thing(count, _("份账户变更等复核"), _("核对新账户和理由"), url)] if count else []


def _takeover(account: Any, county: str) -> list[dict[str, Any]]:
    if not access.may(account, "cases.make"):
        return []
    shown = []
    for one in cycle.takeover_lists(county)[:3]:
        rows = cycle.differences_of(one.pk, "open").filter(access.township_filter(account, "grant__township"))
        if count := rows.count():
            shown.append(_thing(count, _("项存量待遇与规则不一致"), one.name, reverse("takeover", args=[one.pk])))
    return shown


def _closing(account: Any, county: str) -> list[dict[str, Any]]:
    month = open_month(county)
    if not access.may(account, "month.close") or month >= month_of(clock.today()) or not cycle.month_run(county, month):
        return []
    return [_thing(1, _("个月份可以结账"), f"{month:%Y-%m}", reverse("month-of", args=[f"{month:%Y-%m}"]))]
