"""Language, content policy, and refusals turned into plain words."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from nuanxin.demo.progress import pages_wait, read_progress
from nuanxin.interfaces.staff import reading
from nuanxin.interfaces.staff.refilling import refused_form, typed_texts
from nuanxin.kernel.access import selectors as access
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.errors import DeclarationError, Refused

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PROGRESS = "/progress/"
Next = Callable[[HttpRequest], HttpResponse]


def language(get_response: Next) -> Next:
    """Chinese unless the reader switched: the browser's own wish is not asked."""
    known = dict(settings.LANGUAGES)

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_CODE)
        code = chosen if chosen in known else settings.LANGUAGE_CODE
        with translation.override(code):
            request.LANGUAGE_CODE = code
            return get_response(request)

    return middleware


def demo_progress(get_response: Next) -> Next:
    """Show how far the demo county is, whatever is asked, until its first month is closed; the tables may not stand."""
    opened = not settings.DEMO

    def middleware(request: HttpRequest) -> HttpResponse:
        nonlocal opened
        opened = opened or not pages_wait()
        asks = request.headers.get("HX-Request") == "true"
        if opened and asks and request.path == PROGRESS:
            return HttpResponse(headers={"HX-Redirect": "/"})
        if opened:
            return redirect("/") if request.path == PROGRESS else get_response(request)
        template = "includes/demo_progress.html" if asks else "staff/demo_progress.html"
        return HttpResponse(render_to_string(template, {"progress": read_progress(), "path": PROGRESS}))

    return middleware


def one_day(get_response: Next) -> Next:
    """Let a page belong to one day, asked for once: a page asks half a dozen times."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with clock.day_asked_once():
            return get_response(request)

    return middleware


def content_policy(get_response: Next) -> Next:
    """Forbid every request to other hosts and every inline script; personal pages are not cached."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response

    return middleware


def upload_limit(get_response: Next) -> Next:
    """Turn a request away by its announced size, before anything of it is read or parsed."""

    def middleware(request: HttpRequest) -> HttpResponse:
        announced = reading.digits(str(request.META.get("CONTENT_LENGTH") or ""))
        if announced is not None and announced > settings.REQUEST_LIMIT:
            most = settings.REQUEST_LIMIT // 1024 // 1024
            advice = translation.gettext("一次最多 %(most)s MB，请分几次上传，或调低扫描的清晰度。")
            context = {
                "status": 413,
                "heading": translation.gettext("一次上传的文件太大"),
                "todo": advice % {"most": most},
            }
            return render(request, "errors/plain.html", context, status=413)
        return get_response(request)

    return middleware


class Refusals:
    """Shows `Refused` in the form that was sent, filled as typed, or as a page; declaration faults by line."""

    def __init__(self, get_response: Next) -> None:
        """Keep the next door."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through what can be read; a page never sees a character that no keyboard writes."""
        try:
            reading.refuse_unreadable(request.GET, request.POST)
        except Refused as refused:
            return self.process_exception(request, refused) or self.get_response(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 409 for a refusal and 500 for a faulty declaration; leave other errors alone."""
        if isinstance(error, Refused):
            context: dict[str, Any] = {"message": error.message, "todo": error.todo, "code": error.code}
            context["typed"] = typed_texts(request)
            status = 409
        elif isinstance(error, DeclarationError):
            context, status = {"faults": error.faults}, 500
        else:
            return None
        if not getattr(request, "htmx", False):
            again = refused_form(request, error) if isinstance(error, Refused) and request.method == "POST" else None
            return again or render(request, "errors/refused.html", context, status=status)
        response = render(request, "includes/refused.html", context, status=status)
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#messages", "innerHTML show:window:top"
        return response


class SessionRules:
    """Ends idle and old sessions, and leads who has a first password or lacks a needed factor to where both are set."""

    SEEN, SINCE = "seen", "since"
    EVERY = 60  # seconds between two notes of activity: a page that reads seldom writes

    def __init__(self, get_response: Next) -> None:
        """Keep the next door."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through, or lead elsewhere."""
        account: Any = request.user
        if not account.is_authenticated:
            return self.get_response(request)
        now = int(clock.instant())
        idle = now - request.session.get(self.SEEN, now)
        since = request.session.setdefault(self.SINCE, now)
        if idle > settings.IDLE_SECONDS or now - since > settings.SESSION_SECONDS:
            logout(request)
            return _lead(request, f"{reverse('login')}?idle=1")
        if idle >= self.EVERY or self.SEEN not in request.session:
            request.session[self.SEEN] = now
        mine, free = reverse("my-account"), (reverse("logout"), reverse("language"))
        unfinished = account.must_change_password or (access.needs_factor(account) and not account.factor_on)
        if unfinished and request.path not in (mine, *free):
            return _lead(request, mine)
        return self.get_response(request)


def _lead(request: HttpRequest, url: str) -> HttpResponse:
    """Send the whole page elsewhere, also out of an HTMX swap."""
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)
