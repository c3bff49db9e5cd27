"""Whose word counts about where a request comes from: only that of the proxies the instance names."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Next = Callable[[HttpRequest], HttpResponse]
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


def trusted_proxies(get_response: Next) -> Next:
    """Take the client's address and protocol from a named proxy, and from nobody else."""

    def middleware(request: HttpRequest) -> HttpResponse:
        meta = request.META
        if is_proxy(str(meta.get("REMOTE_ADDR", ""))):
            meta["REMOTE_ADDR"] = client_of(str(meta.get("HTTP_X_FORWARDED_FOR", "")), str(meta["REMOTE_ADDR"]))
        else:
            for name in FORWARDED:
                meta.pop(name, None)
        return get_response(request)

    return middleware


def is_proxy(address: str) -> bool:
    """Return whether an address is one of the named proxies."""
    try:
        place = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    return any(place in network for network in settings.PROXIES)


def client_of(forwarded: str, proxy: str) -> str:
    """Return the last address that no proxy of ours added; what a client wrote before it counts for nothing."""
    last = proxy
    for address in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        try:
            last = str(ipaddress.ip_address(address))
        except ValueError:
            break
        if not is_proxy(last):
            break
    return last
