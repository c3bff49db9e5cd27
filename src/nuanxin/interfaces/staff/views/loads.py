"""Bringing in a bureau's own files: the template, the files, how far the check is, the faulty rows and their return."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.listing import XLSX
from nuanxin.interfaces.staff.pages import county_of, found, page
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import month_end, month_of
from nuanxin.kernel.cycle import selectors as cycle
from nuanxin.kernel.cycle import services

SIGN = "month.run"
LARGEST_UPLOAD, MOST_FILES = 300 * 2**20, 20
WORKING = ("received", "checking", "loading")


def last_month_end() -> dt.date:
    """Return the last day of the month before this one."""
    return month_of(clock.today()) - dt.timedelta(days=1)


def load_of(request: StaffRequest, list_id: int) -> Any:
    """Return a load of the account's county, or answer 404."""
    load = found(cycle.takeover_by_id(list_id))
    return found(load if load.county == county_of(request.user) else None)


def _files(request: StaffRequest) -> list[tuple[str, bytes]]:
    files = [file for file in request.FILES.getlist("files") if file.name]
    if not files:
        raise Refused("load.no_files", _("没有选择文件。"), _("请选择填好的 xlsx、csv 或 Parquet 文件。"))
    if len(files) > MOST_FILES or sum(file.size or 0 for file in files) > LARGEST_UPLOAD:
        raise Refused("load.size", _("文件太多或太大。"), _("一次最多20个文件、300 MB，请分几次上传。"))
    return [(str(file.name), file.read()) for file in files]


@page(SIGN, reads=(), writes=("POST",))
def upload(request: StaffRequest) -> HttpResponseBase:
    """Take files in, to be checked beside the pages."""
    as_of = month_end(reading.month(request.POST, "month", month_of(last_month_end())))
    files = _files(request)
    load = services.open_load(files=files, county=county_of(request.user), author=author_of(request.user), as_of=as_of)
    messages.success(request, _("已收到文件，正在核对。"))
    return redirect("takeover", load.pk)


@page(SIGN)
def template(request: StaffRequest) -> HttpResponseBase:
    """Hand out the workbook to fill in: all tables, or the one named."""
    table, known = request.GET.get("table", ""), cycle.load_tables()
    names = [table] if table in known else []
    data = cycle.load_template(county_of(request.user), last_month_end(), names)
    return _download(data, f"{known[table] if names else _('数据导入')}{_('模板')}.xlsx")


def _download(data: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=XLSX)
    answer.headers["Content-Disposition"] = content_disposition_header(True, name)
    return answer


@page("grants.read")
def progress(request: StaffRequest, list_id: int) -> HttpResponseBase:
    """Say how far a load is; when its work is over, the page is shown anew."""
    load = load_of(request, list_id)
    answer = render(request, "includes/load_progress.html", {"list": load, "working": load.state in WORKING})
    if load.state not in WORKING:
        answer.headers["HX-Refresh"] = "true"
    return answer


@page(SIGN, reads=(), writes=("POST",))
def correct(request: StaffRequest, list_id: int) -> HttpResponseBase:
    """Take the corrected rows back into the same load."""
    load = load_of(request, list_id)
    services.open_correction(list_id=load.pk, files=_files(request), author=author_of(request.user))
    messages.success(request, _("已收到更正的行，正在核对。"))
    return redirect("takeover", load.pk)


@page("disclose", reads=(), writes=("POST",))
def faulty_rows(request: StaffRequest, list_id: int) -> HttpResponseBase:
    """Hand out the faulty rows, numbers in the clear, for a purpose; the download is logged."""
    load = load_of(request, list_id)
    purpose = request.POST.get("purpose", "")
    name, data = services.open_faulty_rows(list_id=load.pk, account=request.user, purpose=purpose)
    return _download(data, name)


@page(SIGN, reads=(), writes=("POST",))
def withdraw(request: StaffRequest, list_id: int) -> HttpResponseBase:
    """Take a load back before two have signed it."""
    load = load_of(request, list_id)
    services.withdraw_load(list_id=load.pk, account=request.user)
    messages.success(request, _("已撤回。"))
    return redirect("takeovers")
