"""What every page declares: its permission and which methods read and which write; reading pages cannot write."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render

from nuanxin.interfaces.staff.asking import StaffRequest
from nuanxin.kernel.access import selectors as access

READING_SQL = ("SELECT", "WITH", "EXPLAIN", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK")
View = Callable[..., HttpResponseBase]


class WroteWhileReading(Exception):
    """A page that declared to read tried to write."""


def only_reading(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Let SELECT through and refuse everything else; an execute wrapper of the database connection."""
    if not sql.lstrip(" \n(").upper().startswith(READING_SQL):
        raise WroteWhileReading(sql[:120])
    return execute(sql, params, many, context)


def page(permission: str | None, *, reads: tuple[str, ...] = ("GET", "HEAD"), writes: tuple[str, ...] = ()) -> Any:
    """Declare a page: `permission` (None: any signed-in account), methods that read, methods that write."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in (*reads, *writes):
                return HttpResponseNotAllowed([*reads, *writes])
            if permission and not access.may(request.user, permission):
                raise PermissionDenied
            if request.method in writes:
                return view(request, *args, **kwargs)
            with connection.execute_wrapper(only_reading):
                return view(request, *args, **kwargs)

        guarded.permission, guarded.reads, guarded.writes = permission, reads, writes  # type: ignore[attr-defined]
        return guarded

    return decorate


def county_of(account: Any) -> str:
    """Return the county code in the account's area, the third step of its path; 404 for areas above a county."""
    steps = account.area.split(".")
    if len(steps) < 3:
        raise Http404
    return str(steps[2])


def found(record: Any) -> Any:
    """Return the record, or answer 404: what lies outside the area does not exist for this account."""
    if record is None:
        raise Http404
    return record


def two_doors(request: StaffRequest, template: str, fragment: str, context: dict[str, Any]) -> HttpResponse:
    """Answer with the whole page, or for an HTMX swap with the same include that the page is made of."""
    wanted = fragment if getattr(request, "htmx", False) and not request.htmx.boosted else template
    return render(request, wanted, context)
