"""The public notice board of the area: what hangs today, printable, with nothing beyond what the law shows."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.interfaces.staff.benefits import titles
from nuanxin.interfaces.staff.pages import county_of, page
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.casework import selectors as casework
from nuanxin.kernel.core import clock
from nuanxin.kernel.registry import selectors as registry


@page("grants.read")
def board(request: StaffRequest) -> HttpResponseBase:
    """Show the notices that hang today in the account's area, one board for each township."""
    county, today = county_of(request.user), clock.today()
    known = titles(county)
    names = {one.code: one.name for one in registry.townships(county)}
    rows = casework.notice_page(county, on=today).filter(access.township_filter(request.user))
    boards: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        shown = {"notice": row, "title": known.get(row.benefit, row.benefit)}
        boards.setdefault(names.get(row.township, row.township), []).append(shown)
    return render(request, "staff/notices.html", {"boards": list(boards.items())})
