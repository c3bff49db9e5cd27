"""The county's division tree: what stands, what was merged into what, and a dated file that changes it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from nuanxin.interfaces.staff import typed
from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import author_of, changes_by_verb, one_act
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry import services

LARGEST = 5 * 2**20
VERB = "load_divisions"
SHOWN = 20


@page("registers.read")
def divisions(request: StaffRequest) -> HttpResponseBase:
    """Show the townships and villages that stand, those merged, and what files changed."""
    return render(request, "staff/divisions.html", _context(request))


def _context(request: StaffRequest) -> dict[str, Any]:
    county, today = county_of(request.user), clock.today()
    towns = registry.townships(county, today)
    return {
        "towns": [(town, list(registry.villages(town.code, today))) for town in towns],
        "merged": registry.places_merged(county),
        "changes": changes_by_verb(VERB)[:SHOWN],
    }


@page("month.run", reads=(), writes=("POST",))
def load(request: StaffRequest) -> HttpResponseBase:
    """Check a file, and load it when asked to; faults are listed by row."""
    county = county_of(request.user)
    file = request.FILES.get("file")
    if file is None or not file.name or not file.size or file.size > LARGEST:
        raise Refused("divisions.file", "没有收到文件，或文件超过 5 MB。", "请选择区划变动表（xlsx 或 CSV）。", "file")
    data = file.read()
    report = services.check_division_file(file=data, name=file.name, within=county)
    if request.POST.get("act") != "load" or report.faults:
        return render(request, "staff/divisions.html", {**_context(request), "report": report, "file": file.name})
    reason = typed.text(request.POST, "reason", _("事由和依据"))
    with one_act(author=author_of(request.user), verb=VERB, reason=reason, source=file.name[:200]) as change:
        services.load_division_file(change=change, file=data, name=file.name, within=county)
    messages.success(request, _("区划变动已载入，居民和家庭随之变更。"))
    return redirect(reverse("divisions"))
