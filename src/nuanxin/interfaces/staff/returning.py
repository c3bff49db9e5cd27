"""Where a form goes back to: the page it was sent from, if that is one of ours."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, get_script_prefix, resolve
from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request: HttpRequest, default: str) -> str:
    """Return the form's `next` when it is a page of this site, else the default address."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and wanted.startswith("/") and _known(wanted) else default


def _known(address: str) -> bool:
    path = urlsplit(address).path
    try:
        resolve("/" + path.removeprefix(get_script_prefix()))
    except Resolver404:
        return False
    return True
