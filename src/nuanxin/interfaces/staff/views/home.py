"""The first page: what is due, the half-year in six numbers, two charts."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from nuanxin.interfaces.staff.pages import page


@page(None)
def home(request: HttpRequest) -> HttpResponseBase:
    """Show what waits for this account first, then the half-year."""
    return render(request, "staff/home.html", {})
