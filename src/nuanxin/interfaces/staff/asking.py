"""A request as the staff site has it: signed in, and perhaps a swap by HTMX."""

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from nuanxin.kernel.access.models import Account


class StaffRequest(HttpRequest):
    """What LoginRequiredMiddleware and HtmxMiddleware leave to the pages; for annotations only."""

    user: "Account"
    htmx: "HtmxDetails"
